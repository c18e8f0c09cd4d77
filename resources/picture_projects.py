#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""picture_projects.py FOLDER RESOURCES: small data sets, networks and multiplier files of our own making, for the pictures of the help.

Pictures of fruit in classes, a transform coder that gives pictures of clothes back, a network that names the next token, and a folder of
multipliers as people download them. The weights follow from how the data are made; nothing is trained. Needs nothing but Python.
"""
import gzip
import math
import random
import struct
import sys
import zlib
from pathlib import Path

# ONNX files: the few messages of the format that these networks need, field by field.


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def whole(field, number):
    return varint(field << 3) + varint(number)


def block(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, shape, values):
    data = struct.pack(f"<{len(values)}f", *values)
    return b"".join(whole(1, size) for size in shape) + whole(2, 1) + block(8, name) + block(9, data)


def value_info(name, kind, shape):
    sizes = b"".join(block(1, block(2, size) if isinstance(size, str) else whole(1, size)) for size in shape)
    return block(1, name) + block(2, block(1, whole(1, kind) + block(2, sizes)))


def attribute(name, value):
    if isinstance(value, list):
        return block(1, name) + b"".join(whole(8, number) for number in value) + whole(20, 7)
    return block(1, name) + whole(3, value) + whole(20, 2)


def node(op, inputs, output, **attributes):
    parts = [block(1, name) for name in inputs] + [block(2, output), block(3, output), block(4, op)]
    return b"".join(parts + [block(5, attribute(name, value)) for name, value in attributes.items()])


def write_onnx(path, nodes, weights, inputs, outputs):
    graph = b"".join(block(1, part) for part in nodes) + block(2, path.stem) + b"".join(block(5, tensor(*weight)) for weight in weights)
    graph += b"".join(block(11, value_info(*value)) for value in inputs) + b"".join(block(12, value_info(*value)) for value in outputs)
    path.write_bytes(whole(1, 8) + block(7, graph) + block(8, whole(2, 13)))


def fields(data, at, end):
    """(number, first byte, end) of every field with a length in a message."""

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < end:
        key = number()
        if key & 7 == 2:
            size = number()
            yield key >> 3, at, at + size
            at += size
        elif key & 7 == 0:
            number()
        else:
            at += 4 if key & 7 == 5 else 8


def retrained(source, target):
    """The network as somebody else might have it: other weights in the last layer, another epsilon in the first two normalizations."""
    data = bytearray(source.read_bytes())
    at = 0
    for _ in range(2):
        at = data.index(b"epsilon\x15", at) + 8
        data[at:at + 4] = struct.pack("<f", 1e-6)
    graph = next(span for field, *span in fields(data, 0, len(data)) if field == 7)
    weights = [span for field, *tensor_span in fields(data, *graph) if field == 5 for part, *span in fields(data, *tensor_span) if part == 9]
    first, end = [span for span in weights if span[1] - span[0] > 1024][-1]
    for i in range(first, end, 4):
        data[i:i + 4] = struct.pack("<f", 1.03 * struct.unpack("<f", data[i:i + 4])[0])
    target.write_bytes(data)


# Fruit: colour pictures.

FRUIT = {"apple": (200, 42, 40), "banana": (232, 204, 70), "blueberry": (62, 84, 168), "lime": (98, 178, 58), "orange": (236, 132, 36), "plum": (112, 48, 122)}
TABLE = (222, 218, 210)
SIDE = 32


def png(rows):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))) + chunk(b"IEND", b"")


def fruit(name, rng):
    """A ripe or less ripe one on a table, lit from the left above."""
    ripeness = rng.gauss(0, 10)
    light = rng.uniform(0.86, 1.06)
    colour = [channel + ripeness + rng.gauss(0, 9) for channel in FRUIT[name]]
    x0, y0, radius = rng.uniform(13, 19), rng.uniform(13, 19), rng.uniform(6.5, 11)
    turn, table = rng.uniform(0, 6.28), rng.uniform(0.8, 1.08)
    rows = []
    for y in range(SIDE):
        row = []
        for x in range(SIDE):
            dx, dy = (x - x0) / radius, (y - y0) / radius
            inside = dx * dx + dy * dy
            if name == "banana":  # a crescent
                u, v = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
                inside = max(u * u + v * v, 1.42 - (u * u * 0.8 + (v - 0.62) ** 2) * 1.1)
            if inside < 1:
                shade = light * (1.08 - 0.28 * (dx + dy) - 0.16 * inside)
                pixel = [channel * shade for channel in colour]
                if (dx + 0.35) ** 2 + (dy + 0.4) ** 2 < 0.035:
                    pixel = [(channel + 255) / 2 for channel in pixel]
            else:
                near = math.hypot((x - x0 - 2) / radius, (y - y0 - 2) / radius)
                pixel = [channel * table * (0.82 if near < 1.08 else 1) for channel in TABLE]
            row += [min(255, max(0, round(channel + rng.gauss(0, 5)))) for channel in pixel]
        rows.append(row)
    return png(rows)


def make_fruit(folder):
    rng = random.Random(1)
    for name in FRUIT:
        (folder / "fruit" / name).mkdir(parents=True)
        for i in range(130):
            (folder / "fruit" / name / f"{name}-{i:03}.png").write_bytes(fruit(name, rng))
    colours = [[channel / 127.5 - 1 for channel in colour] for colour in FRUIT.values()]
    ground = [channel / 127.5 - 1 for channel in TABLE]
    n, gain = len(colours), 1.6
    # How much nearer a pixel is to the colour than to the table; then the neighbours' mean; then each colour against the others.
    first = [gain * (colour[c] - ground[c]) / 9 for colour in colours for c in range(3) for _ in range(9)]
    bias = [-gain * (sum(c * c for c in colour) - sum(c * c for c in ground)) / 2 for colour in colours]
    rival = [(1.0 if a == b else -0.42) for a in range(n) for b in range(n)]
    write_onnx(folder / "fruit.onnx",
               [node("Conv", ["pictures", "colours.w", "colours.b"], "colours", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node("Relu", ["colours"], "colours_relu"),
                node("Conv", ["colours_relu", "smooth.w"], "smooth", kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], group=n),
                node("Conv", ["smooth", "rivals.w"], "rivals", kernel_shape=[1, 1]), node("Relu", ["rivals"], "rivals_relu"),
                node("GlobalAveragePool", ["rivals_relu"], "pool"), node("Flatten", ["pool"], "flat"), node("Gemm", ["flat", "classes.w"], "classes", transB=1)],
               [("colours.w", [n, 3, 3, 3], first), ("colours.b", [n], bias), ("smooth.w", [n, 1, 3, 3], [1 / 9] * (9 * n)), ("rivals.w", [n, n, 1, 1], rival),
                ("classes.w", [n, n], [48.0 if a == b else 0.0 for a in range(n) for b in range(n)])],
               [("pictures", 1, ["N", 3, "H", "W"])], [("classes", 1, ["N", n])])


# Clothes that are coded and decoded: blocks of 4 x 4 pixels as six numbers.


def make_clothes(folder, resources):
    (folder / "clothes").mkdir()
    subset = resources / "data" / "fashion-mnist-subset"
    (folder / "clothes" / "t10k-images-idx3-ubyte").write_bytes(gzip.decompress((subset / "t10k-images-idx3-ubyte.gz").read_bytes()))
    waves = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0)]

    def cosine(k, i):
        return math.cos(math.pi * (2 * i + 1) * k / 8) * (0.5 if k == 0 else math.sqrt(0.5))

    basis = [cosine(u, y) * cosine(v, x) for u, v in waves for y in range(4) for x in range(4)]
    n = len(waves)
    write_onnx(folder / "coder.onnx",
               [node("Conv", ["pictures", "encode.w"], "encode", kernel_shape=[4, 4], strides=[4, 4]),
                node("Conv", ["encode", "code.w"], "code", kernel_shape=[1, 1]),
                node("ConvTranspose", ["code", "decode.w"], "decode", kernel_shape=[4, 4], strides=[4, 4])],
               [("encode.w", [n, 1, 4, 4], basis), ("code.w", [n, n, 1, 1], [float(a == b) for a in range(n) for b in range(n)]), ("decode.w", [n, 1, 4, 4], basis)],
               [("pictures", 1, ["N", 1, 28, 28])], [("decode", 1, ["N", 1, 28, 28])])


# Tokens: every one has a few that like to follow it.


def make_tokens(folder):
    rng = random.Random(2)
    words, length, count = 24, 17, 1500
    follow = []
    for a in range(words):
        likes = [rng.random() ** 6 for _ in range(words)]
        likes[(a * 5 + 3) % words] += 1.4
        likes[(a + 7) % words] += 0.6
        follow.append([like / sum(likes) for like in likes])
    sequences = []
    for _ in range(count):
        token = rng.randrange(words)
        for _ in range(length):
            sequences.append(token)
            token = rng.choices(range(words), follow[token])[0]
    head = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({count}, {length}), }}"
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    (folder / "tokens").mkdir()
    (folder / "tokens" / "x.npy").write_bytes(b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{count * length}q", *sequences))
    # The hidden numbers are the token itself, a little of it in its neighbours too.
    hidden = [1.0 if a == b else 0.12 if abs(a - b) == 1 else 0.0 for a in range(words) for b in range(words)]
    scores = [math.log(max(1e-4, follow[a][b])) + 9 for a in range(words) for b in range(words)]
    one = [float(a == b) for a in range(words) for b in range(words)]
    write_onnx(folder / "next-token.onnx",
               [node("Gather", ["embedding.w", "tokens"], "embedding", axis=0), node("MatMul", ["embedding", "hidden.w"], "hidden"), node("Relu", ["hidden"], "hidden_relu"),
                node("MatMul", ["hidden_relu", "scores.w"], "scores")],
               [("embedding.w", [words, words], one), ("hidden.w", [words, words], hidden), ("scores.w", [words, words], scores)],
               [("tokens", 7, ["N", length - 1])], [("scores", 1, ["N", length - 1, words])])


# Multipliers as they are downloaded: circuits with published figures, tables of other tools, and files that have something wrong with them.


def circuit(name, figures, broken, bits=8):
    """An array multiplier without the partial products i + j < broken, as straight-line C of single bits."""
    body, total = [], ["0"] * (2 * bits)

    def wire(expression):
        body.append(f"  uint64_t n{len(body)} = {expression};")
        return f"n{len(body) - 1}"

    for i in range(bits):
        carry = "0"
        for j in range(bits):
            partial = "0" if i + j < broken else wire(f"((A >> {i})&1)&((B >> {j})&1)")
            both = wire(f"{partial}^{total[i + j]}")
            out = wire(f"{both}^{carry}")
            carry = wire(f"({partial}&{total[i + j]})|({both}&{carry})")
            total[i + j] = out
        total[i + bits] = carry
    body.append("  uint64_t O = 0;")
    body += [f"  O |= ({bit}&1) << {place};" for place, bit in enumerate(total)]
    head = "/***\n* Array multipliers with broken rows, made for the help of Axplorer, distributed under The MIT License.\n***/\n"
    return head + "".join(f"// {key} = {text}\n" for key, text in figures.items()) + "#include <stdint.h>\n\nuint64_t " + name + "(const uint64_t A,const uint64_t B)\n{\n" + \
        "\n".join(body) + "\n  return O;\n}\n"


def error_of(broken, a, b):
    return sum((b & (1 << max(0, broken - i)) - 1) << i for i in range(8) if a >> i & 1 and i < broken)


def figures_of(broken):
    """As data sheets print them."""
    count, total, worst, wrong, relative, relatives, squares = 65536, 0, 0, 0, 0.0, 0, 0
    for a in range(256):
        for b in range(256):
            error = error_of(broken, a, b)
            total += error
            squares += error * error
            wrong += error > 0
            worst = max(worst, error)
            if a * b:
                relative += error / (a * b)
                relatives += 1
    return {"MAE%": f"{100 * total / count / 65536:.2g} %", "MAE": f"{total / count:.3g} ", "WCE%": f"{100 * worst / 65536:.2g} %", "WCE": f"{worst} ",
            "EP%": f"{100 * wrong / count:.4g} %", "MRE%": f"{100 * relative / relatives:.3g} %", "MSE": f"{squares / count:.4g} "}


def make_downloads(folder):
    downloads = folder / "downloads"
    (downloads / "array8u").mkdir(parents=True)
    power = {2: 0.386, 4: 0.341, 5: 0.309, 6: 0.268, 7: 0.221}
    for broken, milliwatts in power.items():
        figures = figures_of(broken) | {"PDK45_PWR": f"{milliwatts} mW", "PDK45_AREA": f"{round(1650 * milliwatts, 1)} um2", "PDK45_DELAY": "1.34 ns"}
        if broken == 5:
            figures["MRE%"] = "0.42 %"  # of another circuit
        (downloads / "array8u" / f"mul8u_array{broken}.c").write_text(circuit(f"mul8u_array{broken}", figures, broken))
    (downloads / "array8u" / "mul8u_low4.c").write_text(circuit("mul8u_low4", figures_of(4) | {"PDK45_PWR": "0.352 mW"}, 4))
    rows = [[a * b - error_of(6, a, b) for b in range(256)] for a in range(256)]
    (downloads / "products.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    (downloads / "table_16x16.txt").write_text("".join(" ".join(str(a * b & ~3) for b in range(16)) + "\n" for a in range(16)))
    (downloads / "two_functions.c").write_text("#include <stdint.h>\nuint64_t low(uint64_t A, uint64_t B) { return (A & 0xf0) * B; }\n"
                                               "uint64_t high(uint64_t A, uint64_t B) { return A * (B & 0xf0); }\n")
    whole_file = b"\x93NUMPY\x01\0\x76\0" + b"{'descr': '<i4', 'fortran_order': False, 'shape': (256, 256), }".ljust(117) + b"\n"
    (downloads / "cut_off.npy").write_bytes(whole_file + bytes(70000))

    def signed(code):
        return code - 256 if code > 127 else code

    def approximate(a, b):  # low bits of a cleared, rounding down
        return (a & ~7) * b

    header = ["#include <stdint.h>\n\nconst int16_t lut [256][256] = {"]
    def magnitude(code):  # of a negative number; that of -128 does not fit and stays -128
        return min(127, 256 - code) if code > 128 else -128

    converted = [[approximate(magnitude(a), magnitude(b)) if a > 127 and b > 127 else approximate(signed(a), signed(b)) for b in range(256)] for a in range(256)]
    header.append(",\n".join("{" + ", ".join(map(str, row)) + "}" for row in converted))
    (downloads / "mul8s_low3.h").write_text("".join(header) + "};\n")
    (downloads / "mul8s_low3.c").write_text("#include <stdint.h>\nint16_t mul8s_low3(int8_t A, int8_t B)\n{\n  return (int16_t)((A & ~7) * B);\n}\n")


def main():
    folder, resources = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    make_fruit(folder)
    make_clothes(folder, resources)
    make_tokens(folder)
    make_downloads(folder)
    retrained(resources / "models" / "fashion-vit.onnx", folder / "fashion-vit-retrained.onnx")


if __name__ == "__main__":
    main()

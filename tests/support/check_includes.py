#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the layers: which folder may include which folder and which library. Needs the standard library of Python only.

    check_includes.py [ROOT]

Prints one line per violation, `file:line: what is wrong`, and exits with 1 when there is any. It also checks that every source file
carries the licence line. The rules are the two tables below; a new folder or library is one line there.
"""
import os
import re
import sys
from dataclasses import dataclass

SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
SOURCE_ENDINGS = (".h", ".hpp", ".cpp", ".cc", ".cu", ".cuh")
LICENSED_ENDINGS = SOURCE_ENDINGS + (".py", ".sh", ".cmake", ".desktop", ".svg", ".metainfo.xml")
LICENSED_NAMES = ("CMakeLists.txt", "run", "test", ".clang-format", ".clang-tidy")
SKIPPED_FOLDERS = ("build", "corpus", ".git", ".cache", "__pycache__", "out")

# Libraries by the headers they bring; the first match counts.
LIBRARIES = [
    ("QCustomPlot", re.compile(r"qcustomplot\.h$")),
    ("Qt", re.compile(r"(Q[A-Z]\w*|Qt\w*/\w+(\.h)?|q[a-z]+\.h)$")),
    ("LibTorch", re.compile(r"(torch|ATen|c10|caffe2|libkineto)/")),
    ("ONNX", re.compile(r"(onnx/|google/protobuf/|.*\.pb\.h$)")),
    ("OpenCV", re.compile(r"opencv2?/")),
    ("SQLite", re.compile(r"(sqlite3(ext)?\.h$|SQLiteCpp/)")),
    ("pagmo", re.compile(r"pagmo/")),
    ("oneDNN", re.compile(r"(oneapi/dnnl/|dnnl|mkldnn)")),
    ("CUDA", re.compile(r"(cuda|cublas|cudnn|cufft|curand|mma\.h|cooperative_groups|thrust/|cub/)")),
    ("libgvc", re.compile(r"(graphviz/|gvc\.h$|cgraph\.h$)")),  # its licence does not go with the GPL; dot runs as a process
    ("CLI11", re.compile(r"CLI/")),
    ("Google Benchmark", re.compile(r"benchmark/benchmark\.h$")),
    ("Python", re.compile(r"(Python\.h$|pybind11/)")),
]
# Small libraries and the system: allowed everywhere.
SMALL = re.compile(
    r"(nlohmann/|spdlog/|fmt/|openssl/|z(lib|conf)\.h$|sys/|linux/|immintrin\.h$|x86intrin\.h$|cpuid\.h$|arm_neon\.h$|omp\.h$|"
    r"(unistd|fcntl|dlfcn|signal|spawn|poll|pthread|sched|langinfo|errno|dirent|glob|pwd|termios|time|endian|math|stdio|stdlib|"
    r"string|stdint|stddef|assert|float|limits|locale|ctype)\.h$)")
STANDARD = re.compile(r"[a-z_]+$")  # <vector>, <cstdint>: no ending, no folder


@dataclass
class Layer:
    """Files under `folder` may include the project's `folders` and the heavy `libraries`. The longest matching folder counts."""
    folder: str
    folders: tuple
    libraries: tuple = ()


ANY = ("",)
LAYERS = [
    Layer("core", ("core",)),
    Layer("core/model", ("core",), ("ONNX",)),
    Layer("core/data", ("core",), ("OpenCV",)),
    Layer("core/store", ("core",), ("SQLite",)),
    Layer("search", ("core", "search"), ("pagmo",)),
    Layer("backends/reference", ("core/base", "core/acu", "backends/reference")),
    # The kernels check themselves against the reference at load.
    Layer("backends/cpu", ("core/base", "core/acu", "backends/reference", "backends/cpu"), ("oneDNN",)),
    Layer("backends/cuda", ("core/base", "core/acu", "backends/reference", "backends/cpu", "backends/cuda"), ("CUDA",)),
    Layer("backends/emulator", ("core", "backends/reference", "backends/cpu", "backends/cuda", "backends/emulator")),
    Layer("backends/fpga", ("core", "backends/fpga")),
    Layer("ui", ("core", "search", "ui"), ("Qt", "QCustomPlot")),
    Layer("app", ANY),
    Layer("app/cli", ANY, ("CLI11",)),
    Layer("app/gui", ANY, ("Qt",)),
    Layer("tests", ANY, tuple(name for name, _ in LIBRARIES if name != "libgvc")),
]
TORCH_HEADERS = "backends/emulator/detail/"  # private headers of the emulator's translation units
TORCH_SOURCES = "backends/emulator/"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ALTERNATIVE = re.compile(r"^\s*#\s*include\s*[^<\"\s]")


def within(path, folder):
    return folder == "" or path == folder or path.startswith(folder + "/")


def layer_of(path):
    matching = [layer for layer in LAYERS if within(path, layer.folder)]
    return max(matching, key=lambda layer: len(layer.folder), default=None)


def library_of(header):
    for name, pattern in LIBRARIES:
        if pattern.match(header):
            return name
    return None


def may_use_torch(path):
    """Translation units of the emulator and the private headers that only they include."""
    if path.startswith(TORCH_HEADERS):
        return True
    return path.startswith(TORCH_SOURCES) and path.endswith(".cpp")


def check_project_include(root, path, layer, header):
    if path.startswith("tests/") and header.endswith(".moc"):
        return None
    if ".." in header.split("/") or not os.path.isfile(os.path.join(root, header)):
        if library_of(header):
            return check_library_include(path, layer, header)
        return f'"{header}" is not a file of the project; include with the path from the project root'
    if header.startswith(TORCH_HEADERS) and not may_use_torch(path):
        return f'"{header}" is private to {TORCH_SOURCES}*.cpp (it may bring LibTorch in)'
    if not any(within(header, folder) for folder in layer.folders):
        return f'{layer.folder} must not include "{header}"; it may include {", ".join(layer.folders)}'
    return None


def check_library_include(path, layer, header):
    library = library_of(header)
    if library == "LibTorch" and not path.startswith("tests/"):
        if may_use_torch(path):
            return None
        return f"<{header}>: LibTorch belongs into {TORCH_SOURCES}*.cpp and {TORCH_HEADERS} only"
    if library:
        if library in layer.libraries:
            return None
        allowed = ", ".join(layer.libraries) or "none"
        return f"<{header}>: {library} must not be used in {layer.folder} (heavy libraries allowed here: {allowed})"
    if STANDARD.match(header) or SMALL.match(header) or path.startswith("tests/"):
        return None
    return f"<{header}> is of an unknown library; add it to the tables of check_includes.py"


def check_includes(root, path, text):
    layer = layer_of(path)
    if layer is None:
        yield 1, "this folder has no layer; add it to LAYERS in check_includes.py"
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            if ALTERNATIVE.match(line):
                yield number, "an include through a macro cannot be checked"
            continue
        kind, header = found.groups()
        if kind == '"':
            problem = check_project_include(root, path, layer, header)
        elif os.path.isfile(os.path.join(root, header)):
            problem = f'<{header}> is a file of the project; include it with quotes'
        else:
            problem = check_library_include(path, layer, header)
        if problem:
            yield number, problem


def needs_licence(path):
    name = os.path.basename(path)
    return name.endswith(LICENSED_ENDINGS) or name in LICENSED_NAMES


def project_files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")


def check_tree(root):
    """All violations as (file, line, text); and how many source files were read."""
    violations, count = [], 0
    for path in project_files(root):
        if not needs_licence(path):
            continue
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            text = file.read()
        if SPDX not in "\n".join(text.splitlines()[:5]):
            violations.append((path, 1, f"the line '{SPDX}' is missing at the top"))
        if path.endswith(SOURCE_ENDINGS):
            count += 1
            violations += [(path, line, problem) for line, problem in check_includes(root, path, text)]
    return violations, count


def main(arguments):
    if len(arguments) > 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    violations, count = check_tree(root)
    for path, line, problem in violations:
        print(f"{path}:{line}: {problem}")
    if count == 0:
        print(f"no source files under {root}", file=sys.stderr)
        return 2
    print(f"{count} source files, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

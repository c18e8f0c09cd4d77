#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes resources/data/fashion-mnist-subset from the Debian package dataset-fashion-mnist.

The first 2,000 images of the test set in the published order, and training images 55,000 to 55,511 (the calibration split),
each with its labels, as gzip-compressed IDX files. The content is always the same; core/data/fashion_mnist.cpp knows it by
the SHA-256 sums that this script prints.

Usage: make_subset.py [SOURCE_FOLDER [TARGET_FOLDER]]
"""
import gzip
import hashlib
import io
import os
import struct
import sys

PARTS = [  # source, target, first sample, samples
    ("t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte", 0, 2000),
    ("t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte", 0, 2000),
    ("train-images-idx3-ubyte", "calibration-images-idx3-ubyte", 55000, 512),
    ("train-labels-idx1-ubyte", "calibration-labels-idx1-ubyte", 55000, 512),
]


def cut(content, first, count):
    """An IDX array of unsigned bytes with the given range of its first dimension."""
    zero, kind, dimensions = struct.unpack(">HBB", content[:4])
    if zero != 0 or kind != 8:
        sys.exit("not an IDX file of unsigned bytes")
    header = 4 + 4 * dimensions
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    each = 1
    for size in shape[1:]:
        each *= size
    if first + count > shape[0] or len(content) != header + each * shape[0]:
        sys.exit("the IDX file is too short")
    body = content[header + first * each : header + (first + count) * each]
    return content[:4] + struct.pack(f">{dimensions}I", count, *shape[1:]) + body


def compressed(content):
    """gzip without time and file name, so that the same input gives the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as stream:
        stream.write(content)
    return buffer.getvalue()


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    source = sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"
    target = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "fashion-mnist-subset")
    os.makedirs(target, exist_ok=True)
    for name, new_name, first, count in PARTS:
        with gzip.open(os.path.join(source, name + ".gz")) as stream:
            content = cut(stream.read(), first, count)
        with open(os.path.join(target, new_name + ".gz"), "wb") as stream:
            stream.write(compressed(content))
        print(hashlib.sha256(content).hexdigest(), new_name)


if __name__ == "__main__":
    main()

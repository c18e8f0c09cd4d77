#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the node test cases of the ONNX project into the form that tst_exported_networks checks (AXP_EXPORTED_NETWORKS=OUT).

    onnx_node_cases.py OUT [OPERATOR ...]

Needs the Python packages onnx and numpy (pip install onnx; the cases are in the package). A network has one input here, so the first
float input of a case stays one and the others become initialisers; cases without a float input are left out, and of several outputs only the
first stays. Every case is a single operator: OUT/manifest.json lists them as {name, format: operator, ...}.
"""
import glob
import json
import os
import sys

import numpy as np
import onnx
import onnx.backend.test
from onnx import TensorProto, numpy_helper


def tensors(pattern):
    """The tensors of input_0.pb and so on; None where one is no tensor."""
    result = []
    for path in sorted(glob.glob(pattern), key=lambda p: int(p.rsplit("_", 1)[1][:-3])):
        tensor = TensorProto()
        with open(path, "rb") as file:
            tensor.ParseFromString(file.read())
        result.append(tensor)
    return result


def convert(folder, out, wanted):
    model = onnx.load(os.path.join(folder, "model.onnx"))
    graph = model.graph
    if len(graph.node) != 1 or graph.node[0].domain not in ("", "ai.onnx"):
        return None
    operator = graph.node[0].op_type
    if wanted and operator not in wanted:
        return None
    try:
        inputs = tensors(os.path.join(folder, "test_data_set_0", "input_*.pb"))
        y = numpy_helper.to_array(tensors(os.path.join(folder, "test_data_set_0", "output_*.pb"))[0])
        chosen = next(i for i, t in enumerate(inputs) if t.data_type == TensorProto.FLOAT and len(t.dims) > 0)
        x = numpy_helper.to_array(inputs[chosen])
    except Exception:  # sequences, optionals, integer-only operators
        return None
    if len(inputs) != len(graph.input) or y.dtype not in (np.float32, np.int64, np.bool_):
        return None
    if any(tensor.data_type != entry.type.tensor_type.elem_type for tensor, entry in zip(inputs, graph.input)):
        return None  # the package stores some 16-bit and 8-bit floats as integers
    for i, tensor in enumerate(inputs):
        if i != chosen:
            tensor.name = graph.input[i].name
            graph.initializer.append(tensor)
    keep = graph.input[chosen]
    del graph.input[:]
    graph.input.append(keep)
    del graph.output[1:]
    name = os.path.basename(folder)[len("test_"):]
    place = os.path.join(out, name)
    os.makedirs(place, exist_ok=True)
    onnx.save(model, os.path.join(place, "model.onnx"))
    np.save(os.path.join(place, "x.npy"), x)
    np.save(os.path.join(place, "y.npy"), y)
    return {"name": name, "format": operator, "folder": name, "file": "model.onnx", "input_shape": list(x.shape[1:]), "macs": 0, "node_case": True}


def main(arguments):
    if not arguments:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    out, wanted = arguments[0], arguments[1:]
    root = os.path.join(os.path.dirname(onnx.backend.test.__file__), "data", "node")
    manifest = [entry for folder in sorted(glob.glob(os.path.join(root, "test_*"))) if (entry := convert(folder, out, wanted))]
    with open(os.path.join(out, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
    print(f"{len(manifest)} cases of {len({entry['format'] for entry in manifest})} operators")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

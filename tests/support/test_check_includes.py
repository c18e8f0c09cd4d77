#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants violations in a small tree and looks whether check_includes.py finds each of them, and nothing else."""
import os
import subprocess
import sys
import tempfile
import unittest

import check_includes

HEADER = "// " + check_includes.SPDX + "\n#pragma once\n"
# A tree in which every rule is used and none is broken.
CLEAN = {
    "core/base/result.h": "#include <string>\n#include <unistd.h>\n",
    "core/acu/table.h": '#include "core/base/result.h"\n',
    "core/model/importer.cpp": "#include <onnx/onnx_pb.h>\n#include <google/protobuf/message.h>\n",
    "core/data/image.cpp": "#include <opencv2/imgcodecs.hpp>\n",
    "core/store/store.cpp": "#include <sqlite3.h>\n#include <SQLiteCpp/SQLiteCpp.h>\n#include <nlohmann/json.hpp>\n",
    "search/problem.h": '#include <pagmo/pagmo.hpp>\n#include "core/base/result.h"\n',
    "backends/reference/reference.h": '#include "core/acu/table.h"\n',
    "backends/cpu/mac.h": '#include "core/acu/table.h"\n#include "backends/reference/reference.h"\n#include <immintrin.h>\n',
    "backends/cpu/mac.cpp": "#include <oneapi/dnnl/dnnl.hpp>\n",
    "backends/cuda/mac.cu": "#include <cuda_runtime.h>\n",
    "backends/emulator/emulator.h": '#include "core/data/dataset.h"\n#include "backends/cpu/mac.h"\n',
    "backends/emulator/detail/executor.h": "#include <ATen/ATen.h>\n",
    "backends/emulator/executor.cpp": '#include <torch/torch.h>\n#include "backends/emulator/detail/executor.h"\n',
    "core/data/dataset.h": "",
    "backends/fpga/export.cpp": '#include "core/acu/table.h"\n',
    "ui/plots/plot.h": '#include <QWidget>\n#include <QtCore/QObject>\n#include <qcustomplot.h>\n#include "search/problem.h"\n',
    "app/gui/main.cpp": '#include <QApplication>\n#include "ui/plots/plot.h"\n#include "backends/emulator/emulator.h"\n',
    "app/cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "backends/emulator/emulator.h"\n',
    "tests/unit/tst_a.cpp": '#include <QTest>\n#include <torch/torch.h>\n#include <anything.h>\n#include "tst_a.moc"\n',
}
# file, planted line, part of the message
PLANTED = [
    ("core/base/a.h", "#include <QString>", "Qt must not"),
    ("core/base/a.h", "#include <QtCore/QString>", "Qt must not"),
    ("core/base/a.h", "#  include  <torch/torch.h>", "LibTorch"),
    ("core/acu/a.cpp", "#include <c10/util/Half.h>", "LibTorch"),
    ("core/acu/a.cpp", "#include <sqlite3.h>", "SQLite must not"),
    ("core/data/a.cpp", "#include <onnx/onnx_pb.h>", "ONNX must not"),
    ("core/data/a.cpp", '#include "onnx.pb.h"', "ONNX must not"),
    ("core/model/a.cpp", "#include <opencv2/core.hpp>", "OpenCV must not"),
    ("core/eval/a.h", '#include "backends/cpu/mac.h"', "core must not include"),
    ("core/eval/a.h", '#include "search/problem.h"', "core must not include"),
    ("core/eval/a.h", '#include "ui/plots/plot.h"', "core must not include"),
    ("core/eval/a.h", '#include "app/gui/main.cpp"', "core must not include"),
    ("core/eval/a.h", '#include "result.h"', "path from the project root"),
    ("core/eval/a.h", '#include "../base/result.h"', "path from the project root"),
    ("core/eval/a.h", "#include <core/base/result.h>", "with quotes"),
    ("core/eval/a.h", "#include <boost/any.hpp>", "unknown library"),
    ("core/eval/a.h", "#include HEADER", "macro"),
    ("core/eval/a.h", "#include <pagmo/pagmo.hpp>", "pagmo must not"),
    ("core/eval/a.h", "#include <CLI/CLI.hpp>", "CLI11 must not"),
    ("search/random/a.cpp", '#include "backends/emulator/emulator.h"', "search must not include"),
    ("search/random/a.cpp", "#include <QObject>", "Qt must not"),
    ("backends/cpu/a.cpp", '#include "core/data/dataset.h"', "backends/cpu must not include"),
    ("backends/cpu/a.cpp", "#include <cuda_runtime.h>", "CUDA must not"),
    ("backends/cpu/a.cpp", "#include <torch/torch.h>", "LibTorch"),
    ("backends/cpu/a.cpp", '#include "backends/emulator/emulator.h"', "must not include"),
    ("backends/reference/a.cpp", '#include "backends/cpu/mac.h"', "must not include"),
    ("backends/emulator/a.h", "#include <torch/torch.h>", "LibTorch"),
    ("backends/emulator/a.h", '#include "backends/emulator/detail/executor.h"', "private"),
    ("app/cli/a.cpp", '#include "backends/emulator/detail/executor.h"', "private"),
    ("backends/emulator/a.cpp", "#include <QObject>", "Qt must not"),
    ("backends/fpga/a.cpp", '#include "backends/cpu/mac.h"', "must not include"),
    ("ui/plots/a.cpp", '#include "backends/cpu/mac.h"', "ui must not include"),
    ("ui/plots/a.cpp", "#include <torch/torch.h>", "LibTorch"),
    ("ui/plots/a.cpp", "#include <sqlite3.h>", "SQLite must not"),
    ("app/cli/a.cpp", "#include <QCoreApplication>", "Qt must not"),
    ("app/gui/a.cpp", "#include <torch/torch.h>", "LibTorch"),
    ("tests/unit/a.cpp", "#include <graphviz/gvc.h>", "libgvc must not"),
    ("elsewhere/a.cpp", "#include <vector>", "no layer"),
]


def write(root, path, content):
    os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
    with open(os.path.join(root, path), "w", encoding="utf-8") as file:
        file.write(content)


class CheckIncludes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        for path, content in CLEAN.items():
            write(self.root, path, HEADER + content)

    def violations(self):
        return check_includes.check_tree(self.root)[0]

    def test_clean_tree_has_no_violation(self):
        self.assertEqual(self.violations(), [])
        self.assertEqual(check_includes.check_tree(self.root)[1], len(CLEAN))

    def test_every_planted_violation_is_found(self):
        for path, line, message in PLANTED:
            with self.subTest(path=path, line=line):
                write(self.root, path, HEADER + "\n" + line + "\n")
                found = self.violations()
                os.remove(os.path.join(self.root, path))
                self.assertEqual(len(found), 1, found)
                self.assertEqual(found[0][0], path)
                if message != "no layer":
                    self.assertEqual(found[0][1], 4)
                self.assertIn(message, found[0][2])

    def test_comments_and_strings_are_not_includes(self):
        write(self.root, "core/base/a.h", HEADER + "// #include <QString>\nconst char* t = \"#include <QString>\";\n")
        self.assertEqual(self.violations(), [])

    def test_missing_licence_line(self):
        for path in ("core/base/a.cpp", "core/CMakeLists.txt", "run", "tests/a.py", "resources/icons/a.svg"):
            with self.subTest(path=path):
                write(self.root, path, "\n")
                found = self.violations()
                os.remove(os.path.join(self.root, path))
                self.assertEqual([(p, "is missing" in text) for p, _, text in found], [(path, True)])

    def test_build_folders_are_skipped(self):
        write(self.root, "build/release/a.cpp", "#include <QString>\n")
        self.assertEqual(self.violations(), [])

    def run_program(self, root):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_includes.py")
        return subprocess.run([sys.executable, program, root], capture_output=True, text=True, check=False)

    def test_exit_code(self):
        self.assertEqual(self.run_program(self.root).returncode, 0)
        write(self.root, "core/base/a.h", HEADER + "#include <QString>\n")
        outcome = self.run_program(self.root)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("core/base/a.h:3: ", outcome.stdout)

    def test_a_folder_without_sources_is_an_error(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(self.run_program(empty).returncode, 2)


if __name__ == "__main__":
    unittest.main()

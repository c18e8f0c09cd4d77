#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""./run, ./test and .ci/run in a copy of the tree's scripts, with recording stand-ins for apt-get, cmake, ninja and ctest."""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

STAND_INS = {
    "sudo": 'exec "$@"',
    # Everything is installed but what FAKE_MISSING names.
    "dpkg-query": 'for p in "${@:4}"; do [[ " ${FAKE_MISSING:-} " == *" $p "* ]] || echo "ii  $p"; done',
    "apt-get": 'echo "apt-get $*" >>"$FAKE_LOG"',
    "cmake": 'echo "cmake $*" >>"$FAKE_LOG"; mkdir -p build/release; touch build/release/build.ninja\n'
             'echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/release/CMakeCache.txt',
    "ninja": 'if [[ " $* " == *" -n "* ]]; then echo "ninja: no work to do."; else echo "ninja $*" >>"$FAKE_LOG"; fi',
    "ctest": 'echo "ctest $*" >>"$FAKE_LOG"; echo "100% tests passed"; exit "${FAKE_CTEST:-0}"',
}


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.root = os.path.join(self.folder, "tree with space")
        self.log = os.path.join(self.folder, "log")
        for name in ("run", "test", ".ci/run", "resources/setup.sh", "CMakeLists.txt", "CMakePresets.json"):
            os.makedirs(os.path.dirname(os.path.join(self.root, name)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, name), os.path.join(self.root, name))
        for name in ("app", "backends", "core", "search", "tests", "ui"):
            self.write(f"{name}/CMakeLists.txt", "\n")
        bin_folder = os.path.join(self.folder, "bin")
        os.makedirs(bin_folder)
        for name, body in STAND_INS.items():
            self.program(os.path.join(bin_folder, name), body)
        self.environment = dict(os.environ, PATH=bin_folder + ":/usr/bin:/bin", FAKE_LOG=self.log)
        self.environment.pop("CI", None)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def path(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    @staticmethod
    def program(path, body):
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/bash\n" + body + "\n")
        os.chmod(path, 0o755)

    def start(self, script, *arguments, cwd=None, **environment):
        """The outcome, and the lines that the stand-ins recorded."""
        if os.path.exists(self.log):
            os.remove(self.log)
        outcome = subprocess.run([os.path.join(self.root, script), *arguments], cwd=cwd or self.folder, capture_output=True,
                                 text=True, check=False, env=dict(self.environment, **environment))
        lines = []
        if os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as file:
                lines = file.read().splitlines()
        return outcome, lines

    def test_installs_only_what_is_missing(self):
        outcome, lines = self.start("test", FAKE_MISSING="libonnx-dev python3-jsonschema")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        apt = [line for line in lines if line.startswith("apt-get")]
        self.assertEqual(len(apt), 2, lines)
        self.assertTrue(apt[0].endswith(" update"), apt)
        self.assertTrue(apt[1].endswith(" install --no-install-recommends libonnx-dev python3-jsonschema"), apt)

    def test_configures_only_when_something_changed(self):
        self.assertIn("cmake --preset release", self.start("test")[1])
        self.assertEqual([line.split()[0] for line in self.start("test")[1]], ["ctest"])
        self.write("core/CMakeLists.txt", "# changed\n")
        self.assertIn("cmake --preset release", self.start("test")[1])
        self.write("core/new/CMakeLists.txt", "\n")
        self.assertIn("cmake --preset release", self.start("test")[1])

    def test_a_moved_tree_is_built_anew(self):
        self.start("test")
        self.write("build/release/leftover", "")
        moved = os.path.join(self.folder, "moved")
        os.rename(self.root, moved)
        self.root = moved
        outcome, lines = self.start("test")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("cmake --preset release", lines)
        self.assertIn("moved", outcome.stdout)
        self.assertFalse(os.path.exists(os.path.join(moved, "build/release/leftover")))

    def test_arguments_and_exit_code_are_those_of_ctest(self):
        outcome, lines = self.start("test", "-R", "a b", FAKE_CTEST="8")
        self.assertEqual(outcome.returncode, 8)
        self.assertTrue(lines[-1].endswith("--no-tests=error --output-on-failure -R a b"), lines)
        self.assertTrue(outcome.stdout.endswith("100% tests passed\n"))

    def test_continuous_integration_takes_warnings_for_errors(self):
        outcome, lines = self.start(".ci/run", FAKE_CTEST="3")
        self.assertEqual(outcome.returncode, 3)
        self.assertIn("cmake --preset release -DAXP_WERROR=ON", lines)

    def sample_project(self, cli_body):
        self.write("projects/fashion-vit/fashion-vit.axp", "{}")
        self.program(self.path("build/release/bin/axplorer-cli"), cli_body)

    def test_run_sweeps_and_names_the_results(self):
        self.sample_project('echo "cli $*" >>"$FAKE_LOG"')
        outcome, lines = self.start("run")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        project = os.path.join(self.root, "projects/fashion-vit/fashion-vit.axp")
        commands = [line.split()[1] for line in lines if line.startswith("cli")]
        self.assertEqual(commands, ["search", "search", "pareto", "plot"])
        self.assertTrue(all(project in line for line in lines if line.startswith("cli")))
        for name in ("out/front.png", "out/front.csv", "fashion-vit.db"):
            self.assertIn(os.path.join(self.root, "projects/fashion-vit", name) + "\n", outcome.stdout)

    def test_run_stops_with_the_exit_code_of_a_failing_command(self):
        self.sample_project("[[ $1 == search ]] && exit 130; exit 0")
        outcome, _ = self.start("run")
        self.assertEqual(outcome.returncode, 130)
        self.assertNotIn("Done", outcome.stdout)

    def test_run_takes_a_project_relative_to_the_caller(self):
        self.sample_project('echo "cli $*" >>"$FAKE_LOG"')
        self.write("mine/p.axp", "{}")
        outcome, lines = self.start("run", "p.axp", cwd=os.path.join(self.root, "mine"))
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertTrue(any(os.path.join(self.root, "mine/p.axp") in line for line in lines), lines)

    def test_run_build_only(self):
        outcome, lines = self.start("run", "--build-only")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertFalse(any(line.startswith("cli") for line in lines))

    def test_run_refuses_bad_usage(self):
        for arguments in (["--fast"], ["a.axp", "b.axp"], ["missing.axp"]):
            with self.subTest(arguments=arguments):
                outcome, lines = self.start("run", *arguments)
                self.assertEqual((outcome.returncode, lines), (2, []))
                self.assertTrue(outcome.stderr.startswith("error: "))


if __name__ == "__main__":
    unittest.main()

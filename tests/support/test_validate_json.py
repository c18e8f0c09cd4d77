#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""validate_json.py tells valid from invalid documents, and the committed schemas are schemas."""
import contextlib
import glob
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import validate_json

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMAS = sorted(glob.glob(os.path.join(HERE, "..", "..", "resources", "schemas", "*.json")))


class ValidateJson(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.schema = self.write("schema.json", json.dumps({
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["value"],
            "additionalProperties": False, "properties": {"value": {"type": "number", "maximum": 1}}}))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    @staticmethod
    def validate(*arguments, stdin=""):
        """Exit code and output."""
        out = io.StringIO()
        with mock.patch("sys.stdin", io.StringIO(stdin)), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = validate_json.main(list(arguments))
        return code, out.getvalue()

    def test_valid(self):
        self.assertEqual(self.validate(self.schema, self.write("a.json", '{"value": 0.5}'))[0], 0)
        self.assertEqual(self.validate(self.schema, "-", stdin='{"value": 0.5}')[0], 0)

    def test_invalid_documents_are_named_with_their_place(self):
        for text, message in (('{"value": 2}', "$.value"), ("{}", "'value' is a required"), ('{"value":1,"x":1}', "'x'"), ("[]", "$")):
            with self.subTest(text=text):
                code, output = self.validate(self.schema, self.write("a.json", text))
                self.assertEqual(code, 1)
                self.assertIn(message, output)

    def test_what_is_not_json(self):
        for text in ("", "{", '{"value": NaN}', '{"value": 1} {"value": 1}', "log line\n{\"value\": 1}"):
            with self.subTest(text=text):
                self.assertEqual(self.validate(self.schema, self.write("a.json", text))[0], 2)
        self.assertEqual(self.validate(self.schema, os.path.join(self.folder, "missing.json"))[0], 2)

    def test_as_a_program(self):
        program = [sys.executable, os.path.join(HERE, "validate_json.py"), self.schema, "-"]
        self.assertEqual(subprocess.run(program, input='{"value": 2}', capture_output=True, text=True, check=False).returncode, 1)
        self.assertEqual(subprocess.run(program[:3], capture_output=True, check=False).returncode, 2)

    def test_a_schema_that_is_none(self):
        self.assertEqual(self.validate(self.write("s.json", '{"type": 7}'), self.write("a.json", "{}"))[0], 2)

    def test_committed_schemas_are_schemas_that_can_refuse(self):
        self.assertTrue(SCHEMAS, "resources/schemas holds no schema")
        for schema in SCHEMAS:
            with self.subTest(schema=os.path.basename(schema)):
                document = validate_json.load(schema)
                validator = validate_json.validator_of(document)
                # A number fits none of the documents of the command line; a schema that takes it takes anything.
                self.assertFalse(validator.is_valid(17))


if __name__ == "__main__":
    unittest.main()

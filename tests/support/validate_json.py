#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates JSON documents against a JSON schema (Debian package python3-jsonschema).

    validate_json.py SCHEMA FILE...     FILE may be - for standard input

Prints the place and the message of every error; exit code 0 valid, 1 invalid, 2 unreadable input or bad usage.
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is missing (apt-get install python3-jsonschema)", file=sys.stderr)
    sys.exit(2)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def load(path):
    """One strict JSON document: no NaN, nothing after it."""
    if path == "-":
        return json.load(sys.stdin, parse_constant=refuse_constant)
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_constant=refuse_constant)


def validator_of(schema):
    """A validator of the draft that the schema names; SchemaError when it is no schema."""
    validator_class = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    validator_class.check_schema(schema)
    return validator_class(schema)


def place(error):
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        validator = validator_of(load(arguments[0]))
    except (OSError, ValueError, jsonschema.exceptions.SchemaError) as error:
        print(f"{arguments[0]}: {getattr(error, 'message', error)}", file=sys.stderr)
        return 2
    invalid = False
    for path in arguments[1:]:
        try:
            document = load(path)
        except (OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        for error in sorted(validator.iter_errors(document), key=lambda e: list(map(str, e.absolute_path))):
            invalid = True
            print(f"{path}: {place(error)}: {error.message}")
    return 1 if invalid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

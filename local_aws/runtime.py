"""Runs a Python function once: `python runtime.py MODULE.FUNCTION RESULT`, the event on standard input."""

import importlib
import json
import sys
import traceback
from pathlib import Path

module, _, function = sys.argv[1].rpartition(".")
try:
    handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    result = {"result": handler(json.load(sys.stdin), None)}
except Exception as error:  # noqa: BLE001  Lambda answers whatever a function raises with an error of the function
    result = {"error": {"errorMessage": str(error), "errorType": type(error).__name__}}
    traceback.print_exc()
Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")

"""Runs a Python function once: `python runtime.py MODULE.FUNCTION RESULT`, the event on standard input."""

import importlib
import json
import os
import sys
import traceback
import uuid
from pathlib import Path


class Context:
    """What a function is told of its invocation ("Using the Lambda context object"), but for the time that is left."""

    aws_request_id = str(uuid.uuid4())
    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    function_version = "$LATEST"
    invoked_function_arn = os.environ.get("LOCAL_AWS_FUNCTION_ARN", "")
    log_group_name = f"/aws/lambda/{function_name}"
    log_stream_name = f"[$LATEST]{aws_request_id}"


module, _, function = sys.argv[1].rpartition(".")
try:
    handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    result = {"result": handler(json.load(sys.stdin), Context())}
except Exception as error:  # noqa: BLE001  Lambda answers whatever a function raises with an error of the function
    result = {"error": {"errorMessage": str(error), "errorType": type(error).__name__}}
    traceback.print_exc()
Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")

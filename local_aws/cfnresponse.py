"""The module `cfnresponse`, which functions have whose code is in their template: it answers for a custom resource.

Source: "cfn-response module", AWS CloudFormation User Guide.
"""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(  # noqa: PLR0917  (as functions call it)
    event: Mapping[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803
    responseData: Mapping[str, Any],  # noqa: N803
    physicalResourceId: str | None = None,  # noqa: N803
    noEcho: bool = False,  # noqa: N803
    reason: str | None = None,
) -> None:
    """Put the answer where CloudFormation waits for it."""
    answer = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")  # noqa: S310  (the emulator's)
    urllib.request.urlopen(request).close()  # noqa: S310

"""A stack's deployment on the emulator: how much longer one takes that has twice the resources.

    python -m tools.benchmarks.local_aws

Linear is 2; what reads all of a template for each of its resources is 4.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from local_aws import Emulator

FEWER, MORE = 125, 250
MOST = 3.0
"""The ratio that it may be, on a machine that does other things too."""


def main() -> None:
    """Deploy two stacks of tables, and print the ratio of their times."""
    _seconds(FEWER)  # warms what is loaded once
    few, many = _seconds(FEWER), _seconds(MORE)
    print(f"{FEWER} tables {few:.1f} s, {MORE} tables {many:.1f} s: {many / few:.1f} times as long")
    if many / few > MOST:
        sys.exit(f"it may be {MOST}")


def _seconds(count: int) -> float:
    with Emulator("123456789012", "eu-west-1") as aws:
        api = aws.client("cloudformation", aws.operator)
        s3 = aws.client("s3", aws.operator)
        s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": aws.region})
        s3.put_object(Bucket="templates", Key="tables.json", Body=json.dumps(_tables(count)))
        url = f"https://templates.s3.{aws.region}.amazonaws.com/tables.json"
        start = time.perf_counter()
        made = api.create_change_set(
            StackName="tables", ChangeSetName="deploy", ChangeSetType="CREATE", TemplateURL=url
        )
        api.execute_change_set(ChangeSetName=made["Id"])
        aws.cloudformation.settle()
        taken = time.perf_counter() - start
        (stack,) = api.describe_stacks(StackName="tables")["Stacks"]
        if stack["StackStatus"] != "CREATE_COMPLETE":
            sys.exit(f"the stack is in {stack['StackStatus']}")
        return taken


def _tables(count: int) -> dict[str, Any]:
    properties = {
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    return {"Resources": {f"Table{number}": table for number in range(count)}}


if __name__ == "__main__":
    main()

"""The operator, who may do everything, as a deployer."""

import io
import zipfile

import pytest

from ops.emulator import Emulator
from tests.ops.emulator.cloudformation.stacks import Deployer
from tests.ops.emulator.conftest import REGION


@pytest.fixture(scope="session")
def operator(aws: Emulator) -> Deployer:
    return Deployer(aws, aws.operator)


@pytest.fixture(scope="session")
def code(aws: Emulator) -> dict[str, str]:
    """Where a function's code is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="code", Key="app.zip", Body=packed.getvalue())
    return {"S3Bucket": "code", "S3Key": "app.zip"}

"""The operator, who may do everything, as a deployer."""

import io
import zipfile

import pytest

from local_aws import Emulator
from tests.local_aws.cloudformation.stacks import Deployer
from tests.local_aws.conftest import REGION


@pytest.fixture(scope="module")
def operator(aws: Emulator) -> Deployer:
    return Deployer(aws, aws.operator)


@pytest.fixture(scope="module")
def code(aws: Emulator) -> dict[str, str]:
    """Where a function's code is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="code", Key="app.zip", Body=packed.getvalue())
    return {"S3Bucket": "code", "S3Key": "app.zip"}

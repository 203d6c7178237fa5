"""`ops verify-code`: each function runs an archive of the sealed files; or it says why that is not known."""

import io
import json
from argparse import Namespace
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256

import pytest

from ops.commands.verify_code import VerifiedCode, run
from ops.errors import OpsError
from ops.project.assets import sealed_assets
from ops.project.deployment import Deployment
from ops.terminal.result import ExitStatus, json_of
from tests.ops.change_set.test_code import archive
from tests.ops.scripted_aws import NOW, Answer, Failure, Parameters, no_stack, scripted, stack

FUNCTIONS = ("DocsFullAppFunction", "WorkEngineFunction")
NAMES = {f"dataops-v1-{function}-1A2B": function for function in FUNCTIONS}
Edit = Callable[[Mapping[str, bytes]], bytes]


def digest(content: bytes) -> str:
    return b64encode(sha256(content).digest()).decode()


def listed(*functions: str) -> dict[str, object]:
    return {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": function,
                "PhysicalResourceId": name,
                "ResourceType": "AWS::Lambda::Function",
                "ResourceStatus": "UPDATE_COMPLETE",
                "LastUpdatedTimestamp": NOW,
            }
            for name, function in NAMES.items()
            if function in functions
        ]
    }


def verified(
    deployment: Deployment, *, taken: Edit = archive, lies: Edit = archive, **answers: Answer
) -> tuple[VerifiedCode, dict[str, int]]:
    """What is said of functions that took one archive, while another lies in the bucket; and what was called."""
    files = {
        one.key: {
            path.relative_to(one.path).as_posix(): path.read_bytes() for path in one.path.rglob("*") if path.is_file()
        }
        for one in sealed_assets(deployment.app)
        if one.path.is_dir()
    }
    keys = {name: deployment.app.resources[name]["Properties"]["Code"]["S3Key"] for name in FUNCTIONS}

    def configuration(asked: Parameters) -> dict[str, object]:
        return {"Configuration": {"CodeSha256": digest(taken(files[keys[NAMES[asked["FunctionName"]]]]))}}

    def lying(asked: Parameters) -> dict[str, object]:
        assert asked["ExpectedBucketOwner"] == deployment.settings.account
        return {"Body": io.BytesIO(lies(files[asked["Key"]]))}

    usual: dict[str, Answer] = {
        "DescribeStacks": stack("dataops-v1"),
        "ListStackResources": listed(*FUNCTIONS),
        "GetFunction": configuration,
        "GetObject": lying,
    }
    aws = scripted(deployment, **{**usual, **answers})
    found = run(deployment, aws.account, Namespace())
    return found, {name: len(aws.called(name)) for name in usual}


def other(files: Mapping[str, bytes]) -> bytes:
    return archive({**files, "evil.js": b"evil"})


def test_the_sealed_code(deployment: Deployment) -> None:
    found, called = verified(deployment)
    assert found.status is ExitStatus.GOOD, found.text()
    assert [one.function for one in found.functions] == sorted(FUNCTIONS, key=list(deployment.app.resources).index)
    assert all(one.said.startswith("runs the sealed code, s3://") for one in found.functions)
    assert "put-function-concurrency" not in found.text()
    assert called == {"DescribeStacks": 1, "ListStackResources": 1, "GetFunction": 2, "GetObject": 2}
    document = json.loads(json_of(found))
    assert [one["sealed"] for one in document["functions"]] == [True, True]


@pytest.mark.parametrize(
    ("taken", "lies", "said"),
    [
        (other, archive, "runs other code (CodeSha256 "),
        (archive, other, "is not the sealed code by now: 'evil.js' is in it besides"),
        (other, other, "is not the sealed code by now: 'evil.js' is in it besides"),
    ],
)
def test_other_code(deployment: Deployment, taken: Edit, lies: Edit, said: str) -> None:
    found, _ = verified(deployment, taken=taken, lies=lies)
    assert found.status is ExitStatus.FOUND
    assert all(said in one.said for one in found.functions)
    assert "put-function-concurrency --reserved-concurrent-executions 0" in found.text()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"GetObject": Failure("NoSuchKey", status=404)}, " is not there any more, so that what dataops-v1-"),
        ({"GetFunction": {"Configuration": {}}}, "runs other code (CodeSha256 None)"),
        ({"ListStackResources": listed()}, "the stack does not have it"),
    ],
)
def test_what_cannot_be_compared_is_not_good(deployment: Deployment, answers: dict[str, Answer], said: str) -> None:
    found, _ = verified(deployment, **answers)
    assert found.status is ExitStatus.FOUND
    assert [one.function for one in found.functions if said in one.said] == [one.function for one in found.functions]


def test_a_function_of_which_nothing_is_sealed_is_not_good(deployment: Deployment) -> None:
    class Inline(Deployment):
        """With one function whose code the template names in no way that can be compared."""

    inline = Inline(deployment.settings, deployment.directory)
    resources = inline.app.resources
    code = resources["WorkEngineFunction"]["Properties"]["Code"]
    resources["WorkEngineFunction"]["Properties"]["Code"] = {**code, "S3ObjectVersion": "1"}
    found, _ = verified(inline)
    said = {one.function: one.said for one in found.functions}
    assert said["WorkEngineFunction"] == "the cloud assembly has no code for it to compare"
    assert said["DocsFullAppFunction"].startswith("runs the sealed code")


def test_a_stack_that_is_not_there(deployment: Deployment) -> None:
    with pytest.raises(OpsError, match="there is no stack 'dataops-v1'"):
        verified(deployment, DescribeStacks=no_stack("dataops-v1"))

"""The live account, laid out in the emulator before the first act."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

from local_aws.login import AUDIENCE, ISSUER
from rehearsal.live_state import APP, ROLE, before_the_incident, recorded, stale_role, with_code
from rehearsal.outcome import RehearsalFailed
from rehearsal.places import ARTIFACTS

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.live_state import Template
    from rehearsal.stage import Stage

_FUNCTIONS: Final = {"DocsFullAppFunction": "docs_app", "WorkEngineFunction": "work_engine"}
_TYPES: Final = (
    "podcast",
    "newsletter",
    "webinar",
    "workshop",
    "course",
    "book-of-the-week",
    "open-source-spotlight",
    "conference",
    "social-post",
    "sponsorship",
    "office-hours",
)
_ITEMS: Final = 25  # in each table that is there, so that none of them can be lost unseen


def lay_out(stage: Stage) -> None:
    """Make the account as it was before the update that failed.

    Raises:
        RehearsalFailed: a stack could not be made.
    """
    lay_out_by_hand(stage)
    create(stage, ROLE, stale_role())
    create(stage, APP, before_the_incident(live_app(stage)))
    for table in stage.client("dynamodb").list_tables()["TableNames"]:
        fill(stage, table)


def lay_out_by_hand(stage: Stage) -> None:
    """Make what is in no stack: GitHub's provider, the artifact bucket, two secrets."""
    settings = stage.settings
    stage.client("iam").create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE], ThumbprintList=["0" * 40])
    where = {"LocationConstraint": settings.region}
    stage.client("s3").create_bucket(Bucket=settings.artifact_bucket, CreateBucketConfiguration=where)
    for name in (settings.github_token_secret_name, settings.basic_auth_password_secret_name):
        stage.client("secretsmanager").create_secret(Name=name, SecretString="made by hand")


def live_app(stage: Stage) -> Template:
    """Return the app's template as SAM had written it, with code where SAM kept it: outside the stack's own prefix."""
    bucket = stage.settings.artifact_bucket
    code: dict[str, Any] = {}
    for name, directory in _FUNCTIONS.items():
        stage.client("s3").put_object(Bucket=bucket, Key=f"sam-{directory}", Body=_packed(ARTIFACTS / directory))
        code[name] = {"S3Bucket": bucket, "S3Key": f"sam-{directory}"}
    return with_code(recorded(APP), code)


def fill(stage: Stage, table: str) -> None:
    """Put items into a table; into the templates' the templates that the smoke test asks for."""
    kinds = _TYPES if table.endswith("-templates") else [f"item-{number}" for number in range(_ITEMS)]
    for number, kind in enumerate(kinds):
        item = {"PK": {"S": f"{table}#{number}"}, "SK": {"S": "rehearsal"}, "type": {"S": kind}}
        stage.client("dynamodb").put_item(TableName=table, Item=item)


def items(stage: Stage) -> dict[str, tuple[str, ...]]:
    """Return the items of every table, as text."""
    dynamodb = stage.client("dynamodb")
    return {
        table: tuple(sorted(json.dumps(item, sort_keys=True) for item in dynamodb.scan(TableName=table)["Items"]))
        for table in dynamodb.list_tables()["TableNames"]
    }


def create(stage: Stage, stack: str, template: Template) -> None:
    """Create a stack as the operator.

    Raises:
        RehearsalFailed: it could not be made.
    """
    cloudformation = stage.client("cloudformation")
    made = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName="as-it-was",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.execute_change_set(ChangeSetName=made["Id"])
    status = stage.status(stack)
    if status != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        reason = failed[-1].get("ResourceStatusReason") if failed else "no resource failed"
        raise RehearsalFailed(f"laying out {stack}: {status}: {reason}")


def _packed(directory: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(directory.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(directory))
    return packed.getvalue()

"""`python -m ops record`: say what the app's stack has now, as the record of what is live that synthesis reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from leastgrant.text import counted
from ops.errors import OpsError
from ops.stack.resources import physical_ids
from ops.stack.state import existing_stack
from ops.stack.template import template_of_stack
from ops.terminal.result import ExitStatus
from settings import LiveRecord, RecordState

if TYPE_CHECKING:
    import argparse

    from ops.aws.account import Account
    from ops.project.deployment import Deployment
    from ops.project.placed_template import PlacedTemplate


@dataclass(frozen=True, slots=True)
class Recorded:
    """The record, and the file that it was written to, if any."""

    record: LiveRecord
    file: Path | None = None
    status: ExitStatus = ExitStatus.GOOD

    def text(self) -> str:
        """Return the record as its file has it; or, once it is written, say so."""
        if self.file is None:
            return self.record.text()
        has = counted(len(self.record.resources), "resource")
        return f"{self.file}: {has}, {self.record.state.value}, on {self.record.recorded}\n"

    def document(self) -> RecordDocument:
        """Return the record as typed values, for JSON."""
        record = self.record
        return RecordDocument(record.recorded.isoformat(), record.state, record.resources, record.code)


class RecordDocument(Struct, frozen=True):
    """The record, as JSON."""

    recorded: str
    state: RecordState
    resources: Mapping[str, str | None]
    code: Mapping[str, str]
    """The key of each function's code, while the account is being taken over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether the file is written."""
    parser.add_argument("--write", action="store_true", help="write it to the file that the setting liveRecord names")


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> Recorded:
    """Read what the app's stack has, and whose template made it. Nothing in the account is changed.

    Raises:
        OpsError: there is no such stack; an operation goes on, so that what it has is not settled; no file is named to
            write to; or the file has what the stack has not.
        InputError: the stack's template cannot be read, or the file cannot be read or written.
        BotoCoreError, ClientError: as any call.
    """
    named = deployment.settings.live_record
    file = Path(options.settings).parent / named if named else None
    if options.write and file is None:
        raise OpsError(
            f"{options.settings}: liveRecord names no file to write to: set it, such as to live/resources.json"
        )
    earlier = LiveRecord.from_file(file) if file is not None and file.exists() else None
    stack = existing_stack(account.cloudformation, deployment.settings.app_stack_name)
    if stack.is_changing:
        raise OpsError(f"{stack.name} is in {stack.status}: what it has is not settled; record it when that is over")
    template = template_of_stack(account, stack)
    ids = physical_ids(account.cloudformation, stack.name)
    code = _code(template, deployment.settings.artifact_bucket)
    record = LiveRecord.of_stack(datetime.now(UTC).date(), _state(template, earlier), ids, code)
    if file is None or not options.write:
        return Recorded(record)
    if earlier is not None:
        _check_nothing_is_forgotten(file, stack.name, earlier, record)
    record.write(file)
    return Recorded(record, file)


def _check_nothing_is_forgotten(file: Path, stack: str, earlier: LiveRecord, record: LiveRecord) -> None:
    """Refuse to take a resource out of the record: the deploy role could then make one in its place, and unmake it.

    Raises:
        OpsError: the stack does not have what is recorded, such as a table that a rollback left behind.
    """
    forgotten = [
        f"{one} ({name})" if name else one for one, name in earlier.resources.items() if one not in record.resources
    ]
    if forgotten:
        raise OpsError(
            f"{file}: not written: {stack} does not have {', '.join(forgotten)}, and what is not recorded, the deploy"
            " role may make and delete: take it back with 'ops reconcile --execute', or out of the file if it is to go"
        )


def _code(template: PlacedTemplate, bucket: str) -> Mapping[str, str]:
    """Return the key of each function's code, by logical id, as far as it is an object of the artifact bucket."""
    found: dict[str, str] = {}
    for logical_id, resource in template.resources.items():
        code: Mapping[str, Any] = resource.get("Properties", {}).get("Code", {})
        key: object = code.get("S3Key")
        if resource["Type"] == "AWS::Lambda::Function" and code.get("S3Bucket") == bucket and isinstance(key, str):
            found[logical_id] = key
    return found


def _state(template: PlacedTemplate, earlier: LiveRecord | None) -> RecordState:
    """Tell whose template was deployed: SAM kept each table with `Retain`, and CDK keeps it with another policy.

    Not one table decides but all: one that was imported, before CDK's template is deployed, has CDK's already.
    """
    tables = [one for one in template.resources.values() if one["Type"] == "AWS::DynamoDB::Table"]
    is_cdks = all(table.get("DeletionPolicy") == "RetainExceptOnCreate" for table in tables)
    if not is_cdks:
        return RecordState.BEING_TAKEN_OVER
    was_sams = earlier is not None and earlier.state is not RecordState.LIVE
    return RecordState.SINCE_TAKE_OVER if was_sams else RecordState.LIVE

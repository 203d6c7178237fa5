"""The acts of a rehearsal: bootstrapped, deployed, deployed again, changed, failed and rolled back, destroyed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from leastgrant.iam import Permissions, parse_policy
from leastgrant.text import counted, first_few
from local_aws.cloudformation.handler import NotModelled
from local_aws.rehearse import bootstrap
from local_aws.rehearse.cdk_cli import PATIENCE, CommandError, Ran, bootstrap_template, run_tool, tool_environment
from local_aws.rehearse.changes import FAILING, changed, failing
from local_aws.rehearse.outcome import Failure, Outcome, RehearsedResource, Verdict
from local_aws.rehearse.variants import edited, read_template, without_images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leastgrant import Rehearsal, Stack
    from leastgrant.template import ResolvedResource
    from local_aws import Emulator
    from local_aws.callers import Credentials

CI_ROLE: Final = "ci"
"""What the CI role is called, if it is not given or its name is not known."""
_DEPLOY: Final = ("--require-approval", "never", "--progress", "events", "--exclusively", "--concurrency", "1")


class _Stopped(Exception):  # noqa: N818  (what comes next cannot be played; nothing of this program failed)
    """What the next acts need has gone wrong."""


@dataclass
class Play:
    """A rehearsal as it goes on."""

    aws: Emulator
    rehearsal: Rehearsal
    cdk: Path
    folder: Path
    """Temporary, of the rehearsal's own."""
    say: Callable[[str], None]
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    failures: list[Failure] = field(default_factory=list[Failure])
    resources: list[RehearsedResource] = field(default_factory=list[RehearsedResource])
    ran: list[Ran] = field(default_factory=list[Ran])
    _act: str = ""
    _ids: dict[str, str] = field(default_factory=dict[str, str])
    """The ids of the stacks that were made, by their names."""
    _seen: set[str] = field(default_factory=set[str])
    """The events that were read."""
    _kept: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What the deletion of a stack has left, by its name."""

    def play(self) -> None:
        """Play every act, as far as the one before lets it.

        Raises:
            CommandError: a tool cannot be run.
            BootstrapError: the bootstrap stack cannot be made.
        """
        for act, playing in (
            ("bootstrap", self._bootstrap),
            ("deploy", self._deploy),
            ("again", self._deploy_again),
            ("change", self._change),
            ("fail", self._fail),
            ("destroy", self._destroy),
        ):
            self._act = act
            self.say(f"{act} ...")
            try:
                playing()
            except _Stopped:
                break
        else:
            return
        acts = ("again", "change", "fail", "destroy")
        for act in acts[acts.index(self._act) + 1 if self._act in acts else 0 :]:
            self.outcomes.append(Outcome(act, _HAD_TO[act], "not played", Verdict.NOT_PLAYED))

    # the acts

    def _bootstrap(self) -> None:
        s3 = self.aws.client("s3", self.aws.operator)
        for bucket in bootstrap.buckets_to_make(self.rehearsal):
            region = self.aws.region
            where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            s3.create_bucket(Bucket=bucket, **where)
        needed = bootstrap.qualifiers(self.rehearsal)
        if not needed:
            return
        given = self.rehearsal.bootstrap
        template = bootstrap_template(self.cdk, self.folder) if given is None else given.read_text(encoding="utf-8")
        for qualifier in needed:
            made = bootstrap.bootstrap(self.aws, self.rehearsal, qualifier, template)
            self._see("the roles are there", made, good=True)

    def _deploy(self) -> None:
        ran = self._run("deploy", *self._names, *_DEPLOY, app=self._original)
        for stack in self._stacks:
            status = self._status(stack)
            self._note_resources(stack)
            self._see(f"{stack.name} is created", status, good=status == "CREATE_COMPLETE")
        self._end(ran, good=ran.status == 0)

    def _deploy_again(self) -> None:
        before = self._updated()
        ran = self._run("deploy", *self._names, *_DEPLOY, app=self._original)
        same = self._updated() == before
        self._see("nothing changes", "no changes" if same else "something changed", good=same and ran.status == 0)
        self._end(ran, good=ran.status == 0)

    def _change(self) -> None:
        edits = {stack: changed(read_template(stack.template)) for stack in self._stacks}
        variant = self._edited("changed", {stack: template for stack, (_, template) in edits.items()})
        ran = self._run("deploy", *self._names, *_DEPLOY, app=variant)
        for stack, (what, _) in edits.items():
            status = self._status(stack)
            self._see(f"{stack.name} is updated: {what} is changed", status, good=status == "UPDATE_COMPLETE")
        self._end(ran, good=ran.status == 0)

    def _fail(self) -> None:
        stack = self._stacks[-1]
        before = self._physical(stack)
        variant = self._edited("failing", {stack: failing(read_template(stack.template))})
        ran = self._run("deploy", stack.display_name, *_DEPLOY, app=variant)
        status = self._status(stack)
        good = ran.status != 0 and status == "UPDATE_ROLLBACK_COMPLETE"
        self._see(f"{stack.name} is rolled back, when one more resource fails", status, good=good)
        kept = self._physical(stack) == before
        self._see("what there was is still there", counted(len(before), "resource") if kept else "it is not", good=kept)

    def _destroy(self) -> None:
        ran = self._run("destroy", *self._names, "--exclusively", "--force", app=self._original)
        for stack in self._stacks:
            status = self._status(stack)
            kept = self._kept.get(stack.name)
            left = f", and keeps {first_few(kept, 'resource')}" if kept else ""
            self._see(f"{stack.name} is deleted", f"{status}{left}", good=status == "DELETE_COMPLETE")
        self._end(ran, good=ran.status == 0)

    # what they are made of

    @property
    def _stacks(self) -> tuple[Stack, ...]:
        return tuple(stack for stack in self.rehearsal.assembly.stacks if stack.resolved() is not None)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(stack.display_name for stack in self._stacks)

    @property
    def _original(self) -> Path:
        folder = self.rehearsal.assembly.folder
        if not any(stack.images for stack in self.rehearsal.assembly.stacks):
            return folder
        copy = self.folder / "without-images"
        return copy if copy.is_dir() else without_images(folder, copy)

    def _edited(self, name: str, templates: dict[Stack, Any]) -> Path:
        folder = self.rehearsal.assembly.folder
        by_file = {self._original / stack.template.relative_to(folder): text for stack, text in templates.items()}
        return edited(self._original, self.folder / name, by_file)

    def _run(self, *arguments: str, app: Path) -> Ran:
        """Run the CLI as the CI role, and read what CloudFormation said meanwhile.

        Raises:
            CommandError: it cannot be run, or does not end.
        """
        shown = f"cdk {' '.join(arguments)}"
        command = [str(self.cdk), *arguments, "--app", str(app.absolute()), "--output", str(self.folder / "out")]
        before = len(self.aws.gateway.recorded)
        environment = tool_environment(self.folder, self.aws.environment(self._ci()))
        try:
            status, output = run_tool(command, environment, self.folder)
        except subprocess.TimeoutExpired:
            raise CommandError(f"{shown}: no end after {PATIENCE} s") from None
        except OSError as error:
            raise CommandError(f"{self.cdk}: cannot be run: {error.strerror}") from None
        self.aws.cloudformation.settle()
        self.ran.append(Ran(shown, status, output, tuple(self.aws.gateway.recorded[before:])))
        return self.ran[-1]

    def _ci(self) -> Credentials:
        role = self.rehearsal.ci
        if role is not None:
            arn = next((str(one) for one in role.arns if one.is_literal), CI_ROLE)
            return self.aws.outside_session(arn.rpartition("/")[2], "cdk", role.permissions)
        assumed = bootstrap.roles_named(self.rehearsal)
        statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": [*assumed]}
        policy = parse_policy({"Version": "2012-10-17", "Statement": [statement]}, CI_ROLE)
        return self.aws.outside_session(CI_ROLE, "cdk", Permissions([policy]))

    @property
    def _cloudformation(self) -> Any:
        return self.aws.client("cloudformation", self.aws.operator)

    def _described(self, stack: Stack) -> dict[str, Any] | None:
        """Return what CloudFormation says of a stack; None if it was never made."""
        client = self._cloudformation
        try:
            (found,) = client.describe_stacks(StackName=self._ids.get(stack.name, stack.name))["Stacks"]
        except client.exceptions.ClientError:
            return None
        self._ids[stack.name] = found["StackId"]
        return found

    def _status(self, stack: Stack) -> str:
        """Return the status of a stack, and note what failed in it since."""
        found = self._described(stack)
        if found is None:
            return "it is not there"
        for event in self._new_events(found["StackId"]):
            status, name = str(event["ResourceStatus"]), event["LogicalResourceId"]
            if status == "DELETE_SKIPPED":
                self._kept.setdefault(stack.name, []).append(name)
            if status.endswith("_FAILED") and name not in (FAILING, stack.name):
                where = f"{stack.name}/{name} ({event['ResourceType']}) {status}"
                self.failures.append(Failure(self._act, where, event.get("ResourceStatusReason") or ""))
        return found["StackStatus"]

    def _new_events(self, stack_id: str) -> Iterator[dict[str, Any]]:
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        found = [event for page in pages for event in page["StackEvents"] if event["EventId"] not in self._seen]
        self._seen.update(event["EventId"] for event in found)
        yield from reversed(found)

    def _updated(self) -> list[object]:
        return [(self._described(stack) or {}).get("LastUpdatedTime") for stack in self._stacks]

    def _physical(self, stack: Stack) -> dict[str, str]:
        """Return the physical ids of a stack's resources, by their logical ids."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
        found = (one for page in pages for one in page["StackResourceSummaries"])
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    def _note_resources(self, stack: Stack) -> None:
        resolved = stack.resolved()
        for resource in resolved or ():
            name, kind = resource.declared.logical_id, resource.declared.type
            self.resources.append(RehearsedResource(stack.name, name, kind, self._made(resource)))

    def _made(self, resource: ResolvedResource) -> str:
        """Say how far a resource is there."""
        try:
            return self.aws.cloudformation.engine.handler(resource.declared.type).made(resource.properties)
        except NotModelled:
            return "not modelled"

    def _see(self, what: str, seen: str, *, good: bool) -> None:
        self.outcomes.append(Outcome(self._act, what, seen, Verdict.GOOD if good else Verdict.WRONG))
        self.say(f"  {'ok' if good else 'WRONG'}  {what}: {seen}")

    def _end(self, ran: Ran, *, good: bool) -> None:
        """End an act that the next ones need.

        Raises:
            _Stopped: it went wrong.
        """
        of_act = [outcome for outcome in self.outcomes if outcome.act == self._act]
        if not good and not any(failure.act == self._act for failure in self.failures):
            self.failures += self._refused(ran) or [Failure(self._act, ran.command, _last_words(ran.output))]
        if not good or any(outcome.verdict is Verdict.WRONG for outcome in of_act):
            raise _Stopped

    def _refused(self, ran: Ran) -> list[Failure]:
        """Return the CLI's own calls that were refused."""
        refused = [call for call in ran.recorded if call.message is not None and "not authorized" in call.message]
        named = ((f"{one.call.service}:{one.call.operation}", one.message or "") for one in refused)
        return [Failure(self._act, where, said) for where, said in dict.fromkeys(named)]


_HAD_TO: Final = {
    "again": "nothing changes",
    "change": "a change is deployed",
    "fail": "a failure is rolled back",
    "destroy": "the stacks are deleted",
}


def _last_words(output: str) -> str:
    """Return the line by which the CLI says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if "❌" in line or "rror:" in line]
    return (told or lines or ["it said nothing"])[-1]

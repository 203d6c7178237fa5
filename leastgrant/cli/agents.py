"""An MCP server: what the command line answers, as tools for agents, with typed results.

Nothing is written, no network is asked, and no file outside of one folder is read.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import threading
from collections.abc import Callable  # noqa: TC003  (looked up when a tool is registered)
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from leastgrant import __version__
from leastgrant.cli.confined import Folder, OutsideError, confined
from leastgrant.cli.parser import parse_arguments, run_command
from leastgrant.errors import InputError
from leastgrant.text import printable

INSTRUCTIONS = """\
leastgrant proves, from files, that an IAM role grants what CloudFormation will call for templates, and nothing else.
To write a role: `generate` gives the least policy; save it, then `check` it until `proved` is true. `explain` says why
an action is needed, `needs` lists all of them, `cdk` proves the roles of a CDK app's cdk.out, `denied` reads a denial.
Paths are below the folder that the server was started for. Nothing is written: save what is answered yourself."""


class Stack(BaseModel):
    """A stack that is deployed with the role."""

    template: str = Field(description="path of the template, JSON or YAML")
    name: str = Field(description="the stack's name; generated names begin with it")


class Deployed(BaseModel):
    """What is deployed, and where."""

    stacks: list[Stack] = Field(min_length=1)
    account: str = Field(description="the account, 12 digits")
    region: str = Field(description="the region, such as eu-west-1")
    parameters: dict[str, str] = Field(default={}, description="template parameters; without one its default counts")
    tools: list[str] = Field(default=[], description="what deploys with the role itself: cdk, sam or aws-cli")
    uses: str | None = Field(default=None, description="path of a file that declares what else the role is for")


class Need(BaseModel):
    """One call that will be made with the role's permissions."""

    action: str
    resource: str
    operation: str
    tier: str = Field(description="what happens without it: required, on change, read back or advisory")
    stack: str | None
    logical_id: str
    type: str
    trigger: str | None = Field(description="the property that causes the call")
    reason: str
    source: str = Field(description="where the fact is from")


class Unknown(BaseModel):
    """A resource of which it is not known what it needs."""

    stack: str | None
    logical_id: str
    type: str
    reason: str


class Needs(BaseModel):
    """What CloudFormation calls."""

    needs: list[Need]
    unknown: list[Unknown]


class Finding(BaseModel):
    """What is wrong, and how to fix it."""

    id: str
    kind: str
    reason: str
    fix: str
    action: str | None
    resource: str | None
    logical_id: str | None
    operation: str | None


class Check(BaseModel):
    """The proof of a role."""

    proved: bool
    findings: list[Finding]
    needs: int
    grants: int
    explained: int = Field(description="how many of the grants something needs")


class Explanation(BaseModel):
    """Who needs an action and why, or what a finding means."""

    text: str


class Policies(BaseModel):
    """The least policies for what is deployed."""

    policies: list[dict[str, Any]]
    proved: bool
    remarks: list[str] = Field(description="what the policies leave open, such as ways that the templates need")


class Cause(BaseModel):
    """What is wrong with a link, and how to fix it."""

    kind: str
    message: str
    fix: str
    operations: list[str]
    statements: list[Any] = Field(description="the statements that fix it")


class Link(BaseModel):
    """A role of the delivery chain."""

    link: str
    environment: str | None
    role: str
    state: str
    needs: int
    causes: list[Cause]


class Chain(BaseModel):
    """The proof of a CDK app's roles."""

    proved: bool
    links: list[Link]


class DeniedCall(BaseModel):
    """A denied call, what it is for, and what grants it."""

    principal: str | None
    action: str | None
    resource: str | None
    layer: str | None = Field(description="which layer refused it; null if it is not told")
    need: dict[str, Any] | None
    fix: str
    statement: dict[str, Any] | None
    cdk: str | None


class Denials(BaseModel):
    """The denials of a message."""

    denials: list[DeniedCall]


def server(folder: Folder) -> MCPServer:
    """Make the server; the tools answer about the files of the folder, by running commands."""
    made = MCPServer("leastgrant", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    tools = _Tools(folder)
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    answers: list[Callable[..., Any]] = [
        tools.needs,
        tools.check,
        tools.explain,
        tools.generate,
        tools.cdk,
        tools.denied,
    ]
    for answer in answers:
        made.add_tool(answer, annotations=reads)
    return made


class _Tools:
    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._one = threading.Lock()
        """A command writes to stdout, which is one for all threads."""

    def needs(self, deployed: Deployed) -> Needs:
        """List what CloudFormation calls for templates with the role's permissions, with the source of each fact."""
        return Needs.model_validate(self._json("needs", *self._deployed(deployed)))

    def check(
        self,
        role: list[str],
        deployed: Deployed,
        namespaces: list[str] | None = None,
        role_arn: str | None = None,
        include_changes: bool = False,
    ) -> Check:
        """Prove that a role grants everything that the templates need, and nothing else.

        Args:
            role: Paths of policies, or of the template that declares the role, with #LogicalId if it declares several.
            deployed: What is deployed with it.
            namespaces: ARN patterns of what the stacks may own; a grant outside is a finding.
            role_arn: The role's own ARN, if no template tells it.
            include_changes: Demand what a change of the templates calls, too.
        """
        arguments = [*self._role(role), *self._deployed(deployed), *_each("--namespace", namespaces)]
        arguments += [*_one("--role-arn", role_arn), *(["--all"] if include_changes else [])]
        report = self._json("check", *arguments)
        kinds = report["summary"]["findings"]
        findings = [Finding.model_validate(found) for kind in kinds for found in report[kind]]
        known = report["summary"]
        return Check(
            proved=report["proved"],
            findings=findings,
            needs=known["needs"],
            grants=known["grants"],
            explained=known["explained"],
        )

    def explain(
        self,
        subject: str,
        arn: str | None = None,
        role: list[str] | None = None,
        deployed: Deployed | None = None,
    ) -> Explanation:
        """Say who needs an action and why, what would need it, and what grants it; or what a finding means.

        Args:
            subject: An action such as events:DescribeRule, or a finding's kind or id.
            arn: Only what concerns this ARN or pattern.
            role: As of check; tells what grants the action.
            deployed: What is deployed; without it, all types are looked at.
        """
        arguments = [*(self._role(role) if role else []), *(self._deployed(deployed) if deployed else [])]
        return Explanation(text=self._text("explain", *arguments, "--", subject, *([arn] if arn else [])))

    def generate(
        self,
        deployed: Deployed,
        managed: bool = False,
        role_arn: str | None = None,
        service_role: bool = False,
    ) -> Policies:
        """Write the least policy that grants what the templates need, and prove it.

        Args:
            deployed: What is deployed.
            managed: Write managed policies, for what is too large for an inline one.
            role_arn: The ARN of the role that gets them.
            service_role: CloudFormation assumes the role, so it passes itself to nested stacks; with role_arn.
        """
        arguments = [*self._deployed(deployed), *_one("--role-arn", role_arn)]
        arguments += [*(["--managed"] if managed else []), *(["--service-role"] if service_role else [])]
        status, text, remarks = self._run("generate", *arguments)
        policies = json.loads(text)
        return Policies(policies=policies if managed else [policies], proved=status == 0, remarks=remarks.splitlines())

    def cdk(  # noqa: PLR0917  (an agent names its arguments)
        self,
        assembly: str,
        bootstrap: str | None = None,
        exec_policies: list[str] | None = None,
        account_details: list[str] | None = None,
        account: str | None = None,
        region: str | None = None,
        links: list[str] | None = None,
    ) -> Chain:
        """Prove the roles that a CDK app is deployed through, link by link.

        Args:
            assembly: Path of the folder that cdk synth writes.
            bootstrap: Path of the bootstrap template (cdk bootstrap --show-template).
            exec_policies: Paths of what the execution role may do, instead of what the bootstrap template says.
            account_details: Paths of what aws iam get-account-authorization-details wrote.
            account: Of the stacks that state none.
            region: Of the stacks that state none.
            links: Prove these alone: ci, deploy, execution, files, images or lookup.
        """
        inside = self._inside
        arguments = [*_one("--bootstrap", bootstrap and inside(bootstrap)), *_one("--account", account)]
        arguments += [*_one("--region", region), *_each("--link", links)]
        arguments += _each("--exec-policy", [inside(path) for path in exec_policies or []])
        arguments += _each("--account-details", [inside(path) for path in account_details or []])
        return Chain.model_validate(self._json("cdk", *arguments, "--", inside(assembly)))

    def denied(self, message: str, role: list[str] | None = None, deployed: Deployed | None = None) -> Denials:
        """Say what a denied call is for, which layer refused it, and what grants it.

        Args:
            message: What AWS said: of a CLI, an SDK, CloudFormation's or CloudTrail's event, a log.
            role: As of check.
            deployed: What is deployed.
        """
        if not re.search(r"\s", message.strip()):
            raise ToolError("message: is one word, and no message of a denial; give all that AWS said")
        arguments = [*(self._role(role) if role else []), *(self._deployed(deployed) if deployed else [])]
        return Denials.model_validate(self._json("denied", *arguments, last=["--", message]))

    def _inside(self, path: str) -> str:
        try:
            return self._folder.inside(path)
        except OutsideError as error:
            raise ToolError(printable(str(error))) from None

    def _deployed(self, deployed: Deployed) -> list[str]:
        inside = self._inside
        stacks = [
            word for one in deployed.stacks for word in (f"--app={inside(one.template)}", f"--stack-name={one.name}")
        ]
        return [
            *stacks,
            f"--account={deployed.account}",
            f"--region={deployed.region}",
            *(f"--parameter={name}={value}" for name, value in deployed.parameters.items()),
            *_each("--tool", deployed.tools),
            *_one("--uses", deployed.uses and inside(deployed.uses)),
        ]

    def _role(self, role: list[str]) -> list[str]:
        if not role:
            raise ToolError("role: is empty; give the path of a policy, or of the template that declares the role")
        found: list[str] = []
        for text in role:
            path, logical_id = re.fullmatch(r"(.*?)(#[A-Za-z0-9]+)?", text, re.DOTALL).groups("")  # pyright: ignore[reportOptionalMemberAccess]  (it matches any text)
            found.append(f"--role={self._inside(path)}{logical_id}")
        return found

    def _json(self, command: str, *arguments: str, last: list[str] | None = None) -> dict[str, Any]:
        before = [] if "--" not in arguments else [*arguments[arguments.index("--") :]]
        options = arguments[: len(arguments) - len(before)]
        return json.loads(self._text(command, *options, "--format=json", *before, *(last or [])))

    def _text(self, command: str, *arguments: str) -> str:
        return self._run(command, *arguments)[1]

    def _run(self, command: str, *arguments: str) -> tuple[int, str, str]:
        """Run a command of the command line; return its status, and what it printed."""
        out, err = io.StringIO(), io.StringIO()
        with self._one, redirect_stdout(out), redirect_stderr(err), confined(self._folder):
            try:
                return run_command(parse_arguments([command, *arguments])), out.getvalue(), err.getvalue()
            except InputError as error:
                raise ToolError(printable(str(error))) from None


def _one(option: str, value: str | None) -> list[str]:
    return [f"{option}={value}"] if value else []


def _each(option: str, values: list[str] | None) -> list[str]:
    return [f"{option}={value}" for value in values or []]


def serve(folder: Folder) -> None:
    """Answer on stdin and stdout until they are closed, by running commands."""
    os.chdir(folder.path)
    sys.dont_write_bytecode = True
    server(folder).run("stdio")

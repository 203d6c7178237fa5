"""The roles that a job's scripts assume with its ID tokens, as people write it.

Three ways are known: `aws sts assume-role-with-web-identity`, the variables that AWS's SDKs read (`AWS_ROLE_ARN` with
`AWS_WEB_IDENTITY_TOKEN_FILE`), and a profile with `role_arn` and `web_identity_token_file` (AWS SDKs and Tools
Reference Guide, "Assume role credential provider"). What another program does with a token is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.workflow.gitlab.expression import Unknown
from leastgrant.workflow.gitlab.starts import known
from leastgrant.workflow.shell import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.gitlab.facts import PipelineFacts
    from leastgrant.workflow.gitlab.model import Job

_MOST = 32
_DEEPEST = 5
_COMMAND = re.compile(r"assume-role-with-web-identity(?P<arguments>(?:\\.|[^\n\\]|\n(?=\s*--))*)", re.DOTALL)
_VARIABLE = re.compile(r"\$\{(\w+)(?::?-[^}]*)?\}|\$(\w+)")
_WORD = r"""["']?((?:\$\([^)]*\)|[^\s"'\\;)])+)"""
_ASSIGNED = re.compile(rf"(?:^|[\s;&]|export\s+)(\w+)={_WORD}", re.MULTILINE)
_PROFILE_ROLE = re.compile(rf"role_arn\s*[= ]\s*{_WORD}")
_BY_SDK = re.compile(r"AWS_WEB_IDENTITY_TOKEN_FILE|web_identity_token_file", re.IGNORECASE)
_SAYING = frozenset({"echo", "printf", "sleep", "true", ":", "exit", "date"})
_HANDED_ON = re.compile(r"[>|`]|\$\(")
_REMOVED = re.compile(r"\bCI_JOB_JWT(?:_V[12])?\b")


@dataclass(frozen=True, slots=True)
class RoleAssumption:
    """A role that a job assumes with a token, or may."""

    line: int
    text: str
    """The role, as it is written; empty: it is not seen which."""
    role: tuple[Pattern, ...]
    """What the role may be."""
    token: str | None
    """The variable of the token; None: the job has none that is seen to be used."""
    audience: tuple[Pattern, ...]
    seconds: int | None = None

    def is_of(self, role_arn: str) -> bool | None:
        """Whether it is this role; None: that cannot be told before the pipeline."""
        if not any(one.matches(role_arn) for one in self.role):
            return False
        return True if all(one.is_literal for one in self.role) else None


def assumptions(job: Job, facts: PipelineFacts) -> tuple[RoleAssumption, ...]:
    """Return the roles that a job assumes, or may assume with a token whose use is not seen."""
    values = _Values(job, facts)
    found = (*_by_command(values), *_by_sdk(values))
    used = {one.token for one in found}
    unseen = () if _only_says(values.script) else (token for token in job.tokens if token not in used)
    return (*found, *(RoleAssumption(job.line, "", (ANY,), token, values.audience(token)) for token in unseen))


def _only_says(script: str) -> bool:
    """Tell whether a script runs nothing that could use a token."""
    return all(command.program[0] in _SAYING for command in commands(script)) and not _HANDED_ON.search(script)


def removed_token(job: Job) -> tuple[int, str] | None:
    """Return where a job uses a token that GitLab has no more, and which.

    Source: GitLab Docs, "Deprecations and removals by version", 17.0: `CI_JOB_JWT` and its versions are removed.
    """
    for script in job.scripts:
        if match := _REMOVED.search(script.text):
            return script.line, match[0]
    return None


class _Values:
    """What the texts of a job may be."""

    def __init__(self, job: Job, facts: PipelineFacts) -> None:
        self.job, self.facts = job, facts
        self.script = "\n".join(one.text for one in job.scripts)
        self.assigned: dict[str, list[str]] = {}
        for name, value in _ASSIGNED.findall(self.script):
            self.assigned.setdefault(name, []).append(value)

    def of(self, text: str, depth: int = 0) -> tuple[Pattern, ...]:
        """Return what a text may be, its variables filled in as far as they are known."""
        parts: list[tuple[Pattern, ...]] = []
        at = 0
        for variable in _VARIABLE.finditer(text):
            parts.append((Pattern.literal(text[at : variable.start()]),))
            parts.append(self._variable(variable[1] or variable[2], depth))
            at = variable.end()
        tail = text[at:]
        parts.append((ANY,) if "$(" in tail or "`" in tail else (Pattern.literal(tail),))
        ways = islice(product(*parts), _MOST + 1)
        found = tuple(dict.fromkeys(sum(way, Pattern.literal("")) for way in ways))
        return found if len(found) <= _MOST else (ANY,)

    def _variable(self, name: str, depth: int) -> tuple[Pattern, ...]:
        given = known(name, self.job, self.facts)
        if not isinstance(given, Unknown):
            return (Pattern.literal(given),)
        values = self.assigned.get(name) or self.job.variables.get(name)
        if not values or depth >= _DEEPEST:
            return (ANY,)
        others = (value for value in values if f"${name}" not in value and f"${{{name}}}" not in value)
        return tuple(dict.fromkeys(one for value in others for one in self.of(value, depth + 1))) or (ANY,)

    def audience(self, token: str | None) -> tuple[Pattern, ...]:
        """Return the audiences of a token."""
        texts = self.job.tokens.get(token or "", ())
        return tuple(one for text in texts for one in self.of(text)) or (ANY,)

    def line_of(self, text: str) -> int:
        """Return the line of the script that has a text."""
        return next((one.line for one in self.job.scripts if text in one.text), self.job.line)

    def token_of(self, text: str) -> str | None:
        """Return the token that a text hands on: by its variable, or the one that the job has."""
        named = [name for name in (one or two for one, two in _VARIABLE.findall(text)) if name in self.job.tokens]
        if named:
            return named[0]
        return next(iter(self.job.tokens)) if len(self.job.tokens) == 1 else None


def _by_command(values: _Values) -> Iterator[RoleAssumption]:
    for command in _COMMAND.finditer(values.script):
        arguments = command["arguments"].replace("\\\n", " ").replace("\n", " ")
        role = _argument(arguments, "role-arn")
        token = _argument(arguments, "web-identity-token")
        seconds = _argument(arguments, "duration-seconds")
        name = values.token_of(token)
        line = values.line_of(command[0])
        of_role = values.of(role) if role else (ANY,)
        is_number = seconds.isdecimal()
        yield RoleAssumption(line, role, of_role, name, values.audience(name), int(seconds) if is_number else None)


def _argument(arguments: str, name: str) -> str:
    match = re.search(rf"--{name}[ =]+{_WORD}", arguments)
    return match[1] if match else ""


def _by_sdk(values: _Values) -> Iterator[RoleAssumption]:
    of_file = _BY_SDK.search(values.script)
    if of_file is None and not any(_BY_SDK.fullmatch(name) for name in values.job.variables):
        return
    if _COMMAND.search(values.script):
        return
    of_profile = [match[1].partition("\\n")[0] for match in _PROFILE_ROLE.finditer(values.script)]
    roles = [text for text in of_profile if not text.startswith("{")] or ["$AWS_ROLE_ARN"]
    line = values.line_of(of_file[0]) if of_file else values.job.line
    token = values.token_of(values.script)
    for role in dict.fromkeys(roles):
        yield RoleAssumption(line, role, values.of(role), token, values.audience(token))

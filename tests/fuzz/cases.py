"""One case of the fuzzing: the files, the command, and what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import time
import traceback
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.cli import main
from tests.fuzz import seeds
from tests.fuzz.mutation import mutated
from tests.fuzz.policies import nasty, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path
    from types import FrameType

    from leastgrant.documents.source import Json

SMALL = 2_048
"""Bytes of all mutated files of a case, up to which a time is promised."""
SECONDS = 2.0
"""Of CPU, for a small case."""
_AT_MOST = 30
"""Seconds of CPU after which a case is broken off."""


@dataclass(frozen=True)
class Case:
    """What is run; its number makes it again."""

    number: str
    kind: str
    files: Mapping[str, bytes]
    arguments: tuple[str, ...]
    """`{name}` stands for the path of a file."""

    @property
    def size(self) -> int:
        """The bytes of all files that were made."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True)
class Result:
    """What became of a case."""

    status: int | None
    """None: it did not come to an end of its own."""
    out: str
    err: str
    seconds: float
    """Of CPU."""
    fault: str
    """What is wrong; empty: nothing."""


class _TooLong(BaseException):
    """A case was broken off."""


def case(number: str) -> Case:
    """The case of a number, always the same."""
    random = Random(number)  # noqa: S311
    kind = random.choice((*_KINDS,))
    files, arguments = _KINDS[kind](random)
    return Case(number, kind, files, arguments)


def _text(tree: Json) -> bytes:
    return json.dumps(tree).encode()


_Made: TypeAlias = "tuple[dict[str, bytes], tuple[str, ...]]"
_APP = ("--app", "{app}", "--stack-name", "shop", *seeds.PLACE)
_NAMESPACES = ("--namespace", "arn:aws:*:eu-west-1:123456789012:*shop-*")
_SUBJECT = ("--trusted-subject", "repo:acme/shop:ref:refs/heads/main")


def _template(random: Random) -> _Made:
    app = mutated(random.choice(seeds.TEMPLATES), random, seeds.TEMPLATES)
    command = random.choice(("check", "needs", "generate", "explain"))
    role = {"check": ("--role", "{role}"), "explain": ("iam:PassRole", "--role", "{role}")}.get(command, ())
    extra = random.choice(((), ("--stack-tags",), ("--parameter", "Stage=prod")))
    return {"app": app, "role": _text(seeds.POLICIES[0])}, (command, *role, *_APP, *extra)


def _policy(random: Random) -> _Made:
    role = mutated(random.choice(seeds.POLICIES), random, (*seeds.POLICIES, *seeds.TRUSTS))
    if random.random() < 0.5:
        return {"role": role, "app": _text(_SMALL_APP)}, ("check", "--role", "{role}", *_APP, *_namespaces(random))
    files = {"before": _text(seeds.POLICIES[0]), "after": role}
    if random.random() < 0.5:
        files = {"before": files["after"], "after": files["before"]}
    return files, ("new-access", "--baseline", "{before}", "--candidate", "{after}", *seeds.PLACE)


def _hard(random: Random) -> _Made:
    if random.random() < 0.5:
        files = {"role": _text(nasty(random)), "app": _text(_SMALL_APP)}
        return files, ("check", "--role", "{role}", *_APP, *_namespaces(random))
    before, after = pair(random)
    arguments = ("new-access", "--baseline", "{before}", "--candidate", "{after}", *seeds.PLACE)
    return {"before": _text(before), "after": _text(after)}, arguments


def _trust(random: Random) -> _Made:
    files = {
        "role": _role_of(mutated(seeds.TRUSTS[0], random, (*seeds.TRUSTS, *seeds.POLICIES))),
        "app": _text(_SMALL_APP),
    }
    if random.random() < 0.7:
        return files, ("check", "--role", "{role}", *_APP, *random.choice(((), _SUBJECT)))
    files = {"before": _role_of(_text(seeds.TRUSTS[0])), "after": files["role"]}
    return files, ("new-access", "--baseline", "{before}", "--candidate", "{after}", *seeds.PLACE)


def _uses(random: Random) -> _Made:
    files = {
        "uses": mutated(seeds.USES, random, (seeds.USES,)),
        "app": _text(_SMALL_APP),
        "role": _text(seeds.POLICIES[0]),
    }
    command = random.choice((("check", "--role", "{role}"), ("needs",), ("generate",)))
    return files, (*command, *_APP, "--uses", "{uses}")


def _workflow(random: Random) -> _Made:
    files = {
        "deploy.yml": mutated(seeds.WORKFLOW, random, (seeds.WORKFLOW,)),
        "role": _role_of(_text(seeds.TRUSTS[0]) if random.random() < 0.8 else mutated(seeds.TRUSTS[0], random)),
        "steps": mutated(seeds.STEPS, random),
    }
    steps = random.choice(((), (), ("--steps", "{steps}")))
    arguments = (
        "workflow",
        "{deploy.yml}",
        "--role",
        "{role}",
        "--repository",
        "acme/shop",
        "--default-branch",
        "main",
    )
    return files, (*arguments, *seeds.PLACE, "--role-arn", "arn:aws:iam::123456789012:role/deployer", *steps)


_KINDS: Mapping[str, Callable[[Random], _Made]] = {
    "template": _template,
    "policy": _policy,
    "hard policy": _hard,
    "trust": _trust,
    "uses": _uses,
    "workflow": _workflow,
}
_SMALL_APP: Json = {
    "Resources": {
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "shop-jobs"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": seeds.TRUSTS[0]}},
    }
}


def _namespaces(random: Random) -> tuple[str, ...]:
    return random.choice(((), _NAMESPACES))


def _role_of(trust: bytes) -> bytes:
    """A template of a role with this trust policy, whatever it is."""
    head = b'{"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "deployer", '
    return head + b'"AssumeRolePolicyDocument": ' + trust + b"}}}}"


def run(one: Case, folder: Path) -> Result:
    """Run a case in a folder, where its files are left."""
    for name, content in one.files.items():
        (folder / name).write_bytes(content)
    paths = {f"{{{name}}}": str(folder / name) for name in one.files}
    arguments = [paths.get(argument, argument) for argument in one.arguments]
    out, err = io.StringIO(), io.StringIO()
    status, fault = None, ""
    with _limited(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        begin = time.process_time()
        try:
            status = main(arguments)
        except (_TooLong, Exception, SystemExit):  # noqa: BLE001  (whatever is raised is what is looked for)
            fault = traceback.format_exc()
        seconds = time.process_time() - begin
    return Result(status, out.getvalue(), err.getvalue(), seconds, fault or _fault(one, status, out, err, seconds))


def _fault(one: Case, status: int | None, out: io.StringIO, err: io.StringIO, seconds: float) -> str:
    lines = err.getvalue().count("\n")
    if status not in {0, 1, 2}:
        return f"it ends with {status}"
    if status == 2 and (lines != 1 or out.getvalue()):
        return f"it refuses with {lines} lines, and an output of {len(out.getvalue())} characters"
    if status != 2 and not out.getvalue():
        return "it says nothing"
    if one.size <= SMALL and seconds > SECONDS:
        return f"it takes {seconds:.1f} s of CPU for {one.size} bytes"
    return ""


@contextlib.contextmanager
def _limited() -> Generator[None]:
    def end(_: int, __: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, _AT_MOST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

"""Whatever the files hold: status 0, 1 or 2, one line on an error, and an end."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastgrant.cli import main
from leastgrant.documents.document import read_file
from leastgrant.documents.source import Json
from tests.leastgrant.cli.conftest import SAMPLES, Run

QUEUES = "arn:aws:sqs:eu-west-1:123456789012:"
PLACE = ["--stack-name", "s", "--account", "123456789012", "--region", "eu-west-1"]


def policy(statements: list[dict[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: str, resource: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.mark.slow
def test_five_thousand_statements(run: Run, queue: list[str], tmp_path: Path):
    path = tmp_path / "role.json"
    path.write_text(policy([allow("sqs:CreateQueue", f"{QUEUES}q{number}*") for number in range(5000)]))
    result = run("check", "--role", path, *queue, "--format", "json")
    assert result.status == 1
    assert len(json.loads(result.out)["statements"]) == 5000


@pytest.mark.parametrize("pattern", ["*a" * 50, "?*" * 50, "*-" * 49 + "*"])
def test_fifty_wildcards(pattern: str, run: Run, queue: list[str], tmp_path: Path):
    path = tmp_path / "role.json"
    path.write_text(policy([allow("sqs:*", f"{QUEUES}{pattern}"), allow("sqs:*", f"{QUEUES}*{pattern}?")]))
    assert run("check", "--role", path, *queue).status == 1


@pytest.mark.slow
def test_ten_megabytes(run: Run, tmp_path: Path):
    app, role = tmp_path / "app.json", tmp_path / "role.json"
    names = [f"{number:06}-{'x' * 40}" for number in range(200_000)]
    app.write_text(json.dumps({"Metadata": names, "Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}))
    role.write_text(policy([allow("sqs:CreateQueue", "*"), allow("".join(names), "*")]))
    assert min(app.stat().st_size, role.stat().st_size) > 9_000_000
    assert run("needs", "--app", app, *PLACE).status == 0
    result = run("check", "--role", role, "--app", app, *PLACE)
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert f"{role}: role.Statement[1].Action: the text has 9400000 characters" in result.err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{" * 100_000, "not valid JSON"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, "nested"),
        ("[" * 100_000, "nest"),  # PyYAML's own limit, since 6.0.4, or ours
        ("- " * 5_000 + "a", "nested deeper than 100 levels"),
        ("a: &a [x]\nb: [*a, *a]\n", "stands for another value"),
        ('{"Resources": {}, "Resources": {}}', "appears twice"),
        ("x" * (17 * 1024 * 1024), "letters; CloudFormation takes 1 MiB"),
        ("Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, DependsOn: A}}", "depends on itself"),
    ],
    ids=["braces", "deep JSON", "deep list", "deep YAML", "aliases", "twice", "17 MiB", "circle"],
)
def test_what_no_one_would_write(content: str, problem: str, run: Run, tmp_path: Path):
    path = tmp_path / "app.json"
    path.write_text(content)
    for arguments in (["needs", "--app", path], ["check", "--role", "policy.json", "--app", path]):
        result = run(*arguments, *PLACE)
        assert (result.status, result.err.count("\n"), len(result.err) < 600) == (2, 1, True)
        assert problem in result.err


SAMPLED = "\n".join(path.read_text() for path in sorted(SAMPLES.iterdir()))
FOUND = {word.strip(":{}") for word in re.findall(r"[\w:*/${}.-]+", SAMPLED)}
WORDS = st.sampled_from(
    sorted({*FOUND, "Fn::If", "Fn::GetAtt", "Fn::Sub", "${Jobs.Arn}", "${", "*", "NotAction", "Deny"})
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)


def places(tree: Json) -> Iterator[tuple[Any, Any]]:
    """Every list or map of a tree, with each of its keys."""
    if isinstance(tree, dict | list):
        for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield tree, key
            yield from places(child)


@st.composite
def changed(draw: st.DrawFn, name: str) -> bytes:
    """A sample of which some values are others."""
    tree = copy.deepcopy(read_file(SAMPLES / name).tree)
    for _ in range(draw(st.integers(0, 2))):
        container, key = draw(st.sampled_from(list(places(tree))))
        container[key] = draw(WORDS | TREES)
    return json.dumps(tree).encode()


@st.composite
def damaged(draw: st.DrawFn, name: str) -> bytes:
    """A sample of which a few bytes are others."""
    sample = (SAMPLES / name).read_bytes()
    at, length = draw(st.integers(0, len(sample))), draw(st.integers(0, 9))
    return sample[:at] + draw(st.binary(max_size=4)) + sample[at + length :]


def files(name: str) -> st.SearchStrategy[bytes]:
    return (
        st.just((SAMPLES / name).read_bytes())
        | changed(name)
        | changed(name)
        | damaged(name)
        | TREES.map(lambda tree: json.dumps(tree).encode())
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    app=files("orders.yaml"),
    role=files("least.json") | files("roles.yaml"),
    uses=st.none() | files("uses.yaml"),
    command=st.sampled_from(["check", "needs", "generate", "explain", "new-access"]),
)
def test_any_bytes(
    *, app: bytes, role: bytes, uses: bytes | None, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name, content in (("app", app), ("role", role), ("uses", uses or b"")):
        (tmp_path / name).write_bytes(content)
    with_uses = [] if uses is None else ["--uses", str(tmp_path / "uses")]
    deployed = ["--app", str(tmp_path / "app"), *PLACE, *with_uses]
    parameters = ["--parameter", "AppStack=s"] if b"AppStack" in role else []
    role_path = f"{tmp_path / 'role'}{'#Deploy' if parameters else ''}"
    with_role = ["--role", role_path, *parameters]
    arguments = {
        "check": [*with_role, *deployed],
        "needs": deployed,
        "generate": deployed,
        "explain": ["iam:PassRole", *with_role, *deployed],
        "new-access": ["--baseline", str(SAMPLES / "policy.json"), "--candidate", role_path, *parameters, *PLACE[2:]],
    }
    status = main([command, *arguments[command]])
    out, err = capsys.readouterr()
    assert status in {0, 1, 2}
    assert out if status != 2 else not out
    assert err.count("\n") == 1 if status == 2 else True

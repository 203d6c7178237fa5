"""Whatever the files hold: status 0, 1 or 2, one line on an error, and an end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastgrant.cli import main
from tests.leastgrant.cli.conftest import SAMPLES, Run

QUEUES = "arn:aws:sqs:eu-west-1:123456789012:"
PLACE = ["--stack-name", "s", "--account", "123456789012", "--region", "eu-west-1"]


def policy(statements: list[dict[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: str, resource: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


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
        ("[" * 100_000, "nested deeper than 100 levels"),
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
WORDS = st.sampled_from(
    sorted({*re.findall(r"[\w:*/${}.-]+", SAMPLED), "Fn::If", "Fn::GetAtt", "NotAction", "Deny", "${"})
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=12
)
RESOURCES = st.fixed_dictionaries(
    {"Type": WORDS}, optional={"Properties": st.dictionaries(WORDS, TREES, max_size=4), "Condition": WORDS}
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from("AB"), RESOURCES, min_size=1)},
    optional={"Parameters": TREES, "Conditions": st.dictionaries(st.sampled_from("AB"), TREES)},
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": WORDS, "Resource": WORDS}, optional={"Condition": TREES}
)
POLICIES = st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENTS, max_size=3)})
USES = st.lists(
    st.fixed_dictionaries({"name": WORDS, "reason": WORDS, "actions": st.lists(WORDS), "resources": st.lists(WORDS)}),
    max_size=3,
)


def damaged(name: str) -> st.SearchStrategy[bytes]:
    """A sample with a few of its bytes replaced by others."""
    sample = (SAMPLES / name).read_bytes()
    cut = st.tuples(st.integers(0, len(sample)), st.integers(0, 9), st.binary(max_size=4))

    def apply(cuts: list[tuple[int, int, bytes]]) -> bytes:
        content = sample
        for at, length, instead in cuts:
            content = content[:at] + instead + content[at + length :]
        return content

    return st.lists(cut, min_size=1, max_size=3).map(apply)


def files(trees: st.SearchStrategy[Any], sample: str) -> st.SearchStrategy[bytes]:
    written = (trees | TREES).map(lambda tree: json.dumps(tree).encode())
    return written | damaged(sample) | st.binary(max_size=60)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    app=files(TEMPLATES, "orders.yaml"),
    role=files(POLICIES, "policy.json") | files(TEMPLATES, "roles.yaml"),
    uses=files(USES, "uses.yaml") | st.none(),
    command=st.sampled_from(["check", "needs", "generate", "explain", "new-access"]),
)
def test_any_bytes(
    *, app: bytes, role: bytes, uses: bytes | None, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for name, content in (("app", app), ("role", role), ("uses", uses or b"")):
        (tmp_path / name).write_bytes(content)
    with_uses = [] if uses is None else ["--uses", str(tmp_path / "uses")]
    deployed = ["--app", str(tmp_path / "app"), *PLACE, *with_uses]
    with_role = ["--role", str(tmp_path / "role")]
    arguments = {
        "check": [*with_role, *deployed],
        "needs": deployed,
        "generate": deployed,
        "explain": ["iam:PassRole", *with_role, *deployed],
        "new-access": ["--baseline", str(SAMPLES / "policy.json"), "--candidate", str(tmp_path / "role")],
    }
    status = main([command, *arguments[command]])
    out, err = capsys.readouterr()
    assert status in {0, 1, 2}
    assert out if status != 2 else not out
    assert err.count("\n") == 1 if status == 2 else True

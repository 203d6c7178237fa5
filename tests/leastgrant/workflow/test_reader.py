"""Files are read as GitHub reads them; what it does not read is one line that names file, line and key."""

from pathlib import Path

import pytest

from leastgrant.workflow import WorkflowError, load_workflow, parse_workflow
from leastgrant.workflow.model import TokenAccess
from leastgrant.workflow.reader import read_text

JOBS = "jobs: {a: {steps: [{run: x}]}}"


def test_on_is_a_key_and_no_boolean():
    (trigger,) = parse_workflow(f"on: push\n{JOBS}", "w.yml").triggers
    assert (trigger.event, trigger.line) == ("push", 1)


def test_an_alias_is_the_value_in_its_own_place():
    root = read_text("a: &x\n  b: [1]\nc: *x\n", "w.yml")
    alias = root.map()["c"]
    assert (alias.line, alias.path, alias.map()["b"].items()[0].text) == (3, ("c",), "1")


def test_null_is_absent_and_quoted_null_is_text():
    root = read_text('a: null\nb: "null"\nc:\n', "w.yml")
    assert (root.get("a"), root.get("b") is not None, root.get("c")) == (None, True, None)


def test_permissions():
    workflow = parse_workflow(
        "on: push\n"
        "permissions:\n  contents: read\n  id-token: write\n"
        "jobs:\n"
        "  inherits: {steps: [{run: x}]}\n"
        "  none: {permissions: {}, steps: [{run: x}]}\n"
        "  null: {permissions: , steps: [{run: x}]}\n"
        "  all:\n    permissions: write-all\n    steps: [{run: x}]\n",
        "w.yml",
    )
    found = {name: workflow.permissions_of(job) for name, job in workflow.jobs.items()}
    assert {name: one and (one.id_token, one.line) for name, one in found.items()} == {
        "inherits": (TokenAccess.WRITE, 4),
        "none": (TokenAccess.NONE, 7),
        "null": (TokenAccess.NONE, 8),
        "all": (TokenAccess.WRITE, 10),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "w.yml: is empty; a workflow has `on` and `jobs`"),
        ("on: [push\n", "w.yml:2: not valid YAML: did not find expected ',' or ']'"),
        ("on: push\n\x00", "w.yml: not valid YAML: "),
        ("on: push\non: push", "w.yml:2: key 'on' appears twice; keep one"),
        ("a: &x {b: 1}\nc: {<<: *x}", "w.yml:2: c: GitHub reads no merge key '<<'; write the values out"),
        ("a: *x", "w.yml:1: the alias *x stands for nothing; anchor a value before it with &x"),
        ("a: &x [*x]", "w.yml:1: a: the alias *x stands for nothing"),
        ("a: !!python/name:x 1", "w.yml:1: GitHub reads no tag 'tag:yaml.org,2002:python/name:x'; take it out"),
        ("[a]: 1", "w.yml:1: a list, map or alias is used as a key; write the key as text"),
        ("on: push\n---\non: push", "w.yml:2: a second YAML document begins"),
        ("[" * 60, "w.yml:1: [0]"),
        ("a" * 2_000_000, "w.yml: has 2000000 letters, and 1048576 are read; split the workflow"),
        ("- 1", "w.yml:1: expected a map of keys and values, not a list"),
        ("on: push", "w.yml:1: `jobs` is missing; a workflow has `on` and `jobs`"),
        (JOBS, "w.yml:1: `on` is missing"),
        ("on: push\njobs: {}", "w.yml:2: jobs: has no job; add one"),
        ("on: push\njobs: 1", "w.yml:2: jobs: expected a map of keys and values, not text"),
        ("on: push\njobs:\n  a: {}", "w.yml:3: jobs.a: has neither `steps` nor `uses`"),
        ("on: push\njobs:\n  a: {steps: [{run: x}], uses: ./x}", "w.yml:3: jobs.a: has both `steps` and `uses`"),
        ("on: push\njobs:\n  a:\n    steps:\n    - {}", "w.yml:5: jobs.a.steps[0]: a step has either `uses` or `run`"),
        ("on: push\njobs:\n  a:\n    steps: x", "w.yml:4: jobs.a.steps: expected a list, not text"),
        ("on: push\njobs: {a: {needs: b, steps: [{run: x}]}}", "w.yml:2: jobs.a.needs: there is no job 'b'"),
        (f"on: push\npermissions: all\n{JOBS}", "w.yml:2: permissions: 'all' is not known; write read-all, write-all"),
        (f"on: push\npermissions: {{id-token: yes}}\n{JOBS}", "w.yml:2: permissions.id-token: is read, write or none"),
        (f"on: push\npermissions: '${{{{ x }}}}'\n{JOBS}", "w.yml:2: permissions: '${{ x }}' is not known"),
        (
            f"on: {{push: {{tags: [a], tags-ignore: [b]}}}}\n{JOBS}",
            "w.yml:1: on.push.tags-ignore: GitHub takes `tags` or",
        ),
        (
            "on: push\njobs: {a: {environment: {url: x}, steps: [{run: x}]}}",
            "w.yml:2: jobs.a.environment: has no `name`",
        ),
        ("on: push\njobs: {a: {if: [x], steps: [{run: x}]}}", "w.yml:2: jobs.a.if: expected text, not a list"),
    ],
)
def test_what_cannot_be_read_is_one_line(text: str, message: str):
    with pytest.raises(WorkflowError) as error:
        parse_workflow(text, "w.yml")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_aliases_of_aliases_are_counted():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(WorkflowError, match="has more than 100000 values; split the workflow"):
        read_text("\n".join(lines), "w.yml")


def test_aliases_of_aliases_nest():
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]
    with pytest.raises(WorkflowError, match="nested deeper than 40 levels"):
        read_text("\n".join(lines), "w.yml")


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path):
    with pytest.raises(WorkflowError, match=r"none\.yml: cannot be read: No such file or directory"):
        load_workflow(tmp_path / "none.yml")
    (tmp_path / "w.yml").write_bytes(b"on: \xff")
    with pytest.raises(WorkflowError, match=r"w\.yml: byte 4 is not UTF-8; save the file as UTF-8"):
        load_workflow(tmp_path / "w.yml")

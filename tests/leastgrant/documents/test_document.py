"""Reading: the same tree from JSON and YAML, lines, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.documents.document import DEEPEST, LARGEST, document_of_tree, read_file, read_text
from leastgrant.documents.source import Json, TemplateError

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x85", exclude_categories=["Cc", "Cs"]))
leaves = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(-1e9, 1e9) | texts
trees = st.recursive(leaves, lambda of: st.lists(of, max_size=4) | st.dictionaries(texts, of, max_size=4))
documents = st.dictionaries(texts, trees, min_size=1, max_size=4)


@given(documents)
def test_reads_what_json_writes(tree: dict[str, Json]) -> None:
    assert read_text(json.dumps(tree, indent=1), "t").tree == tree
    assert read_text(json.dumps(tree, ensure_ascii=False), "t").tree == tree


@given(documents)
def test_reads_what_yaml_writes(tree: dict[str, Json]) -> None:
    assert read_text(yaml.safe_dump(tree), "t.yaml").tree == tree
    assert read_text(yaml.safe_dump(tree, default_flow_style=True, allow_unicode=True), "t.yaml").tree == tree


@given(st.text("{}[]:,&*!?|>-#%@`'\"\\ \n\tab1", max_size=30), st.sampled_from(["t.json", "t.yaml"]))
def test_any_text_is_read_or_refused_in_one_line(text: str, name: str) -> None:
    refusal = None
    try:
        read_text(text, name)
    except TemplateError as error:
        refusal = str(error)
    assert refusal is None or (refusal.startswith(name) and refusal.isprintable())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!Condition IsProd", {"Condition": "IsProd"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt Nested.Outputs.Url", {"Fn::GetAtt": ["Nested", "Outputs.Url"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!Sub '${A}-b'", {"Fn::Sub": "${A}-b"}),
        ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ("!If [C, !Ref A, {a: 1}]", {"Fn::If": ["C", {"Ref": "A"}, {"a": 1}]}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("2012-10-17", "2012-10-17"),
        ("012345678901", "012345678901"),
        ("123456789012", 123456789012),
        ("'123'", "123"),
        ("!!str 123", "123"),
        ("1.10", 1.1),
        ("1:30", "1:30"),
        ("on", True),
        ("No", False),
        ("~", None),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_yaml_values(text: str, value: Json) -> None:
    assert read_text(f"a: {text}", "t").tree == {"a": value}


JSON_LINES = """{
  "Resources": {

    "Table": {
      "Type": "T", "Properties": {
        "Name":
          "x",
        "Deep": {"Er": 1}}
    }
  }
}"""
YAML_LINES = """
Resources:
# a comment

  Table:
    Type: T
    Properties:
      Name: >
        x
      Deep: {Er: 1}
      List: [{Er: 1}]
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [(JSON_LINES, (2, 4, 5, 5, 6, 8, 8)), (YAML_LINES, (2, 5, 6, 7, 8, 10, 10))],
    ids=["json", "yaml"],
)
def test_lines(text: str, lines: tuple[int, ...]) -> None:
    line = read_text(text, "t").source.line
    table = ("Resources", "Table")
    properties = (*table, "Properties")
    paths = (
        ("Resources",),
        table,
        (*table, "Type"),
        properties,
        (*properties, "Name"),
        (*properties, "Deep"),
        (*properties, "Deep", "Er"),
    )
    assert tuple(line(path) for path in paths) == lines
    assert line(("Elsewhere",)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": {"b": 1, "b": 2}}', "t:1: a.b: the key appears twice; keep one"),
        ('{"a":{"b":{"c":{"d":\n{"e":1,"e":2}}}}}', "t:2: a.b.c.d: key 'e' appears twice; keep one"),
        ('{"a": [1,\n}', "t:2: a: not valid JSON: Expecting value"),
        ('{"a": 1,}', "t:1: JSON allows no comma before '}'; remove it"),
        ('{"a" 1}', "t:1: a: not valid JSON: expected ':' here"),
        ('{"a": 1 "b": 1}', "t:1: a: not valid JSON: expected ',' here"),
        ("{1: 2}", "t:1: the key 1 is not a string; put it in double quotes"),
        ('{"a": 1} b', "t:1: more text follows the template's last brace; remove it"),
        ('{"a": NaN}', "t:1: a: NaN is not JSON; write a number or a string"),
        ('{"a": ' + "9" * 5000 + "}", "t:1: a: a number has thousands of digits; write it as a string"),
        ('{"a": "\\ud800"}', "t: a string holds half a character, as \\ud800 is; remove it"),
        ('{"a": "\ud800"}', "t: holds half a character (a lone surrogate); remove it"),
        ("a: 1\nb: {c: 1,\n  c: 2}", "t:3: b: key 'c' appears twice; keep one"),
        (
            "a: &x [1]\nb: *x",
            "t:2: b: the alias *x stands for another value; CloudFormation reads no aliases",
        ),
        ("a: &x {b: 1}\nc: {<<: *x}", "t:2: c: CloudFormation reads no merge key '<<'; write the values out"),
        ("a: 1\n---\nb: 1", "t:2: a second YAML document begins; a template is one document"),
        ("? [a]\n: b", "t:1: a list or map is used as a key; write the key as text"),
        ("a: !Foo x", "t:1: a: unknown tag '!Foo'; CloudFormation's are !And, !Base64"),
        ("a: !!python/object:os.system x", "t:1: a: unknown tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: [", "t:2: not valid YAML: did not find expected node content"),
        ("a: \x01", "t: not valid YAML: unacceptable character #x0001"),
        ("{" * 3 + "\tx", "t:1: not valid JSON: Expecting property name"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        read_text(text, "t")
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("opening", ["[", '{"a":', "- ", "a: [", "{a: "])
@pytest.mark.parametrize("levels", [DEEPEST + 1, 100_000])
@pytest.mark.parametrize("name", ["t", "t.yaml"])
def test_refuses_depth(opening: str, levels: int, name: str) -> None:
    closing = {"[": "]", "{": "}"}.get(opening.strip()[:1], "")
    value = "1" if opening == '{"a":' else ""
    with pytest.raises(TemplateError):
        read_text(opening * levels + value + closing * levels, name)


def test_reads_to_the_greatest_depth() -> None:
    text = '{"a":' * DEEPEST + "1" + "}" * DEEPEST
    assert read_text(text, "t").tree == read_text(text, "t.yaml").tree


def test_refuses_size() -> None:
    with pytest.raises(TemplateError, match=rf"has {LARGEST + 1} letters; CloudFormation takes 1 MiB"):
        read_text(" " * (LARGEST + 1), "t")


def test_reads_files(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_bytes(b"\xef\xbb\xbf" + b'{"a": 1}')
    assert read_file(file).tree == {"a": 1}
    assert read_file(file).source.name == str(file)


def test_refuses_files(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"t\.json: cannot be read: No such file or directory"):
        read_file(tmp_path / "t.json")
    with pytest.raises(TemplateError, match=r": cannot be read: Is a directory"):
        read_file(tmp_path)
    (tmp_path / "t.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(TemplateError, match=r"byte 7 is not UTF-8; save the template as UTF-8"):
        read_file(tmp_path / "t.json")


def test_messages_are_short_and_printable() -> None:
    key = "k\n\x1b" * 1000
    with pytest.raises(TemplateError) as refused:
        read_text(yaml.safe_dump({key: {key: 1}}) + "a: [", "t")
    with pytest.raises(TemplateError) as repeated:
        read_text(f'{{"a": {{{json.dumps(key)}: 1, {json.dumps(key)}: 1}}}}', "t")
    for error in (refused.value, repeated.value):
        assert str(error).isprintable()
        assert len(str(error)) < 500


def nested(depth: int) -> object:
    tree: object = "x"
    for _ in range(depth):
        tree = {"a": [tree]}
    return tree


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        (nested(DEEPEST), "nested deeper than"),
        ({"a": ["\ud800"]}, "half a character"),
        ({"\ud800": 1}, "half a character"),
        ({"a": float("nan")}, "nan is not JSON"),
        ({"a": b"x"}, "holds a bytes, which is not JSON"),
        ({1: (1, 2)}, "holds a tuple"),
    ],
)
def test_a_tree_that_no_json_reader_gives_is_refused(tree: object, problem: str) -> None:
    with pytest.raises(TemplateError, match=f"^it: .*{problem}"):
        document_of_tree(tree, "it")


def test_a_tree_is_taken_as_it_is() -> None:
    tree: dict[str, object] = {"a": [1, 1.5, True, None, "x", {}]}
    assert document_of_tree(tree, "it").tree == tree

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from leastgrant.knowledge import generate as generator
from leastgrant.knowledge import type_schema
from leastgrant.knowledge.generate import REGISTRY, SchemaError, SchemaPackage, generate, installed
from leastgrant.knowledge.schema import DATA_FILE, data_version

SCHEMA: dict[str, object] = {
    "typeName": "Acme::Shop::Till",
    "definitions": {"Key": {"properties": {"KmsKeyId": {"type": "string"}, "Next": {"$ref": "#/definitions/Key"}}}},
    "properties": {
        "Name": {"type": "string"},
        "Locks": {"type": "array", "items": {"$ref": "#/definitions/Key"}},
        "Either": {"oneOf": [{"properties": {"A": {}}}, {"properties": {"B": {}}}]},
    },
    "primaryIdentifier": ["/properties/Name"],
    "handlers": {"create": {"permissions": ["shop:PutTill", "", "shop:PutTill", "kms:Decrypt"]}},
}


def _source(folder: Path, *contents: object, package: str = "schemas", date: str = "2026-01-01") -> SchemaPackage:
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(contents):
        (folder / f"acme_{number}.json").write_text(json.dumps(content))
    return SchemaPackage(package, "1", "MIT", date, folder)


def _generate(folder: Path, *contents: object) -> str:
    return generate([_source(folder, *contents)])


@pytest.mark.slow
def test_the_committed_data_is_what_the_installed_packages_yield():
    assert generate(installed()) == DATA_FILE.read_text(encoding="utf-8")


def test_a_schema_becomes_one_line(tmp_path: Path):
    header, line = _generate(tmp_path, SCHEMA).splitlines()
    source = {"package": "schemas", "version": "1", "licence": "MIT", "date": "2026-01-01"}
    assert json.loads(header) == {"sources": [source], "types": 1}
    assert json.loads(line) == {
        "type": "Acme::Shop::Till",
        "handlers": {"create": ["kms:Decrypt", "shop:PutTill"]},
        "primaryIdentifier": ["Name"],
        "properties": "Either(A B) Locks(KmsKeyId Next) Name",
    }


OLDER, NEWER = "2026-10-01", "2026-10-20"


def _merged(folder: Path, older: dict[str, Any], newer: dict[str, Any]) -> dict[str, Any]:
    """The types of two sources, given in either order, by name."""
    old = _source(folder / "old", *older.values(), package="registry", date=OLDER)
    new = _source(folder / "new", *newer.values(), package="linter", date=NEWER)
    text = generate([old, new])
    assert text == generate([new, old])
    header, *lines = map(json.loads, text.splitlines())
    assert [source["package"] for source in header["sources"]] == ["linter", "registry"]
    return {line["type"]: line for line in lines}


def _calling(name: str, *actions: str) -> dict[str, Any]:
    handlers = {"handlers": {"create": {"permissions": list(actions)}}} if actions else {}
    return {"typeName": name, "properties": {}, **handlers}


def test_a_type_is_taken_from_the_newest_source_that_knows_its_calls(tmp_path: Path):
    old = {name: _calling(name, *calls) for name, calls in {"A": ["s:A"], "B": ["s:B"], "C": [], "D": ["s:D"]}.items()}
    new = {name: _calling(name, *calls) for name, calls in {"A": ["s:New"], "B": [], "C": [], "E": ["s:E"]}.items()}
    merged = _merged(tmp_path, old, new)
    assert {name: line.get("source", 0) for name, line in merged.items()} == {"A": 0, "B": 1, "C": 0, "D": 1, "E": 0}
    assert merged["A"]["handlers"] == {"create": ["s:New"]}
    assert merged["B"]["handlers"] == {"create": ["s:B"]}


def test_a_type_that_only_the_later_source_has_and_no_handler_of_is_its_own(tmp_path: Path):
    assert _merged(tmp_path, {"A": _calling("A", "s:A")}, {"Meta": _calling("AWS::CDK::Metadata")}).keys() == {"A"}
    assert type_schema("AWS::CDK::Metadata") is None
    assert type_schema("AWS::Serverless::Function") is None


def test_each_type_says_how_new_its_schema_is():
    newest, older = data_version().sources
    rule, stale = type_schema("AWS::Events::Rule"), type_schema(_older())
    assert rule is not None
    assert stale is not None
    assert (rule.source, stale.source) == (newest, older)
    assert newest.date > older.date
    assert (str(newest), str(older)) == (
        f"{newest.package} {newest.version}",
        f"{older.package} {older.version}, only of {older.date}",
    )


def _older() -> str:
    """A type that only the older source has the handlers of."""
    lines = map(json.loads, DATA_FILE.read_text(encoding="utf-8").splitlines()[1:])
    return next(line["type"] for line in lines if line.get("source"))


@pytest.mark.parametrize(
    ("answer", "date"),
    [
        (
            "[[packages]]\nwheels = [{ upload-time = 2027-01-02T03:04:05Z }, { upload-time = 2027-01-03T00:00:00Z }]",
            "2027-01-02",
        ),
        ("[[packages]]\nsdist = { upload-time = 2027-01-02T03:04:05Z }", "2027-01-02"),
        ("[[packages]]\nwheels = [{ size = 1 }]", None),
        ("", None),
    ],
)
def test_the_registry_is_asked_when_a_new_version_was_released(
    monkeypatch: pytest.MonkeyPatch, answer: str, date: str | None
):
    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, stdout=answer, stderr="")

    monkeypatch.setattr(generator.subprocess, "run", run)
    if date is not None:
        assert generator.released("0.1.999") == date
    else:
        with pytest.raises(SchemaError, match=rf"^{REGISTRY}==0\.1\.999: its registry does not tell"):
            generator.released("0.1.999")


def test_types_are_sorted_whatever_the_files_are_called(tmp_path: Path):
    lines = _generate(tmp_path, SCHEMA | {"typeName": "Z::Z::Z"}, SCHEMA).splitlines()[1:]
    assert [json.loads(line)["type"] for line in lines] == ["Acme::Shop::Till", "Z::Z::Z"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"typeName": 3}, "acme_0.json: typeName must be text, found 3"),
        ({"handlers": ["create"]}, "acme_0.json: handlers must be an object, found ['create']"),
        ({"handlers": {"create": {}}}, "acme_0.json: handlers.create.permissions must be a list, found None"),
        (
            {"handlers": {"create": {"permissions": [None]}}},
            "acme_0.json: handlers.create.permissions must be text, found None",
        ),
        ({"handlers": {"make": {}}}, "acme_0.json: handlers has make, which is none of create, read"),
        ({"properties": None}, "acme_0.json: properties must be an object, found None"),
        ({"primaryIdentifier": "/properties/Name"}, "acme_0.json: primaryIdentifier must be a list, found"),
        (
            {"tagging": {"taggable": "yes"}},
            "acme_0.json: tagging.taggable must be true or false, found 'yes'",
        ),
    ],
)
def test_a_bad_schema_is_named(tmp_path: Path, change: dict[str, object], message: str):
    with pytest.raises(SchemaError) as error:
        _generate(tmp_path, SCHEMA | change)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_json_is_named(tmp_path: Path):
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(SchemaError, match=r"^broken\.json: is not JSON"):
        generate([_source(tmp_path)])


def test_a_schema_without_a_type_name_is_named(tmp_path: Path):
    with pytest.raises(SchemaError, match=r"^acme_0\.json: typeName must be a type name"):
        _generate(tmp_path, {"properties": {}})


def test_a_source_without_schemas_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError, match="holds no provider schema"):
        generate([_source(tmp_path / "some", SCHEMA), _source(tmp_path / "none")])


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(generator, "LINTER", "no-such-package")
    with pytest.raises(SchemaError, match=r"^no-such-package is not installed: run `pip install"):
        installed()

import json
from importlib import metadata
from pathlib import Path

import pytest

from leastgrant.knowledge.generate import PACKAGE, SchemaError, generate
from leastgrant.knowledge.schema import DATA_FILE

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


def _generate(folder: Path, *contents: object) -> str:
    for number, content in enumerate(contents):
        (folder / f"acme_{number}.json").write_text(json.dumps(content))
    return generate(folder, version="1", licence="MIT")


def test_the_committed_data_is_what_the_installed_package_yields():
    package = metadata.distribution(PACKAGE)
    generated = generate(
        Path(str(package.locate_file("c7n_awscc/data"))),
        version=package.version,
        licence=package.metadata["License-Expression"],
    )
    assert generated == DATA_FILE.read_text(encoding="utf-8")


def test_a_schema_becomes_one_line(tmp_path: Path):
    header, line = _generate(tmp_path, SCHEMA).splitlines()
    assert json.loads(header) == {"package": PACKAGE, "version": "1", "licence": "MIT", "types": 1}
    assert json.loads(line) == {
        "type": "Acme::Shop::Till",
        "handlers": {"create": ["kms:Decrypt", "shop:PutTill"]},
        "primaryIdentifier": ["Name"],
        "properties": "Either(A B) Locks(KmsKeyId Next) Name",
    }


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
        generate(tmp_path, version="1", licence="MIT")


def test_a_schema_without_a_type_name_is_named(tmp_path: Path):
    with pytest.raises(SchemaError, match=r"^acme_0\.json: typeName must be a type name"):
        _generate(tmp_path, {"properties": {}})


def test_an_empty_folder_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError, match="holds no provider schema"):
        generate(tmp_path, version="1", licence="MIT")

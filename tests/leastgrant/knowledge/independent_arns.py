"""Whose ARN a type's is, by others: the `arn_for_...` methods of aws-cdk-lib, and the `pattern` of ARNs in the schemas.

`python -m tests.leastgrant.knowledge.independent_arns` writes `independent_arns.json` anew from the installed packages
`aws-cdk-lib` and `c7n-awscc`. It has, for each type, the CDK's ARN format with the identifiers that fill it, and the
schema's pattern with `*` for all that varies.
"""

from __future__ import annotations

import json
import re
import tarfile
from importlib import import_module, metadata
from itertools import product
from pathlib import Path
from typing import Any, NotRequired, TypedDict

# the parser of regular expressions: what a pattern is made of, of which `re` itself shows nothing
parser: Any = import_module("re._parser")
regex: Any = import_module("re._constants")

FILE = Path(__file__).parent / "independent_arns.json"

_CODE = re.compile(r"package/[\w-]+/lib/[\w-]+\.generated\.js")
_TYPE = re.compile(r'CFN_RESOURCE_TYPE_NAME="(AWS::[\w:]+)"')
_FORMAT = re.compile(r'TemplateString\("(arn[^"]+)"\)')
_FILLED = re.compile(r"static arnFor\w+\(resource\).*?\.interpolate\(\{(.*?)\}\)")
_REFERENCE = re.compile(r"(\w+):resource\.\w+Ref\.(\w+)")
_MOST = 64


class Independent(TypedDict):
    """What others say of one type's ARN."""

    cdk: NotRequired[str]
    fills: NotRequired[dict[str, str]]
    """The primary identifier behind each placeholder of the CDK's format."""
    schema: NotRequired[list[str]]


def independent() -> dict[str, Independent]:
    """What is carried over, by type."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def main() -> None:
    """Write the file."""
    schemas = _schemas()
    found: dict[str, Independent] = {}
    for name, text in _cdk_types():
        formats, filled = set(_FORMAT.findall(text)), _FILLED.search(text)
        if len(formats) == 1 and name in schemas:
            found.setdefault(name, {})["cdk"] = formats.pop()
            fills = _fills(name, schemas[name], filled[1]) if filled else {}
            if fills:
                found[name]["fills"] = fills
    for name, schema in schemas.items():
        patterns = _own_patterns(name, schema)
        if patterns:
            found.setdefault(name, {})["schema"] = patterns
    lines = (f"{json.dumps(name)}: {json.dumps(found[name], sort_keys=True)}" for name in sorted(found))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _cdk_types() -> list[tuple[str, str]]:
    folder = Path(str(metadata.distribution("aws-cdk-lib").locate_file("aws_cdk/_jsii")))
    found: list[tuple[str, str]] = []
    with tarfile.open(next(folder.glob("aws-cdk-lib@*.tgz"))) as archive:
        for member in archive:
            if _CODE.fullmatch(member.name) and (file := archive.extractfile(member)):
                classes = file.read().decode().split("class Cfn")[1:]
                found += [(name[1], text) for text in classes if (name := _TYPE.search(text))]
    return found


def _schemas() -> dict[str, dict[str, Any]]:
    folder = Path(str(metadata.distribution("c7n-awscc").locate_file("c7n_awscc/data")))
    schemas = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))
    return {schema["typeName"]: schema for schema in schemas if "typeName" in schema}


def _identifiers(schema: dict[str, Any]) -> list[str]:
    return [path.removeprefix("/properties/") for path in schema.get("primaryIdentifier", ())]


def _fills(name: str, schema: dict[str, Any], text: str) -> dict[str, str]:
    noun = name.rpartition("::")[2]
    known = {each.lower(): path for path in _identifiers(schema) for each in (path, noun + path)}
    return {
        place: known[attribute.lower()] for place, attribute in _REFERENCE.findall(text) if attribute.lower() in known
    }


def _own_patterns(name: str, schema: dict[str, Any]) -> list[str]:
    """The schema's pattern of the resource's own ARN, unless it says nothing of the resource."""
    own = ["Arn", f"{name.rpartition('::')[2]}Arn", *(path for path in _identifiers(schema) if path.endswith("Arn"))]
    read_only = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", ())}
    for path in own:
        node = schema.get("properties", {}).get(path) if path in read_only else None
        if node is None:
            continue
        if "pattern" not in node and "$ref" in node:
            node = schema["definitions"].get(node["$ref"].rpartition("/")[2], {})
        texts = _texts(node["pattern"]) if "pattern" in node else []
        if texts and all(_tells(text) for text in texts):
            return texts
    return []


def _tells(text: str) -> bool:
    parts = text.split(":", 5)
    return len(parts) > 5 and re.search("[A-Za-z]{3}", parts[5]) is not None


def _texts(pattern: str) -> list[str]:
    """The texts that a regular expression is for, with `*` for what varies."""
    try:
        tree: Any = parser.parse(pattern)
    except re.error:
        return []
    before = "" if pattern.lstrip("(").startswith("^") else "*"
    after = "" if pattern.rstrip(")").endswith("$") else "*"
    return sorted({re.sub(r"\*+", "*", before + text + after) for text in _sequence(tree)})


def _sequence(nodes: Any) -> list[str]:
    found = [""]
    for kind, value in nodes:
        found = ["".join(pair) for pair in product(found, _node(kind, value))][:_MOST]
    return found


def _node(kind: Any, value: Any) -> list[str]:
    if kind is regex.LITERAL:
        return [chr(value)]
    if kind is regex.AT:
        return [""]
    if kind is regex.SUBPATTERN:
        return _sequence(value[3])
    if kind is regex.BRANCH:
        return [text for nodes in value[1] for text in _sequence(nodes)][:_MOST]
    if kind in (regex.MAX_REPEAT, regex.MIN_REPEAT):
        least, most, nodes = value
        inner = _sequence(nodes)
        return inner if (least, most) == (1, 1) else ["", *inner] if (least, most) == (0, 1) else ["*"]
    single = kind is regex.IN and len(value) == 1 and value[0][0] is regex.LITERAL
    return [chr(value[0][1])] if single else ["*"]


if __name__ == "__main__":
    main()

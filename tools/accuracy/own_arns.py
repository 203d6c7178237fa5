"""The ARN of a type's own resource, held against the `arn_for_…` methods of aws-cdk-lib, which AWS generates."""

from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leastgrant import needs_of, parse, resolve
from leastgrant.iam import Pattern
from leastgrant.knowledge import type_schema
from tools.accuracy.denials import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r'CFN_RESOURCE_TYPE_NAME="(?P<type>[\w:]+)"'
    r"|static arnFor\w+\(resource\)\{(?:(?!static ).){,900}?"
    r'TemplateString\("(?P<format>arn:[^"]+)"\)\.interpolate\(\{(?P<values>[^}]*)\}\)'
)
_VALUE: Final = re.compile(r"(\w+):resource\.\w+Ref\.(\w+)")
_PLACE: Final = {"Partition": "aws", "Region": str(HERE.region), "Account": str(HERE.account)}


class Agreement(Enum):
    """How the ARNs that a type's calls are made on fit its own."""

    RIGHT = "right"
    WIDE = "wide"
    """Only wider ones are asked for."""
    OTHER = "other"
    """None of what is asked for covers it: the calls name no resource of the type, or a wrong one."""


@dataclass(frozen=True, slots=True)
class OwnArn:
    """A type whose ARN is made of properties that a template states."""

    type: str
    properties: tuple[tuple[str, str], ...]
    arn: Pattern


def own_arns() -> Iterator[OwnArn]:
    """Those that aws-cdk-lib has an ARN format for, of identifiers that can be set."""
    for type_name, arn_format, values in _formats():
        schema = type_schema(type_name)
        settable = {} if schema is None else _settable(schema.primary_identifier, schema.read_only)
        named = {variable: _property_of(field, settable) for variable, field in values}
        known = {variable: f"own-{name.lower()}" for variable, name in named.items() if name}
        arn = _filled(arn_format, {**_PLACE, **known})
        if known and len(known) == len(named) and "?" not in arn:
            properties = tuple((name, known[variable]) for variable, name in named.items() if name)
            yield OwnArn(type_name, properties, Pattern.literal(arn))


def _filled(arn_format: str, values: dict[str, str]) -> str:
    """Return the format with its variables filled in; `?` stands for those without a value."""
    return re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], "?"), arn_format)


def _formats() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    package = Path(str(metadata.distribution("aws-cdk-lib").locate_file("aws_cdk/_jsii")))
    (archive,) = package.glob("*.tgz")
    with tarfile.open(archive) as files:
        for file in files:
            if not file.name.endswith(".generated.js"):
                continue
            content = files.extractfile(file)
            type_name = ""
            for match in _TOKEN.finditer("" if content is None else content.read().decode()):
                if match["type"]:
                    type_name = match["type"]
                else:
                    yield type_name, match["format"], _VALUE.findall(match["values"])


def _settable(identifier: tuple[str, ...], read_only: frozenset[str]) -> dict[str, str]:
    return {name.lower(): name for name in identifier if "/" not in name and name not in read_only}


def _property_of(field: str, settable: dict[str, str]) -> str | None:
    """Return the property that a field of a reference stands for: `jobName` for `Name`."""
    field = field.lower()
    return next((name for low, name in settable.items() if field == low or field.endswith(low)), None)


def agreement(own: OwnArn) -> Agreement:
    """How what is asked for a resource fits its own ARN."""
    template = {"Resources": {"Thing": {"Type": own.type, "Properties": dict(own.properties)}}}
    needs, _ = needs_of(resolve(parse(json.dumps(template), "app.json"), HERE))
    resources = {need.resource for need in needs}
    if own.arn in resources:
        return Agreement.RIGHT
    return Agreement.WIDE if any(one.includes(own.arn) for one in resources) else Agreement.OTHER


def agreements() -> Counter[Agreement]:
    """How many types agree."""
    return Counter(map(agreement, own_arns()))

"""Where the templates of nested stacks are: given, in the cloud assembly of their parent, or in files beside it.

Sources: AWS CDK, `cloud-assembly-schema`: `aws:asset:path` in a resource's metadata, and the `files` of an asset
manifest; AWS CLI Command Reference, `cloudformation package`: a `TemplateURL` may be the path of a file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from leastgrant.template.parser import load
from leastgrant.template.values import texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.template.model import Resource, Template
    from leastgrant.template.values import Value

STACK = "AWS::CloudFormation::Stack"


def nested_template(
    parent: Template, place: tuple[str, ...], resource: Resource, url: Value, given: Mapping[str, Path]
) -> Template | None:
    """Find the template of a nested stack; None if it is not at hand.

    Args:
        parent: The template that declares it.
        place: The root stack's name and the logical ids down to the nested stack.
        resource: The nested stack.
        url: Its `TemplateURL`.
        given: Files by logical id, or by the last parts of `place`, joined by slashes.

    Raises:
        TemplateError: there is a file, and it cannot be used.
    """
    for start in range(len(place)):
        if (file := given.get("/".join(place[start:]))) is not None:
            return load(file)
    folder = Path(parent.source.name).parent
    found = (folder / path for path in (*_of_assembly(resource), *_local(url), *_of_manifest(folder, url)))
    return next((load(path) for path in found if path.is_file()), None)


def _of_assembly(resource: Resource) -> Iterator[str]:
    path = resource.metadata.get("aws:asset:path")
    if isinstance(path, str) and resource.metadata.get("aws:asset:property", "TemplateURL") == "TemplateURL":
        yield path


def _local(url: Value) -> Iterator[str]:
    for text in texts(url):
        if text.is_literal and "://" not in text.head and "\0" not in text.head:
            yield text.head


def _of_manifest(folder: Path, url: Value) -> Iterator[str]:
    """Yield the file that an asset manifest of the folder uploads under the last part of the URL."""
    keys = {text.tail.rpartition("/")[2] for text in texts(url)} - {""}
    for manifest in sorted(folder.glob("*.assets.json")) if keys else ():
        files = _member(_read(manifest), "files")
        for asset in files.values():
            path = _member(asset, "source").get("path")
            destinations = _member(asset, "destinations").values()
            if isinstance(path, str) and any(
                str(_member(one).get("objectKey")).rpartition("/")[2] in keys for one in destinations
            ):
                yield path


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # then it tells of no file, and the stack counts as not read
        return {}


def _member(value: object, name: str | None = None) -> dict[str, object]:
    found = value if name is None else cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}

"""Copies of a cloud assembly that play something that may happen."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any, TypeAlias

from leastgrant import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Template: TypeAlias = dict[str, Any]


def edited(original: Path, copy: Path, templates: Mapping[Path, Template]) -> Path:
    """Copy an assembly, with other templates in it.

    A template is an asset, called by its hash: the CLI takes a hash that it has uploaded for the same template.

    Args:
        original: The assembly's folder.
        copy: The folder that is to be made.
        templates: The other templates, by the file in the original whose place each takes.
    """
    shutil.copytree(original, copy)
    for file, template in templates.items():
        text = json.dumps(template, indent=1)
        there = copy / file.relative_to(original)
        before = _hash_of(there)
        there.write_text(text, encoding="utf-8")
        if before is not None:
            after = hashlib.sha256(text.encode()).hexdigest()
            for naming in (*there.parent.glob("*.assets.json"), there.parent / "manifest.json"):
                naming.write_text(naming.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    return copy


def _hash_of(template: Path) -> str | None:
    """Return the hash that a template is published under; None if it is not."""
    for assets in template.parent.glob("*.assets.json"):
        files: dict[str, Any] = json.loads(assets.read_text(encoding="utf-8")).get("files") or {}
        for name, file in files.items():
            if file["source"].get("path") == template.name:
                return name
    return None


def without_images(assembly: Path, copy: Path) -> Path:
    """Copy an assembly without its container images, which take Docker to build."""
    shutil.copytree(assembly, copy)
    for assets in copy.rglob("*.assets.json"):
        manifest: dict[str, Any] = json.loads(assets.read_text(encoding="utf-8"))
        assets.write_text(json.dumps({**manifest, "dockerImages": {}}), encoding="utf-8")
    return copy


def read_template(file: Path) -> Template:
    """Read a template of an assembly, which is JSON.

    Raises:
        InputError: it is not.
    """
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{file}: is not JSON, as the templates of an assembly are: {error}") from None
    return tree

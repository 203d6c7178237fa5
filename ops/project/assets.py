"""The files that a synthesised stack's template refers to: where they are in the cloud assembly, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from ops.project.assembly import AssemblyError

if TYPE_CHECKING:
    from pathlib import Path

    from ops.project.assembly import SynthesisedStack


class Packaging(Enum):
    """How an asset is uploaded ("FileAssetPackaging", AWS CDK Cloud Assembly Schema)."""

    ZIP = "zip"
    """A folder, as an archive of its files."""
    FILE = "file"
    """A file as it is."""


@dataclass(frozen=True, slots=True)
class SealedAsset:
    """A file or folder of the cloud assembly, and the object that is made of it."""

    path: Path
    packaging: Packaging
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class _Source(msgspec.Struct):
    path: str
    packaging: Packaging = Packaging.FILE


class _Destination(msgspec.Struct, rename="camel"):
    bucket_name: str
    object_key: str


class _File(msgspec.Struct):
    source: _Source
    destinations: dict[str, _Destination]


class _Manifest(msgspec.Struct):
    files: dict[str, _File] = {}


def sealed_assets(stack: SynthesisedStack) -> tuple[SealedAsset, ...]:
    """Return the assets of a stack, each once for each place that it goes to.

    Raises:
        AssemblyError: the asset manifest cannot be read.
    """
    directory = stack.path.parent
    manifest = directory / f"{stack.path.name.removesuffix('.template.json')}.assets.json"
    try:
        read = msgspec.json.decode(manifest.read_bytes(), type=_Manifest)
    except OSError as error:
        raise AssemblyError(f"{manifest}: {error.strerror}; run 'make synth' again") from None
    except ValueError as error:  # of msgspec too
        raise AssemblyError(f"{manifest}: not what cdk writes ({error}); run 'make synth' again") from None
    return tuple(
        SealedAsset(directory / file.source.path, file.source.packaging, place.bucket_name, place.object_key)
        for file in read.files.values()
        for place in file.destinations.values()
    )

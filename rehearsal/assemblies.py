"""Cloud assemblies for the CDK CLI: the app's own, and variants of it that play something that may happen."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ops.project.assembly import read_assembly
from rehearsal.outcome import RehearsalFailed
from rehearsal.places import ARTIFACTS, CDK, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.project.assembly import SynthesisedStack

Template: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Variants:
    """The variants of one cloud assembly."""

    original: Path
    directory: Path
    """Where they are kept."""

    def template(self, stack: str) -> Template:
        """Return the template of a stack, by its id in the assembly."""
        return dict(self._stack(stack).template)

    def _stack(self, stack: str) -> SynthesisedStack:
        (found,) = (one for one in read_assembly(self.original).stacks if one.id == stack)
        return found

    def edited(self, name: str, stack: str, edit: Callable[[Template], Template]) -> Path:
        """Copy the assembly, with another template of one stack.

        The template is an asset, called by its hash: the CLI takes a hash that it has uploaded for the same template.
        """
        copy = shutil.copytree(self.original, self.directory / name)
        original = self._stack(stack)
        text = json.dumps(edit(dict(original.template)), indent=1)
        (copy / original.path.name).write_text(text, encoding="utf-8")
        assets = copy / f"{stack}.assets.json"
        before, after = _hash_of(original.path.name, assets), hashlib.sha256(text.encode()).hexdigest()
        for file in (assets, copy / "manifest.json"):
            file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
        return copy


CODE: Final = (
    *("-c", f"docsAppArtifact={ARTIFACTS.relative_to(ROOT) / 'docs_app'}"),
    *("-c", f"workEngineArtifact={ARTIFACTS.relative_to(ROOT) / 'work_engine'}"),
)
"""What tells a synthesis in the project's folder to take the rehearsal's functions."""


NOTHING_IS_LIVE: Final = ("-c", "liveRecord=")
"""What tells a synthesis that the account has nothing of the app yet, so that the deploy role may make all of it."""


def synthesised(directory: Path, *context: str) -> Variants:
    """Synthesise the app with the rehearsal's own functions, and with more context, by the real CDK CLI.

    Raises:
        RehearsalFailed: that fails.
    """
    original = directory / "assembly"
    command = [str(CDK), "synth", "--quiet", "--strict", "--output", str(original), *CODE, *context]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603  (our own CLI)
    if made.returncode != 0:
        raise RehearsalFailed(f"cdk synth: exit status {made.returncode}: {' '.join(made.stderr.split())[-500:]}")
    return Variants(original, directory)


def _hash_of(template: str, assets: Path) -> str:
    files: dict[str, Any] = json.loads(assets.read_text(encoding="utf-8"))["files"]
    (found,) = (name for name, file in files.items() if file["source"]["path"] == template)
    return found

"""Cloud assemblies for the CDK CLI: the app's own, and variants of it that play something that may happen."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from local_aws.rehearse.variants import Template, edited
from ops.project.assembly import read_assembly
from rehearsal.outcome import RehearsalFailed
from rehearsal.places import ARTIFACTS, CDK, ROOT

__all__ = ["CODE", "NOTHING_IS_LIVE", "Template", "Variants", "synthesised"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.project.assembly import SynthesisedStack


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
        """Copy the assembly, with another template of one stack."""
        found = self._stack(stack)
        return edited(self.original, self.directory / name, {found.path: edit(dict(found.template))})


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

"""What is about to be deployed: the settings, both synthesised templates, and what the deployment will call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leastgrant import load_uses, needs_of, refusals, role_of_template
from ops.errors import OpsError
from ops.project.assembly import read_assembly
from settings import LiveRecord, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from leastgrant import Need, Role, Use
    from ops.project.assembly import Assembly, SynthesisedStack

USES = "uses.json"
"""The file of the cloud assembly that says what else is done with the deploy role, as `load_uses` reads it."""
RECORD = "record.json"
"""The file of the cloud assembly that says what the app stack had when it was synthesised."""


@dataclass(frozen=True)
class Deployment:
    """The settings and the cloud assembly that was made from them."""

    settings: Settings
    directory: Path

    @cached_property
    def assembly(self) -> Assembly:
        """The cloud assembly, read once.

        Raises:
            AssemblyError: it is missing or malformed.
        """
        return read_assembly(self.directory)

    def stack(self, name: str) -> SynthesisedStack:
        """Return the synthesised stack of that name.

        Raises:
            AssemblyError: the assembly is missing or malformed.
            OpsError: it has no such stack, or was made for another account or region than the settings'.
        """
        stacks = {stack.name: stack for stack in self.assembly.stacks}
        if name not in stacks:
            known = ", ".join(stacks) or "none"
            raise OpsError(f"{self.directory}: has no stack {name!r} (there are: {known}); run 'make synth' again")
        stack, settings = stacks[name], self.settings
        if (stack.account, stack.region) != (settings.account, settings.region):
            raise OpsError(
                f"{self.directory}: {name} was synthesised for {stack.account} in {stack.region}, and the settings"
                f" name {settings.account} in {settings.region}; run 'make synth' again"
            )
        return stack.with_buckets((settings.artifact_bucket,))

    @cached_property
    def app(self) -> SynthesisedStack:
        """The app's stack; errors as of `stack`."""
        return self.stack(self.settings.app_stack_name)

    @cached_property
    def role_stack(self) -> SynthesisedStack:
        """The deploy role's stack; errors as of `stack`."""
        return self.stack(self.settings.role_stack_name)

    @cached_property
    def role(self) -> Role:
        """The deploy role as synthesised.

        Raises:
            InputError: it cannot be read.
        """
        return role_of_template(self.role_stack.resolved)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """What tools do with the deploy role, beside CloudFormation.

        Raises:
            TemplateError: the file cannot be read.
        """
        return load_uses(self.directory / USES)

    @cached_property
    def record(self) -> LiveRecord:
        """What the app stack has, as synthesis took it.

        Raises:
            RecordError: the file cannot be read.
        """
        return LiveRecord.from_file(self.directory / RECORD)

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """All that is called: by CloudFormation for the app, and by the uses.

        Raises:
            TemplateError: the template or the uses cannot be read.
            RecordError: the record cannot be read.
            OpsError: it is not known what CloudFormation calls for a resource.
        """
        names = {logical_id: name for logical_id, name in self.record.resources.items() if name is not None}
        called, unknown = needs_of(self.app.with_names(names).resolved)
        if unknown:
            first = unknown[0]
            raise OpsError(f"{self.app.path}: {first.subject.name} ({first.subject.type}): {first.reason}")
        return (*called, *(need for use in self.uses for need in use.needs()))

    @cached_property
    def needs_of_the_role(self) -> tuple[Need, ...]:
        """The needs that the synthesised deploy role grants; errors as of `needs` and `role`.

        The rest is what synthesis was told that an operator does, or it would not have ended well.
        """
        decided = refusals(self.needs, self.role.permissions)
        return tuple(need for need, witness in decided.items() if witness is None)


def open_deployment(settings_file: Path, directory: Path) -> Deployment:
    """Return the deployment of a cloud assembly.

    Raises:
        SettingsError: the settings cannot be read.
    """
    return Deployment(Settings.from_file(settings_file), directory)

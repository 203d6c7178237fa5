"""A template has a value for each parameter: in particular, the app's code is not the placeholder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ops.checks.result import CheckFinding, found, good

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.project.assembly import SynthesisedStack


def template_asks_nothing(stack: SynthesisedStack) -> CheckFinding:
    """Look at the parameters; nothing is asked of AWS."""
    parameters: Mapping[str, Mapping[str, Any]] = stack.template.get("Parameters", {})
    asked = {name: parameter for name, parameter in parameters.items() if "Default" not in parameter}
    if not asked:
        return good(f"{stack.path.name} asks for no value")
    named = " and ".join(asked)
    return found(
        f"{stack.path.name} asks for {named}: the deployment cannot begin",
        *(parameter.get("Description", f"{name} has no description") for name, parameter in asked.items()),
    )

"""`python -m tools.upgrade.state DIRECTORY`: what a synthesis came to, as JSON.

In a process of its own, as the libraries are others after an upgrade.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leastgrant import needs_of
from leastgrant.template import Environment, load, resolve
from ops.project.assembly import read_assembly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.upgrade.compare import State


def state_of(directory: Path) -> State:
    """Read the state of a cloud assembly.

    Raises:
        AssemblyError, TemplateError: it cannot be read.
    """
    templates: dict[str, list[str]] = {}
    needs: dict[str, list[str]] = {}
    for stack in read_assembly(directory).stacks:
        text = json.dumps(stack.template, indent=1, sort_keys=True)
        templates[stack.name] = re.sub(r"[0-9a-f]{64}", "HASH", text).splitlines()
        known, unknown = needs_of(resolve(load(stack.path), Environment(None, stack.region, stack.account, stack.name)))
        lines = {f"{need.action} on {need.on}: {need.doing} ({need.tier.value})" for need in known}
        needs[stack.name] = sorted(lines | {f"{one.subject.type}: {one.reason}" for one in unknown})
    report: Any = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))
    findings = {str(plugin["pluginName"]): sorted(_findings(plugin)) for plugin in report["pluginReports"]}
    return {"templates": templates, "needs": needs, "findings": findings}


def _findings(plugin: Mapping[str, Any]) -> Iterator[str]:
    for kind, verdict in (("violations", "found"), ("suppressedViolations", "acknowledged")):
        for violation in plugin.get(kind, []):
            for construct in violation["violatingConstructs"]:
                yield f"{verdict}: {violation['ruleName']} on {construct.get('constructPath', 'the app')}"


if __name__ == "__main__":
    print(json.dumps(state_of(Path(sys.argv[1]))))

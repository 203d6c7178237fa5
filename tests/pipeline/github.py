"""GitHub, as far as a job needs it: its steps are taken from the workflow's YAML, and run as a runner runs them.

What is not here stops the test: an expression, a condition or an action that is not known is not guessed.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Step = dict[str, Any]
PATIENCE = 240  # seconds for one step


class StepError(Exception):
    """An action's stand-in fails, as the action would."""


@dataclass
class Job:
    """A job of a workflow, with what its steps have made of it so far."""

    definition: dict[str, Any]
    workspace: Path
    scratch: Path
    environment: dict[str, str]
    """Of the runner; the actions add to it."""
    contexts: dict[str, str]
    """The value of each `${{ ... }}` that is not a step's."""
    actions: Mapping[str, Callable[["Job", dict[str, str]], None]]
    """By name, without the version."""
    left_out: frozenset[str] = frozenset()
    """The names of steps that are not run."""
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    log: str = ""

    def run(self) -> "Job":
        """Every step, as its condition says."""
        self.scratch.mkdir(parents=True)
        for name in ("summary", "output", "env", "path"):
            self._file(name).touch()
        for number, step in enumerate(self.definition["steps"]):
            if step.get("name") not in self.left_out:
                self._step(step.get("id", f"step-{number}"), step)
        return self

    @property
    def summary(self) -> str:
        return self._file("summary").read_text()

    @property
    def failed(self) -> bool:
        return "failure" in self.outcomes.values()

    def _step(self, name: str, step: Step) -> None:
        if not self._holds(step.get("if", "success()")):
            self.outcomes[name] = "skipped"
            return
        try:
            if "uses" in step:
                given = {key: self.resolved(str(value)) for key, value in step.get("with", {}).items()}
                self.actions[step["uses"].partition("@")[0]](self, given)
                self.outcomes[name] = "success"
            else:
                self.outcomes[name] = "success" if self._shell(step) == 0 else "failure"
        except StepError as error:
            self.log += f"{error}\n"
            self.outcomes[name] = "failure"

    def _holds(self, condition: str) -> bool:
        match condition.removeprefix("${{").removesuffix("}}").strip():
            case "success()":
                return not self.failed
            case "always()":
                return True
            case "!cancelled() && steps.execute.outcome != 'skipped'":
                return self.outcomes.get("execute", "") != "skipped"
            case "needs.prepare.outputs.execution == 'AVAILABLE'":
                return not self.failed and self.contexts["needs.prepare.outputs.execution"] == "AVAILABLE"
            case _:
                raise AssertionError(f"a condition that is not known here: {condition}")

    def resolved(self, text: str) -> str:
        return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", lambda found: self._value(found[1]), text)

    def _value(self, expression: str) -> str:
        if expression == "toJSON(steps)":
            return json.dumps({name: {"outcome": outcome} for name, outcome in self.outcomes.items()})
        if found := re.fullmatch(r"steps\.(\w+)\.outputs\.(\w+)", expression):
            return self.outputs[f"{found[1]}.{found[2]}"]
        return self.contexts[expression]

    def _shell(self, step: Step) -> int:
        """Bash, as GitHub starts it for `shell: bash`."""
        assert "${{" not in step["run"]
        set_for_it = {**self.definition.get("env", {}), **step.get("env", {})}
        environment = {
            **self.environment,
            **{key: self.resolved(str(value)) for key, value in set_for_it.items()},
            "GITHUB_STEP_SUMMARY": str(self._file("summary")),
            "GITHUB_OUTPUT": str(self._file("output")),
            "GITHUB_ENV": str(self._file("env")),
            "GITHUB_PATH": str(self._file("path")),
        }
        script = self.scratch / "script.sh"
        script.write_text(step["run"])
        ended = subprocess.run(  # noqa: S603  (the workflow's own script)
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],  # noqa: S607
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
            text=True,
        )
        self.log += f"$ {step.get('name')}\n{ended.stdout}\n"
        self._take(step.get("id", ""))
        return ended.returncode

    def _take(self, name: str) -> None:
        """What a step wrote for those after it."""
        for line in self._file("output").read_text().splitlines():
            key, _, value = line.partition("=")
            self.outputs[f"{name}.{key}"] = value
        for line in self._file("path").read_text().splitlines():
            self.environment["PATH"] = f"{line}{os.pathsep}{self.environment['PATH']}"
        for file in ("output", "path"):
            self._file(file).write_text("")

    def _file(self, name: str) -> Path:
        return self.scratch / name


def job_of(workflow: str, name: str) -> dict[str, Any]:
    definition = yaml.safe_load(workflow)
    assert definition["defaults"]["run"]["shell"] == "bash"
    return definition["jobs"][name]


def workspace_of(root: Path, directory: Path) -> Path:
    """A clone with its tools set up: those of this environment, so that nothing is installed."""
    files = subprocess.run(  # --others: what is not committed yet
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()
    for file in files:
        if (root / file).is_file():
            (directory / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / file, directory / file)
    for tools, marks in ((".venv", (".app", ".ops", ".dev")), ("node_modules", (".cli",))):
        (directory / tools).mkdir()
        for entry in (root / tools).iterdir():
            if entry.name not in marks:
                (directory / tools / entry.name).symlink_to(entry.resolve())
        for mark in marks:
            (directory / tools / mark).touch()
    return directory

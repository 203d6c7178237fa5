"""What a git ref says of the two stacks, without running its code: by the snapshots that its tests hold to it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leastgrant import State, load_uses, parse_uses, role_of_template
from leastgrant.template import Environment, parse, resolve
from leastgrant.workflow import Contract, load_workflow, parse_workflow
from ops.errors import OpsError
from ops.project.deployment import USES
from ops.project.workflows import WORKFLOWS, facts_of
from settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from leastgrant import Use
    from leastgrant.template import ResolvedTemplate, Template
    from leastgrant.workflow import Workflow
    from ops.project.deployment import Deployment

SNAPSHOTS: Final = "tests/__snapshots__/test_snapshots"
_ROLE, _APP, _USES = (f"{SNAPSHOTS}/test_{name}.json" for name in ("deploy_role", "app", "uses"))
_SETTINGS: Final = "cdk.json"
ROLE_STACK: Final = "the stack of the deploy role"
APP: Final = "the app"
"""How the two stacks are called in what changes."""


@dataclass(frozen=True)
class ProjectState:
    """One of two states of the project that are compared."""

    name: str
    settings: Settings
    role: ResolvedTemplate
    app: ResolvedTemplate
    uses: tuple[Use, ...] | None
    """None: it says nothing of them, as a commit that is older than their snapshot."""
    workflows: tuple[Workflow, ...]

    @property
    def access(self) -> State:
        """The two stacks, as they are compared."""
        stacks = {ROLE_STACK: self.role, APP: self.app}
        return State(self.name, stacks, self.uses, deploying=frozenset({ROLE_STACK}))

    @property
    def contract(self) -> Contract:
        """Who can assume the deploy role.

        Raises:
            InputError: the role cannot be read, or has no trust policy.
        """
        role = role_of_template(self.role)
        if role.trust is None:
            raise OpsError(f"{self.name}: the deploy role has no trust policy")
        facts = facts_of(role, self.settings)
        return Contract(self.workflows, role.name, role.trust, facts, role.template or "", role.line)


def synthesised(deployment: Deployment, workflows: Path = WORKFLOWS) -> ProjectState:
    """Read what has been synthesised, and the workflows in the working tree.

    Raises:
        InputError: a part cannot be read.
    """
    return ProjectState(
        "the working tree",
        deployment.settings,
        deployment.role_stack.resolved,
        deployment.app.resolved,
        load_uses(deployment.directory / USES),
        tuple(load_workflow(path) for path in sorted(workflows.glob("*.y*ml"))),
    )


def committed(ref: str, repository: Path) -> ProjectState:
    """Read the state of the project at a git ref.

    Raises:
        InputError: there is no such ref, or a file is missing or cannot be read.
    """
    commit = _Commit(ref, repository)
    settings = commit.settings()
    uses = parse_uses(commit.text(_USES), commit.called(_USES)) if _USES in commit.files(SNAPSHOTS) else None
    return ProjectState(
        ref,
        settings,
        _resolved(commit.template(_ROLE), settings, settings.role_stack_name),
        _resolved(commit.template(_APP), settings, settings.app_stack_name),
        uses,
        tuple(
            parse_workflow(commit.text(path), path)
            for path in commit.files(str(WORKFLOWS))
            if path.endswith((".yml", ".yaml"))
        ),
    )


def _resolved(template: Template, settings: Settings, stack: str) -> ResolvedTemplate:
    return resolve(template, Environment(settings.partition, settings.region, settings.account, stack))


class _Commit:
    """The files of a commit."""

    def __init__(self, ref: str, repository: Path) -> None:
        self._ref, self._repository = ref, repository
        found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if found is None:
            raise OpsError(f"{ref!r}: git knows no such commit; name a branch, a tag or a commit that is fetched")
        self._hash = found.strip()

    def called(self, path: str) -> str:
        """Say how errors call a file."""
        return f"{self._ref}:{path}"

    def text(self, path: str) -> str:
        """Return the text of a file."""
        text = self._git("show", f"{self._hash}:{path}")
        if text is None:
            raise OpsError(f"{self.called(path)}: there is no such file; name a later commit")
        return text

    def settings(self) -> Settings:
        """Return the settings of the commit, which may be others."""
        try:
            document: Any = json.loads(self.text(_SETTINGS))
            return Settings.from_context(document["context"])
        except (KeyError, TypeError, ValueError, SettingsError) as error:
            problem = error if isinstance(error, SettingsError) else "not JSON with a context"
            raise OpsError(f"{self.called(_SETTINGS)}: has no settings that this code knows: {problem}") from None

    def template(self, path: str) -> Template:
        """Return a template; errors as of `leastgrant.template.parse`."""
        return parse(self.text(path), self.called(path))

    def files(self, directory: str) -> list[str]:
        """Return the paths of the files in a directory."""
        return (self._git("ls-tree", "--name-only", self._hash, f"{directory}/") or "").splitlines()

    def _git(self, *arguments: str) -> str | None:
        """Return what git prints; None if it fails."""
        try:
            ended = subprocess.run(  # noqa: S603  (no shell; a ref cannot become an option)
                ["git", "-C", str(self._repository), *arguments],  # noqa: S607  (the git of who runs it)
                capture_output=True,
                check=False,
                text=True,
            )
        except OSError as error:
            raise OpsError(f"git: {error.strerror}; install it, it is needed to read {self._ref!r}") from None
        return ended.stdout if ended.returncode == 0 else None

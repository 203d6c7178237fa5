"""The settings, and how CDK context becomes them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self, cast

from leastgrant import InputError
from leastgrant.template import PARTITION_OF
from settings import constraints


class SettingsError(InputError):
    """A setting is missing, unknown or wrong; the message is one line that names the key."""


def _checked(constraint: Callable[[object], object]) -> Any:
    return field(metadata={"constraint": constraint})


def _optional(constraint: Callable[[object], object]) -> Any:
    return field(default="", metadata={"constraint": constraint})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every parameter of the two live templates, by the names of their time, and where the Lambda code lies.

    The values live in cdk.json, under the fields' names in camel case (`github_owner` is `githubOwner`);
    `cdk -c githubOwner=...` overrides one for a run.
    """

    github_owner: str = _checked(constraints.github_owner)
    github_repo: str = _checked(constraints.github_repo)
    github_branch: str = _checked(constraints.github_branch)
    github_workflow: str = _optional(constraints.github_workflow)
    github_environment: str = _optional(constraints.github_environment)
    github_repository_id: str = _optional(constraints.github_repository_id)
    account: str = _checked(constraints.account)
    region: str = _checked(constraints.region)
    role_stack_name: str = _checked(constraints.stack_name)
    deploy_role_name: str = _checked(constraints.role_name)
    artifact_bucket: str = _checked(constraints.bucket_name)
    app_stack_name: str = _checked(constraints.app_stack_name)
    github_token_secret_name: str = _checked(constraints.secret_name)
    basic_auth_username: str = _checked(constraints.basic_auth_username)
    basic_auth_password_secret_name: str = _checked(constraints.secret_name)
    dataops_environment: str = _checked(constraints.environment_name)
    export_archive_prefix: str = _checked(constraints.archive_prefix)
    export_archive_retention_days: int = _checked(constraints.retention_days)
    live_record: str = _checked(constraints.record_file)
    docs_app_artifact: str = _checked(constraints.directory)
    work_engine_artifact: str = _checked(constraints.directory)

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Self:
        """Read the settings from CDK context.

        CDK's own keys (feature flags, what its CLI remembers) are left to it.

        Raises:
            SettingsError: a key is missing or unknown, or a value breaks its constraint.
        """
        names = {key_of(f.name): f.name for f in fields(cls)}
        for key in context:
            if key not in names and not key.startswith(_PREFIXES_OF_CDK) and key not in _KEYS_OF_CDK:
                raise SettingsError(f"{_shown(key)}: no such setting; did you mean {_nearest(key, names)!r}?")
        optional = {f.name for f in fields(cls) if f.default is not MISSING}
        for key, name in names.items():
            if key not in context and name not in optional:
                raise SettingsError(f"{key}: missing; set it in cdk.json under 'context', or with -c {key}=...")
        values: dict[str, Any] = {name: context[key] for key, name in names.items() if key in context}
        return cls(**values)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read the settings from the `context` of a cdk.json.

        Raises:
            SettingsError: the file cannot be read, is not JSON with a `context`, or the context is wrong.
        """
        try:
            document: object = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(f"{path}: cannot be read as JSON: {error}") from None
        except RecursionError:
            raise SettingsError(f"{path}: cannot be read as JSON: nested too deep for a cdk.json") from None
        context = cast("dict[str, object]", document).get("context") if isinstance(document, dict) else None
        if not isinstance(context, dict):
            raise SettingsError(f"{path}: context: must be an object that holds the settings")
        return cls.from_context(cast("dict[str, object]", context))

    def __post_init__(self) -> None:
        """Hold every value to its constraint, however the object is made.

        Raises:
            SettingsError: a value breaks its constraint, lacks another, or two names get in each other's way.
        """
        for f in fields(self):
            try:
                value = f.metadata["constraint"](getattr(self, f.name))
            except ValueError as error:
                raise SettingsError(f"{key_of(f.name)}: {error}") from None
            object.__setattr__(self, f.name, value)
        if self.github_environment and not self.github_workflow:
            raise SettingsError(
                f"githubEnvironment: {self.github_environment!r} needs githubWorkflow: any workflow may name an"
                " environment, and that one's jobs alone are let in"
            )
        self._check_names_are_apart()

    @property
    def context(self) -> dict[str, object]:
        """The settings as CDK context has them: what `from_context` reads."""
        return {key_of(f.name): getattr(self, f.name) for f in fields(self)}

    @property
    def partition(self) -> str:
        """The partition of the region, such as `aws`."""
        return PARTITION_OF[self.region]

    @property
    def function_boundary_name(self) -> str:
        """The name of the functions' permissions boundary: outside what the deploy role manages, as that role is."""
        return f"{self.deploy_role_name}-functions"

    @property
    def function_boundary_arn(self) -> str:
        """The ARN of the functions' permissions boundary."""
        return f"arn:{self.partition}:iam::{self.account}:policy/{self.function_boundary_name}"

    def _check_names_are_apart(self) -> None:
        """Refuse names that begin as the app stack: what the deploy role manages would include itself, or its tools."""
        if self.role_stack_name == self.app_stack_name:
            raise SettingsError(f"roleStackName: must differ from appStackName, {self.app_stack_name!r}")
        for key, name in (
            ("deployRoleName", self.deploy_role_name),
            ("artifactBucket", self.artifact_bucket),
        ):
            if name.lower().startswith(f"{self.app_stack_name}-".lower()):
                raise SettingsError(
                    f"{key}: must not begin with '{self.app_stack_name}-': the deploy role manages what does,"
                    f" and could change {name!r} itself"
                )
        hand_made = (self.github_token_secret_name, self.basic_auth_password_secret_name)
        for key, name in zip(("githubTokenSecretName", "basicAuthPasswordSecretName"), hand_made, strict=True):
            if name.startswith(f"{self.app_stack_name}/work-engine/portal-secret"):
                raise SettingsError(f"{key}: {name!r} is the app's own secret's name; the hand-made secret has another")


_PREFIXES_OF_CDK = ("@aws-cdk/", "@aws-cdk-containers/", "aws:cdk:", "aws-cdk:")
_KEYS_OF_CDK = ("acknowledged-issue-numbers", "cli-telemetry")
"""What `cdk acknowledge` and `cdk cli-telemetry` write; the prefixes are of feature flags and of the CLI's options."""


def _nearest(key: str, names: Iterable[str]) -> str:
    folded = {name.casefold(): name for name in names}
    return folded[get_close_matches(key.casefold(), folded, n=1, cutoff=0)[0]]


def _shown(key: str) -> str:
    return key if key.isprintable() else ascii(key)


def key_of(name: str) -> str:
    """Give the context key of a field: `githubOwner` for `github_owner`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

"""What the app stack has already: the resources that no deployment creates, and that none may take away."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Self, cast

from leastgrant import InputError


class RecordError(InputError):
    """The record cannot be used; the message is one line that names the file and the key."""


class RecordState(StrEnum):
    """Where the account is on its way from SAM to CDK."""

    BEING_TAKEN_OVER = "being taken over"
    """The resources are SAM's, and CDK's templates have not been deployed."""
    SINCE_TAKE_OVER = "since the take-over"
    """The resources are CDK's, and were SAM's: nothing is rolled back to SAM's template any more."""
    LIVE = "live"
    """The resources are CDK's, and always were."""


_NAME = r"[A-Za-z0-9/_.-]{1,512}"


@dataclass(frozen=True, slots=True)
class LiveRecord:
    """The resources of the app stack, on the day of the record.

    Attributes:
        recorded: that day.
        state: where the account was then.
        resources: the physical name of each, by logical id; None where it was not recorded.
        code: the key of the object that each function's code is, by logical id: what a rollback of the take-over
            gives Lambda again. Empty where it was not recorded, and once it is over.
    """

    recorded: date
    state: RecordState
    resources: Mapping[str, str | None]
    code: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_stack(
        cls, recorded: date, state: RecordState, physical_ids: Mapping[str, str], code: Mapping[str, str]
    ) -> Self:
        """Make the record of what a stack has, by logical id.

        Args:
            recorded: the day.
            state: where the account is.
            physical_ids: as CloudFormation lists them: of some types they are ARNs, which are no names.
            code: the keys of the functions' code; kept while the account is being taken over.
        """
        names = {name: one if re.fullmatch(_NAME, one) else None for name, one in physical_ids.items()}
        keys = {name: key for name, key in code.items() if re.fullmatch(_NAME, key)}
        return cls(recorded, state, names, keys if state is RecordState.BEING_TAKEN_OVER else {})

    @classmethod
    def of_nothing(cls) -> Self:
        """Make the record of an account without the app."""
        return cls(date.min, RecordState.LIVE, {})

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a record.

        Raises:
            RecordError: the file cannot be read, or is no record.
        """
        try:
            document: object = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise RecordError(f"{path}: cannot be read as JSON: {error}") from None
        try:
            return cls._of(document)
        except ValueError as error:
            raise RecordError(f"{path}: {error}") from None

    @classmethod
    def _of(cls, document: object) -> Self:
        wanted = ("recorded", "state", "resources")
        values = cast("dict[str, object]", document) if isinstance(document, dict) else {}
        if values.keys() - {"code"} != {*wanted}:
            raise ValueError(f"must be an object of {', '.join(wanted)}, of code if it is known, and of nothing else")
        try:
            recorded = date.fromisoformat(str(values["recorded"]))
        except ValueError:
            raise ValueError(f"recorded: must be a day as YYYY-MM-DD, not {values['recorded']!r}") from None
        try:
            state = RecordState(values["state"])
        except ValueError:
            states = " or ".join(repr(one.value) for one in RecordState)
            raise ValueError(f"state: must be {states}, not {values['state']!r}") from None
        return cls(recorded, state, _resources(values["resources"]), _code(values.get("code", {})))

    def text(self) -> str:
        """Write the record as `from_file` reads it."""
        document = {
            "recorded": self.recorded.isoformat(),
            "state": self.state.value,
            "resources": dict(sorted(self.resources.items())),
            **({"code": dict(sorted(self.code.items()))} if self.code else {}),
        }
        return json.dumps(document, indent=2) + "\n"

    def write(self, path: Path) -> None:
        """Write the record to a file: whole, or not at all.

        Raises:
            RecordError: the file cannot be written.
        """
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            unfinished.write_text(self.text(), encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise RecordError(f"{path}: cannot be written: {error.strerror}") from None

    def without(self, logical_ids: Collection[str]) -> Self:
        """Give the record as if the stack had not had these."""
        kept = {name: physical for name, physical in self.resources.items() if name not in logical_ids}
        code = {name: key for name, key in self.code.items() if name not in logical_ids}
        return type(self)(self.recorded, self.state, kept, code)


def _code(value: object) -> Mapping[str, str]:
    """Return the keys by logical id, each held to what no pattern can be."""
    keys = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
    for logical_id, key in keys.items():
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", logical_id):
            raise ValueError("code: must be an object: for each logical id the key of an object")
        if not isinstance(key, str) or not re.fullmatch(_NAME, key):
            raise ValueError(f"code.{logical_id}: must be the key of an object, not {key!r}")
    return cast("dict[str, str]", keys)


def _resources(value: object) -> Mapping[str, str | None]:
    """Return the names by logical id, each held to what no pattern, and no ARN of another resource, can be."""
    names = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
    for logical_id, name in names.items():
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", logical_id):
            raise ValueError("resources: must be an object: for each logical id a physical name, or null")
        if name is not None and (not isinstance(name, str) or not re.fullmatch(_NAME, name)):
            raise ValueError(f"resources.{logical_id}: must be a physical name, or null if none is known, not {name!r}")
    return cast("dict[str, str | None]", names)

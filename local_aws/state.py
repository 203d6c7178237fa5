"""An account that outlives its process: a journal, in a folder, of all that changed it.

moto's backends cannot all be pickled, so that what changes them is written down instead, call by call: moto handles one
call at a time, which gives them an order, and makes its random ids by one generator, which is seeded anew for each. A
journal is played back with the same seeds. CloudFormation's own records follow from no call alone, as its operations
run side by side; they are written as they become (`local_aws.cloudformation.keeping`).

A line is written, and is on the disk, before its call is answered. A process that is killed may leave the last line
half written: that call was not answered, and is left out.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from pathlib import Path

    from local_aws.callers import Credentials
    from local_aws.wire import Environ

_FILE: Final = "journal.jsonl"
_FORMAT: Final = 1
_READING: Final = (
    "BatchGet",
    "Describe",
    "Filter",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "Validate",
)
"""How the names of operations begin that change nothing."""

Record = Mapping[str, Any]


class StateError(Exception):
    """A folder that state cannot be kept in, in one line."""


def changes_something(operation: str) -> bool:
    """Tell whether a call may change a service, by its operation's name."""
    return not operation.startswith(_READING)


@dataclass
class Journal:
    """The journal of one account and region.

    Raises:
        StateError: on opening, the folder cannot be used, is used by another process, or has another account's state.
    """

    folder: Path
    account: str
    region: str
    port: int | None = None
    """That the account was last served on."""
    operator: tuple[str, str] | None = None
    """The operator's access key and its secret."""
    records: list[Record] = field(default_factory=list[Record])
    """What was there when it was opened."""
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Open it, and read what is there."""
        path = self.folder / _FILE
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise StateError(f"{path}: {os.strerror(error.errno or 0)}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StateError(f"{self.folder}: another process keeps its state there") from None
        try:
            self._read(path)
        except StateError:
            self._file.close()
            raise

    def _read(self, path: Path) -> None:
        self._file.seek(0)
        written = self._file.read()
        whole = written[: written.rfind(b"\n") + 1]
        if len(whole) < len(written):  # the process was killed while it wrote
            self._file.truncate(len(whole))
        self._file.seek(0, os.SEEK_END)
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                record: object = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict) or "kind" not in record:
                raise StateError(f"{path}, line {number}: no record of a journal; begin in another folder")
            self.records.append(cast("Record", record))
        head = {"kind": "account", "format": _FORMAT, "account": self.account, "region": self.region, "moto": _moto()}
        if not self.records:
            self.append(head)
            return
        for key, wanted in head.items():
            if (found := self.records[0].get(key)) != wanted:
                raise StateError(f"{path}: its {key} is {found}, not {wanted}; begin in another folder")
        for record in self.records:
            if record["kind"] == "server":
                self.port, self.operator = int(record["port"]), (str(record["key"]), str(record["secret"]))

    def append(self, record: Record) -> None:
        """Write a record; it is on the disk when this returns."""
        with self._lock:
            self._file.write(json.dumps(record, separators=(",", ":")).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def started(self, port: int, operator: Credentials) -> None:
        """Write where the account is served, and whose it is."""
        if (port, (operator.access_key, operator.secret_key)) != (self.port, self.operator):
            self.append({"kind": "server", "port": port, "key": operator.access_key, "secret": operator.secret_key})

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A call that a service of moto has answered."""

    name: str
    """Such as `s3:PutObject`."""
    environ: Environ
    seed: int
    status: str

    def record(self) -> Record:
        """Return how it is written."""
        stream = self.environ["wsgi.input"]
        stream.seek(0)
        texts = {name: value for name, value in self.environ.items() if isinstance(value, str)}
        return {
            "kind": "call",
            "name": self.name,
            "environ": texts,
            "body": b64encode(stream.read()).decode(),
            "seed": self.seed,
            "status": self.status,
        }

    @classmethod
    def read(cls, record: Record) -> ServiceCall:
        """Read one that was written."""
        body = b64decode(record["body"])
        environ: Environ = {
            **record["environ"],
            "wsgi.version": (1, 0),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)),
        }
        return cls(record["name"], environ, record["seed"], record["status"])


def calls(records: list[Record]) -> Iterator[tuple[int, ServiceCall]]:
    """Yield the calls of a journal, each with the number of its line."""
    for number, record in enumerate(records, start=1):
        if record["kind"] == "call":
            yield number, ServiceCall.read(record)


def _moto() -> str:
    return version("moto")

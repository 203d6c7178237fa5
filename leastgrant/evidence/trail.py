"""CloudTrail's events, read one after the other from files of any size.

Of a file no more is held than a part of it and one record. Sources: "CloudTrail log file examples" and
"LookupEvents", AWS CloudTrail; "Working with query results", Amazon Athena User Guide.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

from leastgrant.errors import InputError
from leastgrant.evidence.event import COLUMNS, event_of_record, event_of_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant.evidence.event import Event

LARGEST_RECORD: Final = 4 * 1024 * 1024
"""The most letters of a record; CloudTrail's own limit is 256 KB ("Quotas in AWS CloudTrail")."""

_PART = 256 * 1024
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".gz")
_DIGESTS = "CloudTrail-Digest"
"""The folder with the digests of log files, which hold no events ("CloudTrail digest file structure")."""
STDIN: Final = "-"


class TrailError(InputError):
    """A trail cannot be used, in one line: the file, the record, what is wrong and what to do."""


@dataclass(slots=True)
class TrailFiles:
    """The files that hold the events, and what of a folder holds none."""

    paths: list[Path] = field(default_factory=list["Path"])
    stdin: bool = False
    left_out: list[Path] = field(default_factory=list["Path"])

    @property
    def size(self) -> int | None:
        """The bytes of all; None: that is not known before they are read."""
        return None if self.stdin else sum(path.stat().st_size for path in self.paths)


def trail_files(names: Sequence[str]) -> TrailFiles:
    """Find the files of events that arguments name.

    Raises:
        TrailError: there is no such file, or a folder has none.
    """
    found = TrailFiles()
    for name in names:
        path = Path(name)
        if name == STDIN:
            if found.stdin:
                raise TrailError("-: stdin can be read once; keep one -")
            found.stdin = True
        elif path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            of_events = [one for one in inside if one.suffix in _SUFFIXES and _DIGESTS not in one.parts]
            if not of_events:
                raise TrailError(f"{name}: has no {', '.join(_SUFFIXES)} files; give what CloudTrail delivers")
            found.paths += of_events
            found.left_out += [one for one in inside if one not in set(of_events)]
        elif path.exists():
            found.paths.append(path)
        else:
            raise TrailError(f"{name}: there is no such file; give what CloudTrail delivers, or - for stdin")
    return found


def read_events(files: TrailFiles, progress: Callable[[int], None] = lambda _: None) -> Iterator[Event]:
    """Yield the events of the files.

    Args:
        files: What to read.
        progress: Is told how many bytes more have been read.

    Raises:
        TrailError: a file cannot be read, is cut off, or holds what is no event.
    """
    for path in files.paths:
        try:
            with path.open("rb") as file:
                yield from _events(file, str(path), progress)
        except OSError as error:
            raise TrailError(f"{path}: cannot be read: {error.strerror or error}") from None
    if files.stdin:
        yield from _events(sys.stdin.buffer, "stdin", progress)


def _events(file: IO[bytes], name: str, progress: Callable[[int], None]) -> Iterator[Event]:
    counted = io.BufferedReader(_Counted(file, progress), _PART)
    packed = counted.peek(2)[:2] == b"\x1f\x8b"
    opened = cast("IO[bytes]", gzip.GzipFile(fileobj=counted)) if packed else counted
    text = io.TextIOWrapper(opened, encoding="utf-8-sig", newline="")
    reader = _Reader(text, name)
    try:
        first = reader.peek()
        if first == "":
            raise TrailError(f"{name}: is empty; give what CloudTrail delivers")
        yield from reader.json() if first in ("{", "[") else _rows(reader.rest(), name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise TrailError(
            f"{name}: after record {reader.number}: is cut off, or no gzip ({error}); copy it anew"
        ) from None
    except UnicodeDecodeError as error:
        raise TrailError(f"{name}: after record {reader.number}: is not UTF-8 ({error.reason}); copy it anew") from None


class _Counted(io.RawIOBase):
    """A stream that tells how much of it has been read."""

    def __init__(self, file: IO[bytes], progress: Callable[[int], None]) -> None:
        self._file, self._progress = file, progress

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]  (typeshed's Buffer has no length)
        part = self._file.read(len(buffer))
        buffer[: len(part)] = part
        self._progress(len(part))
        return len(part)


_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_LISTS = ("Records", "Events")
"""The key of the list in a log file, and in what `aws cloudtrail lookup-events` prints."""
_LIST = re.compile(r'\{\s*"(?:Records|Events)"\s*:\s*\[')
_BEGINNING = 1024


class _Reader:
    """A walk over JSON: objects one after the other, lists of them, and the list in an object's first member."""

    def __init__(self, text: io.TextIOBase, name: str) -> None:
        self._file, self._name = text, name
        self._text, self._at, self._ended = "", 0, False
        self.number = 0
        """Of the record that was read last."""

    def peek(self) -> str:
        """Return the next letter that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more(_PART):
                return ""

    def rest(self) -> Iterable[str]:
        """Yield all that follows, line by line."""
        yield from io.StringIO(self._text[self._at :] + self._file.readline(), newline="")
        yield from self._file

    def json(self) -> Iterator[Event]:
        """Yield the events of all values."""
        while (letter := self.peek()) != "":
            if letter == "[":
                self._at += 1
                yield from self._items()
            elif self._enters_list():
                yield from self._items()
                self._members_after_list()
            else:
                yield from self._of_value(self._value())

    def _enters_list(self) -> bool:
        """Go into the list of records, if it is what the object begins with."""
        while len(self._text) - self._at < _BEGINNING and self._more(_PART):
            continue
        begins = _LIST.match(self._text, self._at)
        if begins is not None:
            self._at = begins.end()
        return begins is not None

    def _items(self) -> Iterator[Event]:
        """Yield the events of a list whose bracket has been read."""
        while (letter := self.peek()) != "]":
            yield from self._of_value(self._value())
            letter = self.peek()
            if letter == ",":
                self._at += 1
            elif letter != "]":
                raise self._error(self.number, "is not followed by a comma or the end of the list")
        self._at += 1

    def _members_after_list(self) -> None:
        while self.peek() == ",":
            self._at += 1
            self.peek()
            self._decoded()
            if self.peek() != ":":
                raise self._error(self.number, "is followed by no valid JSON")
            self._at += 1
            self.peek()
            self._decoded()
        if self.peek() != "}":
            raise self._error(self.number, "is followed by no valid JSON, or the file is cut off")
        self._at += 1

    def _value(self) -> dict[str, object]:
        self.number += 1
        if self.peek() != "{":
            raise self._error(self.number, "is cut off" if self._ended and self.peek() == "" else "is no object")
        return cast("dict[str, object]", self._decoded())

    def _decoded(self) -> object:
        """Decode the value at hand; read on while it may not be whole."""
        size = _PART
        while True:
            try:
                value, end = cast("tuple[object, int]", _DECODER.raw_decode(self._text, self._at))
            except RecursionError:
                raise self._error(self.number, "is nested too deep") from None
            except ValueError as error:
                if len(self._text) - self._at > LARGEST_RECORD:
                    raise self._too_large() from None
                if not self._more(size):
                    raise self._error(self.number, self._fault(error)) from None
                size *= 2
            else:
                if end == len(self._text) and self._more(size):
                    continue  # a number may go on
                if end - self._at > LARGEST_RECORD:
                    raise self._too_large()
                self._at = end
                return value

    def _too_large(self) -> TrailError:
        return self._error(self.number, f"is larger than {LARGEST_RECORD:,} letters, or no valid JSON")

    def _fault(self, error: ValueError) -> str:
        if isinstance(error, json.JSONDecodeError):
            cut_off = error.msg.startswith("Unterminated") or error.pos >= len(self._text.rstrip())
            return "is cut off" if cut_off else f"is no valid JSON: {error.msg}"
        return "holds a number of thousands of digits"

    def _more(self, size: int) -> bool:
        """Read on; return whether there was more."""
        part = "" if self._ended else self._file.read(size)
        self._ended = part == ""
        if self._at > 0 and part:
            self._text, self._at = self._text[self._at :], 0
        self._text += part
        return part != ""

    def _of_value(self, value: dict[str, object]) -> Iterator[Event]:
        listed = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
        for record in [value] if listed is None else cast("list[object]", listed):
            yield self._event(record)

    def _event(self, record: object) -> Event:
        if isinstance(record, dict):
            members = cast("dict[str, object]", record)
            told = members.get("CloudTrailEvent")
            try:
                inner: object = json.loads(told) if isinstance(told, str) else members
                if isinstance(inner, dict):
                    return event_of_record(cast("dict[str, object]", inner))
            except (ValueError, RecursionError) as error:
                raise self._error(self.number, str(error)) from None
        raise self._error(self.number, "is no object")

    def _error(self, number: int, problem: str) -> TrailError:
        return TrailError(f"{self._name}: record {number}: {problem}; copy the file anew, or take it out")


def _rows(lines: Iterable[str], name: str) -> Iterator[Event]:
    """Yield the events of the documented query's result."""
    reader = csv.DictReader(lines, strict=True)
    number = 0
    try:
        lacking = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if lacking:
            raise TrailError(
                f"{name}: is neither JSON nor the result of the documented query: it has no column "
                f"{', '.join(lacking)}; docs/evidence.md has the query"
            )
        for number, row in enumerate(reader, 1):
            if None in row or None in row.values():
                raise TrailError(f"{name}: row {number}: has other columns than the first line; export it anew")
            try:
                yield event_of_row(row)
            except ValueError as error:
                raise TrailError(f"{name}: row {number}: {error}; export it anew") from None
    except csv.Error as error:
        raise TrailError(f"{name}: row {number + 1}: is no valid CSV: {error}; export it anew") from None

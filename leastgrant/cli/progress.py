"""How far a command is, on a terminal's last line: once it takes over a second, and never when stderr is piped."""

from __future__ import annotations

import shutil
import sys
import time
from typing import IO, TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_PATIENCE: Final = 1.0  # seconds before anything is shown
_PAUSE: Final = 0.1  # seconds between two drawings
_CLEAR: Final = "\r\x1b[K"  # ECMA-48: to the line's begin, and erase it
_LARGE: Final = 1_000
_BAR: Final = 24  # columns


class Progress:
    """A bar that `advance` moves; it is gone when the work is."""

    def __init__(
        self,
        what: str,
        total: int | None,
        unit: str = "",
        *,
        stream: IO[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock.

        Args:
            what: What is done, such as `Reading`.
            total: How much there is of it; None: that is not known.
            unit: What is counted, such as `stacks`; `B` is written with prefixes.
            stream: Where it is shown; None: stderr.
            clock: Tells the time in seconds.
        """
        self._what, self._total, self._unit = what, total, unit
        self._stream = sys.stderr if stream is None else stream
        self._clock, self._is_shown = clock, self._stream.isatty()
        self._next, self._done, self._drawn = clock() + _PATIENCE, 0, False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._stream.write(_CLEAR)
            self._stream.flush()

    def advance(self, by: int = 1) -> None:
        """Say that more is done."""
        self._done += by
        if self._is_shown and (now := self._clock()) >= self._next:
            self._next, self._drawn = now + _PAUSE, True
            columns = shutil.get_terminal_size().columns
            self._stream.write(f"{_CLEAR}{self._line()[: columns - 1]}")
            self._stream.flush()

    def _line(self) -> str:
        if not self._total:
            return f"{self._what} {self._counted(self._done)}"
        part = min(self._done / self._total, 1.0)
        bar = "#" * round(part * _BAR)
        return f"{self._what} [{bar:<{_BAR}}] {part:4.0%}, {self._counted(self._done)} of {self._counted(self._total)}"

    def _counted(self, count: int) -> str:
        if self._unit != "B":
            return f"{count:,} {self._unit}".rstrip()
        size = float(count)
        for prefix in ("", "k", "M", "G"):
            if size < _LARGE:
                return f"{size:.3g} {prefix}B"
            size /= _LARGE
        return f"{size:,.1f} TB"

"""What an interrupted command says: what it left behind, or took away again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class InterruptedCommand(KeyboardInterrupt):
    """Ctrl-C, at a point where something is left behind; the message is one line that says what."""


@contextmanager
def interruptible(left: Callable[[], str]) -> Generator[None]:
    """Say what is left behind if this is interrupted; the innermost of several says it.

    Args:
        left: Tidies up, if there is anything to, and returns what is to be said.

    Raises:
        InterruptedCommand: Ctrl-C.
    """
    try:
        yield
    except InterruptedCommand:
        raise
    except KeyboardInterrupt:
        raise InterruptedCommand(left()) from None

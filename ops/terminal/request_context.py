"""The context of an IAM request, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def context_text(context: Mapping[str, Iterable[str]]) -> str:
    """Return what is known of a request's condition keys, to stand after the request."""
    return "".join(f", {key} {shown_values(values)}" for key, values in context.items())

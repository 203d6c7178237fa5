"""A proof as a page, a comment of a pull request, code-scanning results, JSON and text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastgrant.report.access_changes import access_changes_json, access_changes_markdown, access_changes_text
    from leastgrant.report.html import html_report
    from leastgrant.report.json_ import json_report
    from leastgrant.report.markdown import markdown_report
    from leastgrant.report.sarif import sarif_report
    from leastgrant.report.text import text_report
    from leastgrant.report.workflow import workflow_json, workflow_sarif, workflow_text

__all__ = [
    "access_changes_json",
    "access_changes_markdown",
    "access_changes_text",
    "html_report",
    "json_report",
    "markdown_report",
    "sarif_report",
    "text_report",
    "workflow_json",
    "workflow_sarif",
    "workflow_text",
]

_HOMES = {
    "access_changes_json": "access_changes",
    "access_changes_markdown": "access_changes",
    "access_changes_text": "access_changes",
    "html_report": "html",
    "json_report": "json_",
    "markdown_report": "markdown",
    "sarif_report": "sarif",
    "text_report": "text",
    "workflow_json": "workflow",
    "workflow_sarif": "workflow",
    "workflow_text": "workflow",
}
"""The module of each name: loaded when the name is asked for, as a command writes one report."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"leastgrant.report.{_HOMES[name]}"), name)

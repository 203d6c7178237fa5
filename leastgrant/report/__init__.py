"""A proof as a page, a comment of a pull request, code-scanning results, JSON and text."""

from leastgrant.report.html import html_report
from leastgrant.report.json_ import json_report
from leastgrant.report.markdown import markdown_report
from leastgrant.report.sarif import sarif_report
from leastgrant.report.text import text_report
from leastgrant.report.workflow import workflow_json, workflow_sarif, workflow_text

__all__ = [
    "html_report",
    "json_report",
    "markdown_report",
    "sarif_report",
    "text_report",
    "workflow_json",
    "workflow_sarif",
    "workflow_text",
]

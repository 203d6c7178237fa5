"""Prove a role, and report it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.commands.common import FOUND, PROVED, acknowledged
from leastgrant.cli.commands.proof import proof_of
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.cli.terminal import has_colour, has_links
from leastgrant.report import html_report, json_report, markdown_report, sarif_report, text_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leastgrant.cli.arguments import Options
    from leastgrant.proof.prove import Proof


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    proof = acknowledged(proof_of(options, read_inputs(options, options.role)), options)
    write(_REPORTS[options.format](proof) if options.format in _REPORTS else _text(proof, options), options.output)
    return PROVED if proof.proved else FOUND


_REPORTS: Mapping[str, Callable[[Proof], str]] = {
    "json": json_report,
    "markdown": markdown_report,
    "sarif": sarif_report,
    "html": html_report,
}


def _text(proof: Proof, options: Options) -> str:
    colour, links = has_colour(options.output), has_links(options.output)
    return text_report(proof, colour=colour, links=links, everything=options.all)

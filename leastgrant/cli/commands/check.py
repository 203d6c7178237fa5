"""Prove a role, and report it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.commands.proof import proof_of
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.report import html_report, json_report, markdown_report, sarif_report, text_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leastgrant.cli.arguments import Options
    from leastgrant.proof.prove import Proof


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    proof = _acknowledged(proof_of(options, read_inputs(options, options.role)), options)
    write(_REPORTS[options.format](proof) if options.format in _REPORTS else _text(proof, options), options.output)
    return PROVED if proof.proved else FOUND


def _acknowledged(proof: Proof, options: Options) -> Proof:
    reasons = dict(options.acknowledge)
    if len(reasons) < len(options.acknowledge):
        raise ArgumentError("--acknowledge: a finding is given twice; keep one reason")
    try:
        return proof.acknowledging(reasons)
    except ValueError as error:
        raise ArgumentError(f"--acknowledge: {error}") from None


_REPORTS: Mapping[str, Callable[[Proof], str]] = {
    "json": json_report,
    "markdown": markdown_report,
    "sarif": sarif_report,
    "html": html_report,
}


def _text(proof: Proof, options: Options) -> str:
    colour = options.output is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return text_report(proof, colour=colour, everything=options.all)

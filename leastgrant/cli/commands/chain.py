"""Prove the delivery chain of plain templates, or write the least policies of their execution role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.commands.chain_report import prove_and_write
from leastgrant.cli.commands.generated import generate
from leastgrant.cli.plain_chain import plain_assembly, read_plain_chain

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    if options.generate is not None:
        return generate(plain_assembly(options), options, options.generate)
    inputs, links = read_plain_chain(options)
    return prove_and_write(inputs, options, links, options.deployed_with)

"""Prove the delivery chain of a CDK app, or write the least policies of its execution roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.assembly import read_assembly
from leastgrant.cli.chain_inputs import read_chain
from leastgrant.cli.commands.chain_report import prove_and_write
from leastgrant.cli.commands.generated import generate
from leastgrant.proof.link import Link

if TYPE_CHECKING:
    from leastgrant.cli.arguments import Options


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    if options.generate is not None:
        assembly = read_assembly(options.assembly, account=options.account, region=options.region)
        return generate(assembly, options, options.generate)
    return prove_and_write(read_chain(options), options, [Link(name) for name in options.link] or [*Link])

"""A delivery chain, proved and written as the arguments ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.commands.common import FOUND, PROVED, acknowledged
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.progress import Progress
from leastgrant.cli.terminal import has_colour, width
from leastgrant.proof.chain import CDK, prove_chain
from leastgrant.proof.finding import Kind
from leastgrant.proof.link import Per, Room
from leastgrant.proof.needs import Operation
from leastgrant.report.chain import chain_json, chain_markdown, chain_sarif, chain_text
from leastgrant.report.chain_html import chain_html
from leastgrant.report.chain_model import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leastgrant.cli.chain_arguments import ChainOptions
    from leastgrant.cli.chain_inputs import ChainInputs
    from leastgrant.proof.link import Link


def prove_and_write(inputs: ChainInputs, options: ChainOptions, links: Iterable[Link], tool: str = CDK) -> int:
    """Prove the links and write the report; returns the exit status.

    Raises:
        ArgumentError: the app has no stack that is asked for, or a finding is acknowledged that is not there.
    """
    shown = _shown(inputs, options)
    with Progress("Proving", len(inputs.assembly.stacks), "stacks") as progress:
        chain = prove_chain(
            inputs.assembly,
            inputs.roles,
            walls=inputs.walls,
            organization=options.organization,
            links=links,
            uses=inputs.uses,
            room=Room(options.room),
            per=Per(options.per),
            tool=tool,
            assets=options.assets,
            progress=progress.advance,
        )
    chain = acknowledged(chain, options)
    match options.format:
        case "json":
            text = chain_json(chain, inputs.assembly, shown)
        case "markdown":
            text = chain_markdown(chain, inputs.assembly, shown)
        case "sarif":
            text = chain_sarif(chain, inputs.assembly, shown)
        case "html":
            text = chain_html(chain, inputs.assembly, shown)
        case _:
            colour, columns = has_colour(options.output), width(options.output)
            text = chain_text(chain, inputs.assembly, shown, width=columns, colour=colour)
    write(text, options.output)
    return PROVED if chain.proved else FOUND


def _shown(inputs: ChainInputs, options: ChainOptions) -> Shown:
    stacks = [stack.name for stack in inputs.assembly.stacks]
    option = "only-stack" if inputs.assembly.is_plain else "stack"
    for name in options.only_stack:
        if name not in stacks:
            raise ArgumentError(f"--{option} {name}: the app has no such stack; it has {', '.join(stacks)}")
    return Shown(
        kinds=frozenset(map(Kind, options.only)),
        operations=frozenset(map(Operation, options.operation)),
        stacks=frozenset(options.only_stack),
        every_finding=options.all,
    )

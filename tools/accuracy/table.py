"""The tables of docs/accuracy.md."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from leastgrant.knowledge import Tier, UnknownType, data_version, known_calls, type_names, type_schema
from tools.accuracy.denials import DenialSet, DeniedOn, denials, judged, tally
from tools.accuracy.own_arns import Agreement, agreements
from tools.accuracy.pairs import Verdict, pairs
from tools.accuracy.usual_ways import of_leastgrant, of_the_map, of_the_schemas
from tools.accuracy.workflows import judged as judged_repositories
from tools.accuracy.workflows import sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def report() -> str:
    """All tables, in Markdown."""
    return "\n\n".join(
        "\n".join(part)
        for part in (_denials(), _usual_ways(), _roles(), _kinds(), _knowledge(), _workflows(), _repositories())
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| --- |" + " ---: |" * (len(head) - 1)
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def _share(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.0f} %)" if of else "0"


def _denials() -> Iterator[str]:
    yield "### What was said of a denial beforehand\n"
    answers: list[tuple[str, Tier | str]] = [(tier.value, tier) for tier in Tier]
    answers += [("in another operation", "elsewhere"), ("absent", "absent")]
    fits: list[tuple[str, DeniedOn]] = [(f"{fit.value} resource", fit) for fit in DeniedOn]
    rows: list[Sequence[object]] = []
    for one in DenialSet:
        found = tally(map(judged, denials(one)))
        size, recorded = len(denials(one)), sum(found[fit] for _, fit in fits)
        tiers = (_share(found[key], size) for _, key in answers)
        resources = (_share(found[fit], recorded) if recorded else "not recorded" for _, fit in fits)
        rows.append([one.title, size, *tiers, *resources])
    yield from _table(["denials", "reports", *(name for name, _ in answers), *(name for name, _ in fits)], rows)


def _usual_ways() -> Iterator[str]:
    yield "### The usual ways, on the same denials\n"
    ways = {
        "leastgrant, what is required or on change": of_leastgrant,
        "the schemas' lists": of_the_schemas,
        "a map kept by hand": of_the_map,
    }
    rows: list[Sequence[object]] = []
    for one in DenialSet:
        for name, way in ways.items():
            found = way(denials(one))
            size = len(denials(one))
            rows.append([f"{one.title}: {name}", _share(found.named, size), f"{found.asked / size:.1f}"])
    yield from _table(["way", "denied action is named", "actions asked for, a report"], rows)


def _roles() -> Iterator[str]:
    yield "### Roles that are known to deploy their app\n"
    rows: list[Sequence[object]] = []
    whole: Counter[Verdict] = Counter()
    asked = 0
    for pair in pairs():
        found = Counter(pair.verdicts[one].verdict for one in pair.missing)
        whole += found
        asked += len(pair.asked)
        rows.append([f"`{pair.name}`: {pair.how}", len(pair.asked), *_verdicts(found)])
    rows.append(["all", asked, *_verdicts(whole)])
    head = ["role", "asked", "missing", *(verdict.value for verdict in Verdict), "false alarms"]
    yield from _table(head, rows)


def _verdicts(found: Counter[Verdict]) -> Iterator[object]:
    yield found.total()
    yield from (found[verdict] for verdict in Verdict)
    yield _share(sum(count for verdict, count in found.items() if verdict.is_false_alarm), found.total())


def _kinds() -> Iterator[str]:
    yield "### False alarms by kind\n"
    judged_ones = (pair.verdicts[one] for pair in pairs() for one in pair.missing)
    kinds = Counter((one.verdict.value, one.kind) for one in judged_ones if one.verdict.is_false_alarm)
    ordered = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    yield from _table(["kind", "verdict", "reported"], [(kind, verdict, count) for (verdict, kind), count in ordered])


def _knowledge() -> Iterator[str]:
    yield "### What is known\n"
    names = type_names()
    known = [name for name in names if not isinstance(known_calls(name), UnknownType)]
    listed = [schema for name in names if (schema := type_schema(name)) and schema.handlers]
    older = sum(1 for schema in listed if not schema.source.newest)
    agreed = agreements()
    of = agreed.total()
    sources = ", ".join(f"{one.package} {one.version} of {one.date}" for one in data_version().sources)
    rows = [
        ("types of the registry", f"{len(names):,}"),
        ("types whose calls are known", _share(len(known), len(names))),
        ("types from an older source alone", older),
        ("sources", sources),
        ("types whose own ARN aws-cdk-lib makes of names that a template states", of),
        *((f"of those, own ARN {one.value}", _share(agreed[one], of)) for one in Agreement),
    ]
    yield from _table(["", "count"], rows)


def _workflows() -> Iterator[str]:
    yield "### Workflows of public repositories\n"
    head = (
        "repositories",
        "how many",
        "workflows",
        "jobs",
        "findings",
        "false",
        "useless",
        "too wide or refused",
        "missed",
    )
    rows: list[Sequence[object]] = []
    for one in sums():
        ones = one.repositories
        size = (len(ones), sum(repository.workflows for repository in ones), sum(r.jobs for r in ones), one.findings)
        shares = (_share(count, one.findings) for count in (one.false, one.useless))
        rows.append([one.title, *size, *shares, one.faults, _share(one.missed, one.faults)])
    yield from _table(head, rows)


def _repositories() -> Iterator[str]:
    yield "### Workflows, by repository\n"
    head = ("repository", "workflows", "jobs", "findings", "true", "false", "useless", "too wide or refused", "missed")
    rows: list[Sequence[object]] = []
    for one in judged_repositories():
        name = one.name if one.round is None else f"{one.name} (held out, round {one.round})"
        verdict = (one.workflows, one.jobs, one.findings, one.true, one.false, one.useless)
        known = ("", "") if one.faults is None else (one.faults, one.missed)
        rows.append([name, *verdict, *known])
    yield from _table(head, rows)

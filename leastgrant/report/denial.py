"""A denied call and its fix, for a terminal and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.denial.explanation import Layer, role_arn_of
from leastgrant.iam.evaluation import Element
from leastgrant.report.json_ import VERSION
from leastgrant.report.text import wrapped
from leastgrant.text import counted, first_few, printable, shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.denial.explanation import Explained
    from leastgrant.proof.generation import Document


def denial_text(found: Sequence[Explained], width: int | None = None) -> str:
    """Write each denied call: what it is for, what refused it, what nearly grants it, and its fix.

    Args:
        found: The calls.
        width: The terminal's columns; None: there is none.
    """
    return "\n\n".join("\n".join(_lines(one, width)) for one in found) + "\n"


def _lines(found: Explained, width: int | None) -> Iterator[str]:
    denial, need = found.denial, found.need
    action = denial.action or (need.action if need else None)
    denied = printable(f"Denied: {action or _not_named(found)}{_on(found)}")
    yield denied if width is None else wrapped(denied, 0, width)
    for name, sentence in _facts(found):
        yield from _row(name, sentence, width)
    for candidate in found.candidates:
        yield printable(f"              {candidate.action} on {candidate.on}")
    yield from _row("To fix", fix(found), width)
    if found.fixed_by_grant and (document := statement(found)):
        yield ""
        yield from (f"    {line}" for line in json.dumps(document, indent=2, ensure_ascii=False).splitlines())
        yield ""
        yield from (f"    {line}" for line in cdk_code(found))


_NAME, _INDENT = 12, 2


def _row(name: str, sentence: str, width: int | None) -> Iterator[str]:
    """Yield a name and its sentence, whose other lines stand under the first."""
    first, *others = wrapped(sentence, _INDENT + _NAME, width).splitlines()
    yield f"{' ' * _INDENT}{name.ljust(_NAME)}{first.lstrip()}"
    yield from others


def _not_named(found: Explained) -> str:
    service = found.denial.service
    return f"a call to {service}, which the message does not name" if service else "a call that is not named"


def _on(found: Explained) -> str:
    denial, need = found.denial, found.need
    on = denial.resource or (need.on if need and need.on != "*" else None)
    return f" on {on}" if on else ""


def _facts(found: Explained) -> Iterator[tuple[str, str]]:
    denial, need = found.denial, found.need
    if denial.principal:
        other = ", which is not the role that is given" if found.another_caller else ""
        yield "Caller", f"{denial.principal}{other}"
    yield from _purpose(found)
    yield "Refused by", _refused_by(found)
    if denial.encoded:
        yield "Encoded", "why is in the message: aws sts decode-authorization-message --encoded-message ... reads it"
    for statement_ in found.denying:
        yield "Denied by", str(statement_)
    for miss in found.nearly:
        yield "Nearly", f"{miss.statement}, but {_lacks(miss.element, found)}"
    if found.next:
        subjects = [*dict.fromkeys(f"{one.action} for `{one.subject.name}`" for one in found.next)]
        yield "Then", f"{counted(len(found.next), 'other call')} will be refused: {first_few(subjects, 'call')}"
    if need is None and denial.failed.logical_id is None and not found.possible:
        yield "Not known", "what it is for: give the templates, --template FILE"


def _purpose(found: Explained) -> Iterator[tuple[str, str]]:
    denial, need = found.denial, found.need
    if need is not None:
        yield "Made for", f"{need.doing} ({need.subject.type})"
        yield "Because", f"{f'{need.trigger} is set: ' if need.trigger else ''}{need.reason} [{need.source}]"
        return
    failed = denial.failed
    if failed.logical_id or failed.type:
        yield "Made for", " ".join(part for part in (failed.logical_id, failed.type and f"({failed.type})") if part)
    for call in dict.fromkeys((call.triggers, call.reason, call.source) for call in found.possible):
        triggers, reason, source = call
        when = f"when {' or '.join(map(str, triggers))}: " if triggers else ""
        yield "Because", f"{when}{reason} [{source}]"


def _refused_by(found: Explained) -> str:
    denial = found.denial
    if found.layer is Layer.NOT_TOLD:
        if found.allowed:
            return "nothing that is given: the role allows it"
        return "not told; it is denied explicitly" if denial.explicit else "not told; most often the caller's policies"
    how = "denies it" if denial.explicit or found.denying else "does not allow it"
    policies = found.layer is Layer.IDENTITY
    verb = {"denies it": "deny it", "does not allow it": "do not allow it"}[how] if policies else how
    which = f" ({denial.policy_arn})" if denial.policy_arn else ""
    return f"{found.layer.value}{which}, which {verb}{': so say the files' if found.by_role else ''}"


_LACKS = {
    Element.ACTION: "its Action leaves it out",
    Element.RESOURCE: "its Resource leaves it out",
}


def _lacks(element: Element, found: Explained) -> str:
    if element in _LACKS:
        return _LACKS[element]
    known = ", ".join(f"{key} {shown_values(values)}" for key, values in found.denial.context)
    return f"its Condition does not hold of what is known of the request{f' ({known})' if known else ''}"


_WHERE = {
    Layer.IDENTITY: "give the caller's role this statement",
    Layer.NOT_TOLD: "give the caller's role this statement",
    Layer.BOUNDARY: "allow it in the permissions boundary too; the role's own policies are not enough",
    Layer.SESSION: "allow it in the session policy: whoever assumes the role passes that, no grant of the role's helps",
    Layer.SERVICE_CONTROL: "whoever keeps the organisation allows it in the service control policies; no grant helps",
    Layer.RESOURCE_CONTROL: "whoever keeps the organisation allows it in the resource control policies; no grant helps",
    Layer.RESOURCE: "give the resource's policy this statement; the caller's own policies must allow it too",
    Layer.ENDPOINT: "allow it in the policy of the VPC endpoint that the call goes through",
    Layer.TRUST: "make the role's trust policy let the caller in; 'leastgrant workflow' proves that of GitHub's tokens",
}


def fix(found: Explained) -> str:
    """Say what to do, in one sentence."""
    denial = found.denial
    if found.denying:
        return f"leave it out of what {', '.join(map(str, found.denying))} denies; no grant helps"
    if denial.explicit:
        named = denial.policy_arn or found.layer.value
        what = "whatever policy denies it" if named == Layer.NOT_TOLD.value else f"what {named} denies"
        return f"leave it out of {what}; no grant helps against an explicit deny"
    if found.allowed:
        return (
            "deploy the role: if the live one is as given, a layer refuses it that no file here shows, such as a "
            "control policy, a session policy or the resource's policy"
        )
    if found.grant is None:
        return _without_action(found)
    narrow = "; narrow its Resource, as the message does not say what it was on" if found.narrow else ""
    return f"{_WHERE[found.layer]}{narrow}"


def _without_action(found: Explained) -> str:
    if found.candidates:
        return "grant the calls above, one of which was refused; 'leastgrant generate' writes all that is needed"
    if found.denial.encoded:
        return "decode the message, and give what it says to 'leastgrant denied'"
    return "give the templates and the role, or the event of CloudTrail, which names the call"


def statement(found: Explained) -> Document | None:
    """Return the statement that allows the call, for the layer that refused it."""
    if found.grant is None:
        return None
    document = found.grant.document
    if found.layer is not Layer.RESOURCE:
        return document
    caller = role_arn_of(found.denial) or "arn:aws:iam::123456789012:role/CALLER"
    return {"Sid": document["Sid"], "Effect": "Allow", "Principal": {"AWS": caller}, **_without(document)}


def _without(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in ("Sid", "Effect")}


_ADDS = {
    Layer.IDENTITY: "role.add_to_policy",
    Layer.NOT_TOLD: "role.add_to_policy",
    Layer.BOUNDARY: "boundary.add_statements",
    Layer.RESOURCE: "resource.add_to_resource_policy",
}
"""What takes a statement in CDK: `iam.Role`, `iam.ManagedPolicy`, and constructs with a resource policy."""


def cdk_code(found: Explained) -> list[str]:
    """Write the statement as code for CDK in Python, by line; none for a layer that no construct of the app is."""
    grant = found.grant
    if grant is None or found.layer not in _ADDS:
        return []
    conditions = grant.document.get("Condition")
    caller = role_arn_of(found.denial) or "arn:aws:iam::123456789012:role/CALLER"
    arguments = {
        "sid": grant.sid,
        "actions": list(grant.actions),
        "resources": list(grant.resources),
        **({"conditions": conditions} if conditions else {}),
    }
    lines = [f"        {name}={json.dumps(value, ensure_ascii=False)}," for name, value in arguments.items()]
    if found.layer is Layer.RESOURCE:
        lines.append(f"        principals=[iam.ArnPrincipal({json.dumps(caller)})],")
    return [f"{_ADDS[found.layer]}(", "    iam.PolicyStatement(", *lines, "    )", ")"]


def denial_json(found: Sequence[Explained]) -> str:
    """Write `version` and `denials`, each with the call, the layer, the need, and the fix."""
    return json.dumps({"version": VERSION, "denials": [_object(one) for one in found]}, indent=2) + "\n"


def _object(found: Explained) -> dict[str, object]:
    denial, need = found.denial, found.need
    failed = denial.failed
    return {
        "principal": denial.principal,
        "action": denial.action or (need.action if need else None),
        "resource": denial.resource,
        "explicit": denial.explicit,
        "layer": None if found.layer is Layer.NOT_TOLD else found.layer.name.lower(),
        "layer_by": None if found.layer is Layer.NOT_TOLD else "policies" if found.by_role else "message",
        "policy_arn": denial.policy_arn,
        "encoded": denial.encoded,
        "failed": {"logical_id": failed.logical_id, "type": failed.type, "stack": failed.stack},
        "need": need
        and {
            "logical_id": need.subject.name,
            "type": need.subject.type,
            "operation": need.operation.value,
            "action": need.action,
            "resource": need.on,
            "property": need.trigger,
            "reason": need.reason,
            "source": need.source,
        },
        "candidates": [{"action": one.action, "resource": one.on} for one in found.candidates],
        "allowed_by_role": found.allowed,
        "nearly": [{"statement": str(miss.statement), "lacks": miss.element.value} for miss in found.nearly],
        "denying": [str(one) for one in found.denying],
        "fix": fix(found),
        "statement": statement(found) if found.fixed_by_grant else None,
        "cdk": "\n".join(cdk_code(found)) or None if found.fixed_by_grant else None,
        "next": [{"action": one.action, "resource": one.on, "logical_id": one.subject.name} for one in found.next],
    }

"""In what the live role differs from the synthesised one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant import new_access
from leastgrant.text import context_text, counted
from ops.role.statements import ChangeKind, StatementChange, statement_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant import Access
    from leastgrant.iam import AssumeRequest, Witness
    from ops.role.documents import Document, RoleDocuments


@dataclass(frozen=True, slots=True)
class RoleDifference:
    """What an update of the role stack changes: in words, and in what is allowed."""

    documents: tuple[str, ...]
    """Lines: what is different in the role's policies and settings; `+` is the template's, `-` the account's."""
    access: Access

    @property
    def none(self) -> bool:
        """Whether the roles are equal. That both allow the same is not enough: the template says how."""
        return not self.documents

    def lines(self, act: str = "the update") -> Iterator[str]:
        """Yield the difference as statements, then as newly allowed and lost requests, by what is done about it."""
        yield from self.documents
        if self.access.unchanged:
            yield f"{act} changes nothing of what is allowed"
            return
        yield from _section(f"newly allowed by {act}", map(request_text, self.access.gained))
        yield from _section(f"newly admitted by {act}", map(assumed_text, self.access.admitted or ()))
        yield from _section(f"no longer allowed after {act}", map(request_text, self.access.lost))
        yield from _section(f"no longer admitted after {act}", map(assumed_text, self.access.refused or ()))
        if self.access.undecided:
            yield f"not decided, whether {act} changes what is allowed:"
        yield from (f"  {one}" for one in self.access.undecided)


def role_difference(live: RoleDocuments, synthesised: RoleDocuments) -> RoleDifference:
    """Compare the role in the account with the role as synthesised.

    Raises:
        PatternTooComplex: what they allow is too complex to compare.
        PolicyError: a document is not valid.
    """
    lines = (
        *_document("trust policy", live.trust, synthesised.trust),
        *_policies("inline policy", live.inline, synthesised.inline),
        *_policies("attached policy", live.attached, synthesised.attached),
        *_policies("permissions boundary", _boundary(live), _boundary(synthesised)),
        *_value("path and name", live.arn, synthesised.arn),
        *_value("maximum session, in seconds", live.max_session_seconds, synthesised.max_session_seconds),
        *_tags(live.tags, synthesised.tags),
    )
    return RoleDifference(lines, new_access(live.role, synthesised.role))


def _boundary(role: RoleDocuments) -> Mapping[str, Document]:
    return {role.boundary.arn: role.boundary.document} if role.boundary else {}


def _policies(kind: str, live: Mapping[str, Document], synthesised: Mapping[str, Document]) -> Iterator[str]:
    for name in sorted({*live, *synthesised}):
        if name not in synthesised:
            statements = statement_changes(live[name], {**live[name], "Statement": []})
            yield f"- {kind} {name}: not in the template"
            yield from _shown(statements)
        elif name not in live:
            yield f"+ {kind} {name}: not in the account"
        else:
            yield from _document(f"{kind} {name}", live[name], synthesised[name])


def _document(what: str, live: Document, synthesised: Document) -> Iterator[str]:
    changes = statement_changes(live, synthesised)
    if changes:
        yield f"{what}: {counted(len(changes), 'statement')} not the same"
        yield from _shown(changes)


_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}


def _shown(changes: list[StatementChange]) -> Iterator[str]:
    for one in changes:
        yield f"  {_SIGNS[one.kind]} {one.statement} {one.kind.value}"
        yield from (f"      {line}" for line in one.lines)


def _value(what: str, live: object, synthesised: object) -> Iterator[str]:
    if live != synthesised:
        yield f"- {what}: {live}"
        yield f"+ {what}: {synthesised}"


def _tags(live: Mapping[str, str], synthesised: Mapping[str, str]) -> Iterator[str]:
    for key in sorted({*live, *synthesised}):
        if live.get(key) != synthesised.get(key):
            yield from (
                f"{sign} tag {key}={tags[key]}" for sign, tags in (("-", live), ("+", synthesised)) if key in tags
            )


def _section(title: str, requests: Iterator[str]) -> Iterator[str]:
    lines = [f"  {request}" for request in requests]
    if lines:
        yield f"{title}, for example:"
    yield from lines


def request_text(witness: Witness) -> str:
    """Return a request that a witness shows."""
    request = witness.request
    return f"{request.action} on {request.resource}{context_text(request.context)}"


def assumed_text(request: AssumeRequest) -> str:
    """Return a request to assume a role."""
    return f"{request.action} by {request.principal.name}{context_text(request.context)}"

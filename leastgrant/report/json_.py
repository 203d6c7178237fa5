"""A proof for programs: JSON that `proof.schema.json`, beside this file, describes."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING

from leastgrant.proof.finding import Kind
from leastgrant.report.model import calls, escalation_paths, reasons_for_open, statement_uses, summary

if TYPE_CHECKING:
    from leastgrant.iam.document import Statement
    from leastgrant.proof.escalation import EscalationPath
    from leastgrant.proof.finding import Finding
    from leastgrant.proof.needs import Need, Subject
    from leastgrant.proof.prove import Proof
    from leastgrant.report.model import NeedRow, StatementUse
    from leastgrant.role import Role

VERSION = 2
"""Of the schema; raised when what is there already changes, not when something is added."""


def schema() -> str:
    """Read the JSON Schema (2020-12) of the output."""
    return files("leastgrant.report").joinpath("proof.schema.json").read_text("utf-8")


def json_report(proof: Proof) -> str:
    """Write the whole proof as one JSON object."""
    known = asdict(summary(proof))
    meant = reasons_for_open(proof)
    report = {
        "version": VERSION,
        "proved": proof.proved,
        "role": _role(proof.role),
        **{kind.value: [_finding(finding, proof.role) for finding in proof.of(kind)] for kind in Kind},
        "acknowledged": [_finding(each.finding, proof.role, each.reason) for each in proof.acknowledged],
        "needs": [_call(call) for call in calls(proof)],
        "statements": [_statement(use) for use in statement_uses(proof)],
        "paths": [_path(path, meant.get(path.name)) for path in escalation_paths(proof)],
        "summary": known | {"findings": {kind.value: len(proof.of(kind)) for kind in Kind}},
    }
    return json.dumps(report, indent=2) + "\n"


def _role(role: Role) -> dict[str, object]:
    return {
        "logical_id": role.name,
        "stack": role.stack or None,
        "construct_path": role.construct_path,
        "template": role.template,
        "line": role.line,
        "arns": [str(arn) for arn in role.arns],
    }


def _finding(finding: Finding, role: Role, acknowledged: str | None = None) -> dict[str, object]:
    need = finding.need
    return {
        "id": finding.id,
        "kind": finding.kind.value,
        "action": finding.action or None,
        "resource": finding.resource or None,
        **(_subject(finding.subject) if finding.subject else _role_as_subject(role)),
        "operation": need.operation.value if need else None,
        "tier": need.tier.value if need else None,
        "reason": finding.message,
        "source": need.source if need else None,
        "fix": finding.fix,
        "statement": _name(finding.statement) if finding.statement else None,
        "reason_acknowledged": acknowledged,
    }


def need_object(need: Need) -> dict[str, object]:
    """Return a need as an object, without how it is granted."""
    return {
        "action": need.action,
        "resource": need.on,
        **_subject(need.subject),
        "operation": need.operation.value,
        "tier": need.tier.value,
        "otherwise": need.otherwise,
        "trigger": need.trigger,
        "contexts": [{key: list(values) for key, values in context.items()} for context in need.contexts],
        "reason": need.reason,
        "source": need.source,
    }


def _call(call: NeedRow) -> dict[str, object]:
    granted = {"state": call.state.value, "statements": [_name(statement) for statement in call.statements]}
    return need_object(call.need) | granted


def _statement(use: StatementUse) -> dict[str, object]:
    return {
        "statement": _name(use.statement),
        "effect": use.statement.effect.value,
        "grants": [
            {"action": grant.action, "resource": str(grant.resource), "needs": len(grant.needs)} for grant in use.grants
        ],
        "explained": use.explained,
    }


def _path(path: EscalationPath, acknowledged: str | None) -> dict[str, object]:
    return {
        "name": path.name,
        "state": path.state.value,
        "reason_acknowledged": acknowledged,
        "gives": path.gives,
        "because": path.because,
        "actions": [step.action for step in path.way.steps],
        "statements": [_name(statement) for statement in path.statements],
        "source": path.source,
    }


def _name(statement: Statement) -> dict[str, object]:
    return {"where": statement.where, "sid": statement.sid}


def _subject(subject: Subject) -> dict[str, object]:
    return {
        "stack": subject.stack or None,
        "logical_id": subject.name,
        "type": subject.type,
        "construct_path": subject.construct_path,
        "template": subject.template,
        "line": subject.line,
    }


def _role_as_subject(role: Role) -> dict[str, object]:
    return {
        "stack": role.stack or None,
        "logical_id": role.name,
        "type": "AWS::IAM::Role",
        "construct_path": role.construct_path,
        "template": role.template,
        "line": role.line,
    }

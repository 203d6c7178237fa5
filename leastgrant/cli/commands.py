"""The commands: each reads its inputs, writes its result and returns the exit status."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.cli.access import access_json, access_text
from leastgrant.cli.arguments import AUDIENCE, ArgumentError
from leastgrant.cli.explanation import explanation
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.listing import described, listed
from leastgrant.cli.output import write
from leastgrant.iam.document import parse_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.finding import Kind
from leastgrant.proof.generation import inline_policy, least_statements, managed_policies
from leastgrant.proof.needs import needs_of
from leastgrant.proof.new_access import new_access
from leastgrant.proof.prove import prove
from leastgrant.proof.request import Tags
from leastgrant.proof.service_role import TRUST, as_passed_by
from leastgrant.proof.trust import Trusted
from leastgrant.report.html import html_report
from leastgrant.report.json_ import VERSION, json_report, need_object
from leastgrant.report.markdown import markdown_report
from leastgrant.report.sarif import sarif_report
from leastgrant.report.text import text_report
from leastgrant.report.workflow import workflow_json, workflow_sarif, workflow_text
from leastgrant.role import Role
from leastgrant.template import Environment
from leastgrant.text import counted, printable
from leastgrant.workflow import Facts, check, is_proved, load_steps, load_workflow, workflow_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leastgrant.cli.arguments import Options
    from leastgrant.cli.inputs import Inputs
    from leastgrant.proof.needs import Need, Unmodelled
    from leastgrant.proof.prove import Proof
    from leastgrant.workflow import Workflow, WorkflowFinding

_PROVED, _FOUND = 0, 1


def run(options: Options) -> int:
    """Runs the command that was asked for; returns the exit status."""
    return _COMMANDS[options.command](options)


def _check(options: Options) -> int:
    proof = _acknowledged(_proof(options, read_inputs(options, options.role)), options)
    write(_REPORTS[options.format](proof) if options.format in _REPORTS else _text(proof, options), options.output)
    return _PROVED if proof.proved else _FOUND


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


def _proof(options: Options, inputs: Inputs) -> Proof:
    (role,) = inputs.roles or (Role("no role", ()),)
    trusted = _trusted(options)
    if trusted and role.trust is None:
        raise ArgumentError(
            "--trusted-subject: --role is a policy, which says nothing of trust; give the role's template"
        )
    return prove(
        replace(role, arns=(options.role_arn,) if options.role_arn else role.arns),
        inputs.deployed,
        uses=inputs.uses,
        namespaces=options.namespace,
        trusted=trusted,
        stack_tags=_stack_tags(options),
        on_change=options.all,
        existing=options.existing,
    )


def _trusted(options: Options) -> Trusted | None:
    if not options.trusted_subject:
        if options.trusted_claim:
            raise ArgumentError("--trusted-claim: is of the tokens of a subject; give --trusted-subject too")
        return None
    known = Environment(options.partition, options.region, options.account)
    names = dict.fromkeys(name for name, _ in options.trusted_claim)
    claims = tuple((name, tuple(value for key, value in options.trusted_claim if key == name)) for name in names)
    provider = f"arn:{known.partition}:iam::{known.account}:oidc-provider/{options.trusted_provider}"
    return Trusted(provider, tuple(options.trusted_audience) or (AUDIENCE,), tuple(options.trusted_subject), claims)


def _stack_tags(options: Options) -> Tags:
    pairs = dict(options.stack_tag)
    if len(pairs) < len(options.stack_tag):
        raise ArgumentError("--stack-tag: a key is given twice; keep one value")
    tags = tuple((key, Pattern.literal(value)) for key, value in pairs.items())
    return Tags(tags, complete=not options.stack_tags)


def _needs(options: Options) -> int:
    needs, unknown = _all_needs(options, read_inputs(options))
    if options.format == "json":
        report = {
            "version": VERSION,
            "needs": [need_object(need) for need in needs],
            "unknown": [
                {
                    "stack": one.subject.stack,
                    "logical_id": one.subject.name,
                    "type": one.subject.type,
                    "reason": one.reason,
                }
                for one in unknown
            ],
        }
        write(json.dumps(report, indent=2) + "\n", options.output)
        return _PROVED
    of_tier = Counter(need.tier for need in needs)
    lines = [
        *listed(needs),
        *(printable(f"{described(one.subject)}: not known, it {one.reason}") for one in unknown),
        f"{counted(len(needs), 'need')}: {', '.join(f'{of_tier[tier]:,} {tier.value}' for tier in Tier)}",
    ]
    write("\n".join(lines) + "\n", options.output)
    return _PROVED


def _all_needs(options: Options, inputs: Inputs) -> tuple[list[Need], list[Unmodelled]]:
    needs: list[Need] = []
    unknown: list[Unmodelled] = []
    for resolved in (stack for deployed in inputs.deployed for stack in deployed.stacks):
        called, unmodelled = needs_of(resolved, stack_tags=_stack_tags(options), existing=frozenset(options.existing))
        needs += called
        unknown += unmodelled
    return [*needs, *(need for use in inputs.uses for need in use.needs())], unknown


def _generate(options: Options) -> int:
    inputs = read_inputs(options)
    role = _role_to_write_for(options)
    needs, unknown = _all_needs(options, inputs)
    statements = least_statements(as_passed_by(role, needs))
    if not statements:
        types = ", ".join(dict.fromkeys(one.subject.type for one in unknown))
        why = f"it is not known what {types} needs" if unknown else "the templates require no permission"
        raise ArgumentError(f"--app: {why}, so there is no policy to write")
    policies = managed_policies(statements) if options.managed else [inline_policy(statements)]
    role = replace(role, policies=tuple(parse_policy(policy, "generated") for policy in policies))
    proof = prove(
        role,
        inputs.deployed,
        uses=inputs.uses,
        stack_tags=_stack_tags(options),
        on_change=True,
        existing=options.existing,
    )
    for finding in proof.findings:
        print(printable(f"{finding.id}: {finding.message}"), file=sys.stderr)
    write(json.dumps(policies if options.managed else policies[0], indent=2, ensure_ascii=False) + "\n", options.output)
    # the ways to more permissions are those that the templates need, so no other policy would have fewer
    return _PROVED if len(proof.findings) == len(proof.of(Kind.ESCALATION)) else _FOUND


def _role_to_write_for(options: Options) -> Role:
    arns = () if options.role_arn is None else (options.role_arn,)
    if not options.service_role:
        return Role("the generated policy", (), arns=arns)
    if options.role_arn is None:
        raise ArgumentError("--service-role: the role passes itself to nested stacks; give --role-arn too")
    if options.tool:
        raise ArgumentError("--service-role: CloudFormation assumes it, and no tool does; leave --tool out")
    return Role("the generated policy", (), TRUST, arns=arns)


def _explain(options: Options) -> int:
    inputs = read_inputs(options, *([options.role] if options.role else []))
    lines = explanation(
        options.action,
        options.arn,
        _proof(options, inputs),
        [stack for deployed in inputs.deployed for stack in deployed.stacks],
        with_role=bool(inputs.roles),
        stack_tags=_stack_tags(options).some,
    )
    write("\n".join(lines) + "\n", options.output)
    return _PROVED


def _new_access(options: Options) -> int:
    baseline, candidate = read_inputs(options, [options.baseline], [options.candidate]).roles
    _refuse_unread(baseline, candidate)
    access = new_access(baseline, candidate)
    write((access_json if options.format == "json" else access_text)(access), options.output)
    return _FOUND if access.gained or access.admitted or access.undecided else _PROVED


def _refuse_unread(baseline: Role, candidate: Role) -> None:
    """Refuses to compare roles if one has a policy that is not known, and the other has it not."""
    for arn in set(baseline.unread) ^ set(candidate.unread):
        name = candidate.name if arn in candidate.unread else baseline.name
        raise ArgumentError(f"{name}: has the policy {arn}, whose document is not known; write its statements inline")


def _workflow(options: Options) -> int:
    if not options.regions:
        raise ArgumentError("--region: is needed, as the jobs must work in it")
    options.region = options.regions[0]
    options.account = options.account or _account(options.role_arn)
    (role,) = read_inputs(options, options.role).roles
    workflows = [load_workflow(path) for path in workflow_files(options.workflow)]
    findings = check(workflows, role, _facts(options, role))
    write(_WORKFLOW_REPORTS[options.format](workflows, findings), options.output)
    return _PROVED if is_proved(findings) else _FOUND


_WORKFLOW_REPORTS: Mapping[str, Callable[[Sequence[Workflow], Sequence[WorkflowFinding]], str]] = {
    "text": workflow_text,
    "json": workflow_json,
    "sarif": workflow_sarif,
}


def _account(role_arn: Pattern | None) -> str | None:
    """The account of an ARN that is written out."""
    return str(role_arn).split(":")[4] if role_arn and role_arn.is_literal else None


def _facts(options: Options, role: Role) -> Facts:
    arns = role.arns if options.role_arn is None else (options.role_arn,)
    if len(arns) != 1 or not arns[0].is_literal:
        raise ArgumentError("--role-arn: the template does not tell the role's whole ARN; give it, or --account")
    try:
        return Facts(
            repository=options.repository,
            default_branch=options.default_branch,
            regions=tuple(dict.fromkeys(options.regions)),
            role_arn=str(arns[0]),
            max_session_seconds=role.max_session_seconds,
            session_name=options.session_name,
            assumed_by=tuple(options.assumed_by),
            tokens_for_others=tuple(options.token_for_other),
            variables=dict(options.variable),
            secrets=dict(options.secret),
            environments=tuple(options.environment),
            forks_get_tokens=options.forks_get_tokens,
            subject_claims=tuple(options.subject_claims.split(",")),
            issuer=options.issuer.removeprefix("https://").rstrip("/"),
            approval=options.approval,
            runners=tuple(options.runner),
            steps=load_steps(options.steps) if options.steps else {},
        )
    except ValueError as error:
        raise ArgumentError(f"workflow: {error}") from None


_COMMANDS: Mapping[str, Callable[[Options], int]] = {
    "check": _check,
    "needs": _needs,
    "generate": _generate,
    "explain": _explain,
    "new-access": _new_access,
    "workflow": _workflow,
}

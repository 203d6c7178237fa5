"""Public reports of refused deployments, replayed: the proof must name the action, the resource and the operation.

`incidents.json` has a row for each report: a resource, what was refused, and the link. The role of each test grants
everything that the resource needs but the refused action.
"""

import json
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from leastgrant.knowledge import Tier
from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Operation
from leastgrant.proof.prove import Proof, prove
from leastgrant.role import Role, role_of_policy
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve
from leastgrant.template.nested import STACK


class Incident(TypedDict):
    """A report; `resource` is the ARN that was refused, for newer ones, with the names of the properties."""

    type: str
    properties: dict[str, object]
    operation: str
    action: str
    resource: NotRequired[str]
    """As narrow as it could be known beforehand; `make accuracy` reads it."""
    link: str
    quote: str
    lesson: str


INCIDENTS: list[Incident] = json.loads((Path(__file__).parent / "incidents.json").read_text(encoding="utf-8"))
HERE = Environment("aws", "eu-west-1", "123456789012", "app")
ELSEWHERE = "arn:aws:none:us-east-1:999999999999:none/*"

OPERATIONS = {
    "create": {Operation.CREATE},
    "read": {Operation.CREATE, Operation.UPDATE},  # what is read in a deployment, not back
    "update": {Operation.UPDATE},
    "delete": {Operation.DELETE},
    "tag": {Operation.CREATE, Operation.UPDATE},
    "rollback": {Operation.DELETE, Operation.UPDATE},  # of a creation, of an update
}

ADVISORY = {
    ("AWS::CloudFormation::Stack", "iam:PassRole"): "asked for only if the parent stack is deployed with a role",
    ("AWS::CloudFront::Distribution", "iam:CreateServiceLinkedRole"): "only the first in an account makes the role",
    ("AWS::CloudWatch::Alarm", "iam:CreateServiceLinkedRole"): "only the first in an account makes the role",
    ("AWS::ECS::Cluster", "iam:CreateServiceLinkedRole"): "only the first in an account makes the role",
}
"""The incidents whose call no template can show to be made, with the reason."""


def _is_advisory(incident: Incident) -> bool:
    return (incident["type"], incident["action"]) in ADVISORY


def _prove(incident: Incident, role: Role) -> Proof:
    kind, properties = incident["type"], incident["properties"]
    template = (
        {"Parameters": {"Thing": {"Type": kind, **properties}}, "Resources": {"Other": {"Type": "AWS::CDK::Metadata"}}}
        if kind.startswith("AWS::SSM::Parameter::Value")
        else {"Resources": {"Thing": {"Type": kind, "Properties": properties}}}
    )
    return prove(role, [_resolved(json.dumps(template))], stack_tags=incident["operation"] == "tag", on_change=True)


@cache
def _resolved(template: str) -> ResolvedTemplate:
    return resolve(parse(template, "app.json"), HERE)


def _without(incident: Incident, resource: str | None = None) -> Proof:
    """The proof of a role that has all but the refused action, or has it on `resource` alone."""
    needed = _needed(json.dumps(incident))
    return _prove(incident, _role([(a, "*" if a != incident["action"] else resource) for a in needed]))


@cache
def _needed(incident: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(need.action for need in _prove(json.loads(incident), _role([])).needs))


def _role(granted: list[tuple[str, str | None]]) -> Role:
    allowed = [{"Effect": "Allow", "Action": a, "Resource": r} for a, r in granted if r is not None]
    nothing = {"Effect": "Deny", "Action": "none:None", "Resource": "*"}
    return role_of_policy({"Version": "2012-10-17", "Statement": [*allowed, nothing]}, "role")


PASSED_TO_EC2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def _names(incidents: list[Incident]) -> list[str]:
    return [f"{incident['type']} {incident['operation']} {incident['action']}" for incident in incidents]


REQUIRED = [incident for incident in INCIDENTS if not _is_advisory(incident)]


@pytest.mark.parametrize("resource", [None, ELSEWHERE], ids=["not granted", "granted elsewhere"])
@pytest.mark.parametrize("incident", REQUIRED, ids=_names(REQUIRED))
def test_what_was_refused_is_missing(incident: Incident, resource: str | None):
    proof = _without(incident, resource)
    missing = proof.of(Kind.MISSING)
    assert {finding.action for finding in missing} == {incident["action"]}
    assert {finding.subject and finding.subject.name for finding in missing} == {"Thing"}
    assert {finding.need and finding.need.operation for finding in missing} & OPERATIONS[incident["operation"]]
    assert all(finding.resource == f"{STACK} Thing" for finding in proof.of(Kind.UNKNOWN))  # a template not read


@pytest.mark.parametrize("incident", REQUIRED, ids=_names(REQUIRED))
def test_with_it_nothing_is_missing(incident: Incident):
    assert not _without(incident, "*").of(Kind.MISSING)


PASSED = [incident for incident in REQUIRED if incident["action"] == "iam:PassRole"]


@pytest.mark.parametrize("incident", PASSED, ids=_names(PASSED))
def test_a_role_that_may_be_passed_to_another_service_only_is_missing(incident: Incident):
    """The key is sent with another service's name, or is not sent at all (App Runner, subscription filters)."""
    allowed = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": PASSED_TO_EC2}
    role = role_of_policy({"Version": "2012-10-17", "Statement": allowed}, "role")
    passing = [finding for finding in _prove(incident, role).of(Kind.MISSING) if finding.action == "iam:PassRole"]
    assert passing
    assert all(finding.message.endswith("allows it under another condition") for finding in passing)


@pytest.mark.parametrize("incident", REQUIRED, ids=_names(REQUIRED))
def test_what_is_missing_without_more_is_required(incident: Incident):
    """A change's calls are told apart: whoever only creates and deletes is not told that they are missing."""
    tiers = {
        need.tier
        for need in _prove(incident, _role([])).needs
        if need.action == incident["action"] and need.operation in OPERATIONS[incident["operation"]]
    }
    on_change = incident["operation"] == "update" or (
        incident["operation"] == "rollback" and Tier.REQUIRED not in tiers
    )
    assert (Tier.ON_CHANGE if on_change else Tier.REQUIRED) in tiers


def test_what_may_be_called_is_advisory():
    advisory = [incident for incident in INCIDENTS if _is_advisory(incident)]
    assert len(advisory) == len(ADVISORY)
    for incident in advisory:
        proof = _without(incident)
        assert not proof.of(Kind.MISSING)
        refused = {(need.action, need.tier) for need, witness in proof.refused.items() if witness}
        assert refused == {(incident["action"], Tier.ADVISORY)}


def test_there_are_many_and_each_has_a_link():
    assert len(REQUIRED) >= 120
    assert all(incident["link"].startswith("https://") for incident in INCIDENTS)

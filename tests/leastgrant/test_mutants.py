"""Mutants of the deploy role, its trust and its app: each must be caught by a finding of a fitting kind.

The pair in `samples/` is proved without a finding. Each mutant changes one thing. What is not caught is in
`EQUIVALENT`, with the reason; a line there that hides a caught mutant, or none, fails too. With `pytest -s` the table
is printed.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.needs import Use
from leastgrant.proof.prove import prove
from leastgrant.proof.trust import Trusted
from leastgrant.role import role_of_template
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve
from tests.json_values import is_array, is_object

SAMPLES = Path(__file__).parent / "samples"
APP: dict[str, Any] = json.loads((SAMPLES / "app.json").read_text(encoding="utf-8"))
ROLE: dict[str, Any] = json.loads((SAMPLES / "role.json").read_text(encoding="utf-8"))
ROLE_ID = "GitHubActionsDeployRole"

PLACE = "eu-west-1:817685572750"
STACK = f"arn:aws:cloudformation:{PLACE}:stack/dataops-v1/*"
BUCKET = "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-dgwncwijmnpd"
TABLES = f"arn:aws:dynamodb:{PLACE}:table/dataops-v1-"
WORK_ENGINE = f"arn:aws:lambda:{PLACE}:function:dataops-v1-WorkEngineFunction-*"
DOCS_APP = f"arn:aws:lambda:{PLACE}:function:dataops-v1-DocsFullAppFunction-*"
SECRET = f"arn:aws:secretsmanager:{PLACE}:secret:dataops-v1/work-engine/portal-secret-*"
ROLES = [f"arn:aws:iam::817685572750:role/dataops-v1-{name}FunctionRole-*" for name in ("DocsFullApp", "WorkEngine")]


def _use(name: str, actions: str, *resources: str) -> Use:
    return Use(name, f"what {name} does", tuple(actions.split()), tuple(map(Pattern.parse, resources)))


USES = (
    _use(
        "deploy",
        """cloudformation:CreateChangeSet cloudformation:DeleteChangeSet cloudformation:DescribeChangeSet
        cloudformation:DescribeEvents cloudformation:DescribeStackEvents cloudformation:DescribeStacks
        cloudformation:ExecuteChangeSet cloudformation:GetTemplate""",
        STACK,
    ),
    _use("upload", "s3:GetBucketLocation s3:GetEncryptionConfiguration s3:ListBucket", BUCKET),
    _use("upload", "s3:PutObject", f"{BUCKET}/dataops-v1/*"),
    _use("rollback", "s3:GetObject", f"{BUCKET}/*"),
    _use("seed", "dynamodb:GetItem dynamodb:PutItem dynamodb:Scan", f"{TABLES}users", f"{TABLES}templates"),
    _use("seed", "dynamodb:PutItem dynamodb:Scan dynamodb:UpdateItem", f"{TABLES}tasks"),
    _use("smoke", "lambda:InvokeFunction", WORK_ENGINE),
    _use("smoke", "secretsmanager:GetSecretValue", SECRET),
)
NAMESPACES = [
    Pattern.parse(arn)
    for arn in (
        *(STACK, f"arn:aws:events:{PLACE}:rule/dataops-v1-*", f"{TABLES}*", "arn:aws:s3:::dataops-v1-*", SECRET),
        *(BUCKET, f"{BUCKET}/*", WORK_ENGINE, DOCS_APP, *ROLES),
    )
]


def _resolved(template: dict[str, Any], stack: str) -> ResolvedTemplate:
    place = Environment("aws", "eu-west-1", "817685572750", stack)
    return resolve(parse(json.dumps(template), f"{stack}.json"), place)


_APP = _resolved(APP, "dataops-v1")


TRUSTED = Trusted(
    "arn:aws:iam::817685572750:oidc-provider/token.actions.githubusercontent.com",
    audiences=("sts.amazonaws.com",),
    subjects=("repo:DataTalksClub/dataops:ref:refs/heads/main",),
)


def findings(role: dict[str, Any] = ROLE, app: dict[str, Any] | None = None) -> tuple[Finding, ...]:
    granted = role_of_template(_resolved(role, "dataops-v1-github-actions"))
    deployed = _APP if app is None else _resolved(app, "dataops-v1")
    return prove(granted, [deployed], uses=USES, namespaces=NAMESPACES, trusted=TRUSTED, on_change=True).findings


ACCEPTED = {
    "lambda-code",
    "lambda-layer",
    "lambda-permission",
    "pass-lambda-function",
    "pass-lambda-role",
    "role-inline-policy",
    "role-trust",
}
"""The ways to more permissions that remain: who deploys a function and its role can do what that role can."""


def test_the_pair_is_proved():
    assert {(finding.kind, finding.resource) for finding in findings()} == {(Kind.ESCALATION, way) for way in ACCEPTED}


# Mutants


@dataclass(frozen=True)
class Mutant:
    """A name, and the template with the change in it: the role's or the app's."""

    name: str
    role: dict[str, Any] | None = None
    app: dict[str, Any] | None = None


def _policy(role: dict[str, Any]) -> list[dict[str, Any]]:
    (policy,) = role["Resources"][ROLE_ID]["Properties"]["Policies"]
    return policy["PolicyDocument"]["Statement"]


STATEMENTS = _policy(ROLE)


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _with(number: int, **members: Any) -> dict[str, Any]:
    """The role with members of one statement changed; one that would have no action or resource is left out."""
    role = deepcopy(ROLE)
    statements = _policy(role)
    statements[number] |= members
    if [] in members.values():
        del statements[number]
    return role


def _each(member: str) -> Iterator[tuple[int, str, list[str], str]]:
    """Each action or resource: its statement's number and id, the other values, and itself."""
    for number, statement in enumerate(STATEMENTS):
        values = _list(statement[member])
        for value in values:
            yield number, statement["Sid"], [other for other in values if other != value], value


def action_removed() -> Iterator[Mutant]:
    for number, sid, others, action in _each("Action"):
        yield Mutant(f"{sid} {action}", _with(number, Action=others))


def action_added() -> Iterator[Mutant]:
    for number, statement in enumerate(STATEMENTS):
        actions = _list(statement["Action"])
        service = actions[0].partition(":")[0]
        unused = next(str(a) for a in authorization.actions(service) if str(a) not in _used())
        for extra in (unused, "iam:CreateUser", "sts:AssumeRole", "kms:Decrypt"):
            yield Mutant(f"{statement['Sid']} {extra}", _with(number, Action=[*actions, extra]))


def _used() -> set[str]:
    return {action for statement in STATEMENTS for action in _list(statement["Action"])}


def action_widened() -> Iterator[Mutant]:
    for number, sid, others, action in _each("Action"):
        service, _, name = action.partition(":")
        verb = name[: next((i for i, letter in enumerate(name) if i and letter.isupper()), len(name))]
        wider = f"{service}:{verb}*"
        yield Mutant(f"{sid} {action} -> {wider}", _with(number, Action=[*others, wider]))
    for number, statement in enumerate(STATEMENTS):
        service = _list(statement["Action"])[0].partition(":")[0]
        for wider in (f"{service}:*", "*"):
            yield Mutant(f"{statement['Sid']} {wider}", _with(number, Action=wider))


def action_turned() -> Iterator[Mutant]:
    for number, statement in enumerate(STATEMENTS):
        role = _with(number, NotAction=statement["Action"])
        del _policy(role)[number]["Action"]
        yield Mutant(f"{statement['Sid']} NotAction", role)
        for action in _list(statement["Action"])[:1]:
            role = deepcopy(ROLE)
            _policy(role).append({**statement, "Effect": "Deny", "Action": action, "Sid": "Denied"})
            yield Mutant(f"{statement['Sid']} {action} denied", role)


def resource_removed() -> Iterator[Mutant]:
    for number, sid, others, resource in _each("Resource"):
        yield Mutant(f"{sid} {resource}", _with(number, Resource=others))


def resource_narrowed() -> Iterator[Mutant]:
    for number, sid, others, resource in _each("Resource"):
        narrower = f"arn:aws:secretsmanager:{PLACE}:secret:*" if resource == "*" else f"{resource.rstrip('*')}0*"
        yield Mutant(f"{sid} {resource} -> {narrower}", _with(number, Resource=[*others, narrower]))


def resource_widened() -> Iterator[Mutant]:
    for number, sid, others, resource in _each("Resource"):
        if resource == "*":
            continue
        arn, partition, service, region, account, name = resource.split(":", 5)
        wider = {
            "everything": "*",
            "partition": ":".join((arn, "*", service, region, account, name)),
            "service": ":".join((arn, partition, "*", region, account, name)),
            "region": ":".join((arn, partition, service, "*", account, name)),
            "account": ":".join((arn, partition, service, region, "*", name)),
            "prefix": ":".join((arn, partition, service, region, account, _shorter(name))),
            "end": f"{resource.rstrip('*-')}*",
        }
        for part, pattern in wider.items():
            if pattern != resource:
                yield Mutant(f"{sid} {resource} {part}", _with(number, Resource=[*others, pattern]))


def _shorter(name: str) -> str:
    """A name with its end, from the stack's name on, left open."""
    for known in ("dataops-v1", "aws-sam-cli"):
        before, found, _ = name.partition(known)
        if found:
            return f"{before}{found[:-1]}*"
    raise ValueError(name)


def resource_turned() -> Iterator[Mutant]:
    for number, statement in enumerate(STATEMENTS):
        if statement["Resource"] != "*":
            role = _with(number, NotResource=statement["Resource"])
            del _policy(role)[number]["Resource"]
            yield Mutant(f"{statement['Sid']} NotResource", role)


def condition_weakened() -> Iterator[Mutant]:
    for number, sid, condition in _conditions():
        ((operator, tests),) = condition.items()
        ((key, values),) = tests.items()
        yield Mutant(f"{sid} without it", _with(number, Condition={}))
        yield Mutant(f"{sid} IfExists", _with(number, Condition={f"{operator}IfExists": tests}))
        for more in ("ec2.amazonaws.com", "arn:aws:iam::aws:policy/AdministratorAccess"):
            yield Mutant(f"{sid} or {more}", _with(number, Condition={operator: {key: [*_list(values), more]}}))
        like = {"StringEquals": "StringLike", "ArnEquals": "ArnLike"}[operator]
        wide = {"StringEquals": "*.amazonaws.com", "ArnEquals": "arn:aws:iam::aws:policy/*"}[operator]
        yield Mutant(f"{sid} like {wide}", _with(number, Condition={like: {key: wide}}))


def condition_strengthened() -> Iterator[Mutant]:
    for number, sid, condition in _conditions():
        ((operator, tests),) = condition.items()
        ((key, _),) = tests.items()
        yield Mutant(f"{sid} another value", _with(number, Condition={operator: {key: "arn:aws:none:::none"}}))
    for number, statement in enumerate(STATEMENTS):
        more = {**statement.get("Condition", {}), "Bool": {"aws:MultiFactorAuthPresent": "true"}}
        yield Mutant(f"{statement['Sid']} and MFA", _with(number, Condition=more))


def _conditions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, statement in enumerate(STATEMENTS):
        if "Condition" in statement:
            yield number, statement["Sid"], statement["Condition"]


def app_resource_removed() -> Iterator[Mutant]:
    for name in APP["Resources"]:
        app = deepcopy(APP)
        del app["Resources"][name]
        yield Mutant(name, app=_without_references(app, name))


def app_resource_added() -> Iterator[Mutant]:
    for name, resource in APP["Resources"].items():
        app = deepcopy(APP)
        app["Resources"]["Added"] = deepcopy(resource)
        _rename(app["Resources"]["Added"])
        yield Mutant(name, app=app)
    for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::KMS::Key", "AWS::EC2::VPC", "AWS::No::Such"):
        app = deepcopy(APP)
        app["Resources"]["Added"] = {"Type": kind}
        yield Mutant(kind, app=app)


def app_resource_renamed() -> Iterator[Mutant]:
    for name in APP["Resources"]:
        app = json.loads(json.dumps(APP).replace(f'"{name}"', '"Renamed"'))
        _rename(app["Resources"]["Renamed"])
        yield Mutant(name, app=app)


_NAMES = {"AWS::DynamoDB::Table": "TableName", "AWS::SecretsManager::Secret": "Name"}


def _rename(resource: dict[str, Any]) -> None:
    if resource["Type"] in _NAMES:
        resource["Properties"][_NAMES[resource["Type"]]] = "renamed"


def _without_references(value: Any, name: str) -> Any:
    if is_object(value):
        if value.get("Ref") == name or value.get("Fn::GetAtt", [None])[0] == name:
            return "arn:aws:gone:::gone"
        return {key: _without_references(item, name) for key, item in value.items()}
    return [_without_references(item, name) for item in value if item != name] if is_array(value) else value


def app_property_set() -> Iterator[Mutant]:
    changes: tuple[tuple[str, str, Any], ...] = (
        ("DataOpsTasksTable", "TimeToLiveSpecification", {"AttributeName": "ttl", "Enabled": True}),
        ("DataOpsTasksTable", "KinesisStreamSpecification", {"StreamArn": f"arn:aws:kinesis:{PLACE}:stream/a"}),
        ("DataOpsTasksTable", "ResourcePolicy", {"PolicyDocument": {}}),
        ("DataOpsExportArchiveBucket", "CorsConfiguration", {"CorsRules": []}),
        ("DataOpsExportArchiveBucket", "NotificationConfiguration", {"EventBridgeConfiguration": {}}),
        ("WorkEngineFunction", "VpcConfig", {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}),
        ("WorkEngineFunction", "Layers", [f"arn:aws:lambda:{PLACE}:layer:a:1"]),
        ("WorkEngineFunction", "KmsKeyArn", f"arn:aws:kms:{PLACE}:key/a"),
        ("WorkEngineFunction", "Role", "arn:aws:iam::817685572750:role/another"),
        ("WorkEngineFunctionDailyWorkEngineCron", "EventBusName", "orders"),
        ("WorkEngineFunctionDailyWorkEngineCron", "RoleArn", "arn:aws:iam::817685572750:role/another"),
        ("WorkEngineFunctionRole", "PermissionsBoundary", "arn:aws:iam::817685572750:policy/boundary"),
        ("WorkEngineFunctionRole", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
        ("WorkEngineFunctionRole", "Path", "/team/"),
        ("WorkEnginePortalSecret", "KmsKeyId", "alias/a"),
        ("WorkEnginePortalSecret", "ReplicaRegions", [{"Region": "us-east-1"}]),
    )
    for name, path, value in changes:
        app = deepcopy(APP)
        app["Resources"][name]["Properties"][path] = value
        yield Mutant(f"{name} {path}", app=app)


def trust_weakened() -> Iterator[Mutant]:
    (statement,) = ROLE["Resources"][ROLE_ID]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    claims = statement["Condition"]["StringEquals"]
    host = "token.actions.githubusercontent.com"
    aud, sub = claims[f"{host}:aud"], claims[f"{host}:sub"]
    conditions: dict[str, dict[str, Any]] = {
        "without conditions": {},
        "without audience": {"StringEquals": {f"{host}:sub": sub}},
        "without subject": {"StringEquals": {f"{host}:aud": aud}},
        "audience or another": {"StringEquals": {f"{host}:aud": [aud, "other"], f"{host}:sub": sub}},
        "audience like": {"StringEquals": {f"{host}:sub": sub}, "StringLike": {f"{host}:aud": "sts*"}},
        "audience if it exists": {"StringEquals": {f"{host}:sub": sub}, "StringEqualsIfExists": {f"{host}:aud": aud}},
        "subject or another": {"StringEquals": {f"{host}:aud": aud, f"{host}:sub": [sub, f"{sub}2"]}},
        "subject if it exists": {"StringEquals": {f"{host}:aud": aud}, "StringEqualsIfExists": {f"{host}:sub": sub}},
        "subject in any case": {"StringEquals": {f"{host}:aud": aud}, "StringEqualsIgnoreCase": {f"{host}:sub": sub}},
        "subject not one": {"StringEquals": {f"{host}:aud": aud}, "StringNotEquals": {f"{host}:sub": "repo:a/b:c"}},
        "subject of any value": {
            "StringEquals": {f"{host}:aud": aud},
            "ForAllValues:StringEquals": {f"{host}:sub": sub},
        },
    }
    for part, wider in (
        ("branch", sub.replace("main", "*")),
        ("end", f"{sub}*"),
        ("context", sub.replace("ref:refs/heads/main", "*")),
        ("repository", sub.replace("/dataops:", "/*:")),
        ("repository's end", sub.replace("/dataops:", "/dataops*:")),
        ("owner", sub.replace("DataTalksClub/", "*/")),
        ("anything", "*"),
    ):
        like = {"StringEquals": {f"{host}:aud": aud}, "StringLike": {f"{host}:sub": wider}}
        conditions[f"subject like {part}"] = like
    members: dict[str, dict[str, Any]] = {name: {"Condition": condition} for name, condition in conditions.items()}
    members |= {
        "another branch": {"Condition": {"StringEquals": {f"{host}:aud": aud, f"{host}:sub": f"{sub}2"}}},
        "another audience": {"Condition": {"StringEquals": {f"{host}:aud": "other", f"{host}:sub": sub}}},
        "any principal": {"Principal": "*"},
        "any provider": {"Principal": {"Federated": "*"}},
        "another provider": {"Principal": {"Federated": "arn:aws:iam::817685572750:oidc-provider/other"}},
        "a provider more": {"Principal": {"Federated": [TRUSTED.provider, "arn:aws:iam::1:oidc-provider/other"]}},
        "an account more": {"Principal": {"Federated": TRUSTED.provider, "AWS": "817685572750"}},
        "a service more": {"Principal": {"Federated": TRUSTED.provider, "Service": "ec2.amazonaws.com"}},
        "any action": {"Action": "sts:*"},
        "another action": {"Action": "sts:AssumeRole"},
        "an action more": {"Action": [statement["Action"], "sts:TagSession"]},
        "denied": {"Effect": "Deny"},
    }
    for name, changed in members.items():
        role = deepcopy(ROLE)
        policy = role["Resources"][ROLE_ID]["Properties"]["AssumeRolePolicyDocument"]
        policy["Statement"][0] |= changed
        yield Mutant(name, role)


# What catches them


GRANTED = {Kind.EXCESS, Kind.BROAD, Kind.ESCAPE}
CLASSES: dict[str, tuple[Callable[[], Iterator[Mutant]], set[Kind]]] = {
    "an action is removed": (action_removed, {Kind.MISSING}),
    "an action is added": (action_added, {Kind.EXCESS}),
    "an action becomes a wildcard": (action_widened, {Kind.EXCESS}),
    "an action is denied, or all others allowed": (action_turned, {Kind.MISSING}),
    "a resource is removed": (resource_removed, {Kind.MISSING}),
    "a resource is narrowed": (resource_narrowed, {Kind.MISSING}),
    "a resource is widened": (resource_widened, {Kind.BROAD, Kind.ESCAPE}),
    "all other resources are allowed": (resource_turned, {Kind.MISSING, Kind.ESCAPE}),
    "a condition is weakened": (condition_weakened, {Kind.BROAD, Kind.ESCALATION}),
    "a condition is strengthened": (condition_strengthened, {Kind.MISSING}),
    "the trust is changed": (trust_weakened, {Kind.TRUST}),
    "a resource of the app is removed": (app_resource_removed, GRANTED),
    "a resource of the app is added": (app_resource_added, {Kind.MISSING, Kind.UNKNOWN}),
    "a resource of the app is renamed": (app_resource_renamed, {Kind.MISSING}),
    "a property of the app is set": (app_property_set, {Kind.MISSING}),
}

TAGS = "the resources have no tags, nor has the stack"
READ = "read back: the deployment survives it"
SAME = "it stands for no other action that IAM knows"
NAMESPACE = "the role is for all that the stack may own, and it may own one more or one less of these"
OF_FUNCTION = "a permission or URL has no name: it is made on the function, which is there"
WEB = "the statement allows AssumeRoleWithWebIdentity alone, which such a principal cannot call"

EQUIVALENT: dict[str, dict[str, str]] = {
    "an action is removed": {
        "DataOpsExportArchiveBucket s3:Get*": READ,
        "DataOpsExportArchiveBucket s3:ListBucket": READ,
        "EventBridgeDataOpsRules events:ListTagsForResource": READ,
        "EventBridgeDataOpsRules events:ListTargetsByRule": READ,
        "LambdaDataOpsFunction lambda:ListTags": TAGS,
        "LambdaDataOpsFunction lambda:UntagResource": TAGS,
        "EventBridgeDataOpsRules events:UntagResource": TAGS,
        "IamDataOpsFunctionRole iam:*[Tt]ag*": TAGS,
        "IamDataOpsFunctionRole iam:ListAttachedRolePolicies": "public roles without it delete roles with policies",
    },
    "an action becomes a wildcard": {
        "* *:TagResource -> *:Tag[*]": SAME,
        "* *:UntagResource -> *:Untag[*]": SAME,
        "* dynamodb:Scan -> *": SAME,
        "* iam:PassRole -> *": SAME,
        "* secretsmanager:CreateSecret -> *": SAME,
        "* secretsmanager:DescribeSecret -> *": SAME,
    },
    "a resource is widened": {
        "ArtifactUpload * prefix": "the bucket is declared as a namespace as a whole",
        "DynamoDb*Seed */dataops-v1-* end": "the tables are declared as a namespace as a whole",
    },
    "the trust is changed": {"an account more": WEB, "a service more": WEB},
    "a resource of the app is removed": {
        "DataOps*Table": NAMESPACE,
        "WorkEngineFunctionDailyWorkEngine*": NAMESPACE,
        "DocsFullAppFunctionU*Public*": "another permission of the same function remains",
    },
    "a resource of the app is added": {
        "DataOpsExportArchiveBucket": NAMESPACE,
        "WorkEngineFunctionDailyWorkEngine*": NAMESPACE,
        "DocsFullAppFunctionU*": OF_FUNCTION,
    },
    "a resource of the app is renamed": {
        "DataOpsExportArchiveBucket": NAMESPACE,
        "WorkEngineFunctionDailyWorkEngine*": NAMESPACE,
        "DocsFullAppFunctionU*": OF_FUNCTION,
    },
}
"""For each class the names (with wildcards) of the mutants that nothing catches, and why nothing need catch them."""


@cache
def baseline() -> set[str]:
    return {finding.message for finding in findings()}


def _is_caught(mutant: Mutant, kinds: set[Kind]) -> bool:
    try:
        found = findings(mutant.role or ROLE, mutant.app)
    except PolicyError:  # a policy that IAM would refuse
        return True
    return any(finding.kind in kinds and finding.message not in baseline() for finding in found)


Table = dict[str, tuple[int, int]]
"""For each class how many mutants are caught, of how many."""


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """The rows of the table, which is printed at the end."""
    rows: Table = {}
    yield rows
    rows["in all"] = (sum(caught for caught, _ in rows.values()), sum(total for _, total in rows.values()))
    print(f"\n{'mutant':<44}{'caught':>8}{'equivalent':>12}{'in all':>8}")
    for name, (caught, total) in rows.items():
        print(f"{name:<44}{caught:>8}{total - caught:>12}{total:>8}")


CHECKS = {
    "refusals": {Kind.MISSING},
    "granted": GRANTED,
    "excess": {Kind.EXCESS},
    "broad": {Kind.BROAD},
    "escapes": {Kind.ESCAPE},
    "paths": {Kind.ESCALATION},
    "others_trusted": {Kind.TRUST},
}
"""The checks of a proof, each with the kinds of what it finds."""


def nothing(*_: object) -> dict[object, object]:
    return {}


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], dict[str, bool]]:
    """Every so many-th mutant of a class, with whether it is caught."""

    def each(name: str, step: int) -> dict[str, bool]:
        mutate, kinds = CLASSES[name]
        for check, finds in CHECKS.items():
            if not finds & kinds:  # most of the work, for findings that would not count here
                monkeypatch.setattr(f"leastgrant.proof.prove.{check}", nothing)
        return {mutant.name: _is_caught(mutant, kinds) for mutant in islice(mutate(), 0, None, step)}

    return each


@pytest.mark.parametrize("name", CLASSES)
def test_mutants_are_caught(name: str, caught: Callable[[str, int], dict[str, bool]]):
    """Of every class some; `make test-slow` has them all."""
    reasons = EQUIVALENT.get(name, {})
    missed = [mutant for mutant, is_caught in caught(name, 6).items() if not is_caught]
    assert [mutant for mutant in missed if not any(fnmatchcase(mutant, pattern) for pattern in reasons)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CLASSES)
def test_every_mutant_is_caught_or_excused(name: str, table: Table, caught: Callable[[str, int], dict[str, bool]]):
    found = caught(name, 1)
    reasons = EQUIVALENT.get(name, {})
    excused = {mutant: [pattern for pattern in reasons if fnmatchcase(mutant, pattern)] for mutant in found}
    assert [mutant for mutant in found if not found[mutant] and not excused[mutant]] == []
    assert [mutant for mutant in found if found[mutant] and excused[mutant]] == []
    assert set(reasons) == {pattern for patterns in excused.values() for pattern in patterns}
    table[name] = (sum(found.values()), len(found))

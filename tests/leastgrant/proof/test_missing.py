"""A need is covered if it is granted whole, in each context it may have, after denies and the boundary."""

from typing import Any

import pytest

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Request, evaluate
from leastgrant.iam.inclusion import Witness
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.missing import least_statement, missing, refusals
from leastgrant.proof.needs import Need, Operation, Subject
from leastgrant.proof.request import Known
from leastgrant.role import Role

QUEUES = "arn:aws:sqs:eu-west-1:123456789012:"
ROLE = "arn:aws:iam::123456789012:role/task"
TASKS = {"iam:passedtoservice": ("ecs-tasks.amazonaws.com",)}
BATCH = {"iam:passedtoservice": ("batch.amazonaws.com",)}


def need(action: str, resource: str, *contexts: dict[str, tuple[str, ...]], **changes: Any) -> Need:
    about: dict[str, Any] = {"operation": Operation.CREATE, "tier": Tier.REQUIRED, "trigger": None, **changes}
    subject = Subject("Jobs", "app", "AWS::SQS::Queue")
    return Need(
        action, Pattern.parse(resource), subject=subject, reason="r", source="s", contexts=contexts or ({},), **about
    )


def known(**keys: str) -> Known:
    return Known(tuple((key, ((Pattern.literal(value),),)) for key, value in keys.items()))


def statement(action: str, resource: object, effect: str = "Allow", **others: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": resource, **others}


def document(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def messages(wanted: Need, *statements: dict[str, object], boundary: dict[str, object] | None = None) -> list[str]:
    limit = None if boundary is None else parse_policy(document(boundary), "boundary")
    role = Role("Deploy", (parse_policy(document(*statements), "p"),), boundary=limit)
    found = missing(refusals([wanted], role.permissions), role, least_statement)
    return [finding.message for finding in found]


CREATE = need("sqs:CreateQueue", f"{QUEUES}app-Jobs-*")
WILL_FAIL = f"creating `Jobs` will fail: Deploy may not sqs:CreateQueue on {QUEUES}app-Jobs-*"
PASS = f"creating `Jobs` will fail: Deploy may not iam:PassRole on {ROLE}"
TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@pytest.mark.parametrize(
    "granted",
    [
        statement("sqs:CreateQueue", f"{QUEUES}app-*"),
        statement("SQS:Create*", "*"),
        {"Effect": "Allow", "NotAction": "iam:*", "NotResource": f"{QUEUES}other-*"},
    ],
)
def test_a_need_that_is_granted_whole_is_covered(granted: dict[str, object]):
    assert messages(CREATE, granted) == []


@pytest.mark.parametrize(
    ("statements", "boundary", "message"),
    [
        # nothing grants it, or not there: the sentence is enough
        ([statement("sqs:DeleteQueue", "*")], None, WILL_FAIL),
        ([statement("sqs:CreateQueue", f"{QUEUES}another-*")], None, WILL_FAIL),
        # some of it is granted: which is not?
        (
            [statement("sqs:CreateQueue", f"{QUEUES}app-Jobs-x*")],
            None,
            f"{WILL_FAIL}, for example on {QUEUES}app-Jobs-",
        ),
        (
            [{"Effect": "Allow", "Action": "sqs:*", "NotResource": f"{QUEUES}app-Jobs-1"}],
            None,
            f"{WILL_FAIL}, for example on {QUEUES}app-Jobs-1",
        ),
        (
            [statement("*", "*"), statement("sqs:*", f"{QUEUES}*-2", "Deny", Sid="NotTheSecond")],
            None,
            f"{WILL_FAIL}, for example on {QUEUES}app-Jobs-2: p.Statement[1] (NotTheSecond) denies it",
        ),
        (
            [statement("*", "*", Sid="All")],
            statement("s3:*", "*"),
            (f"{WILL_FAIL}, for example on {QUEUES}app-Jobs-: p.Statement[0] (All) allows it, but the permissions "
            "boundary does not"),
        ),
        (
            [statement("sqs:*", "*", Condition={"StringEquals": {"aws:RequestTag/team": "a"}})],
            None,
            f"{WILL_FAIL} when aws:requesttag/team absent: p.Statement[0] allows it under another condition",
        ),
    ],
)  # fmt: skip
def test_a_need_that_is_not_granted_whole_is_missing(
    statements: list[dict[str, object]], boundary: dict[str, object] | None, message: str
):
    assert messages(CREATE, *statements, boundary=boundary) == [message]


def test_what_is_one_resource_needs_no_example():
    one = need("sqs:CreateQueue", f"{QUEUES}app")
    assert messages(one, statement("*", "*"), statement("sqs:*", "*", "Deny", Sid="None")) == [
        f"creating `Jobs` will fail: Deploy may not sqs:CreateQueue on {QUEUES}app: p.Statement[1] (None) denies it"
    ]


def test_the_context_counts():
    grant = statement("iam:PassRole", ROLE, Condition=TO_TASKS, Sid="Pass")
    assert messages(need("iam:PassRole", ROLE, TASKS), grant) == []
    assert messages(need("iam:PassRole", ROLE, BATCH), grant) == [
        f"{PASS} when iam:passedtoservice batch.amazonaws.com: p.Statement[0] (Pass) allows it under another condition"
    ]


def test_of_contexts_that_it_may_have_every_one_counts():
    either = need("iam:PassRole", ROLE, TASKS, BATCH)
    assert len(messages(either, statement("iam:PassRole", ROLE, Condition=TO_TASKS))) == 1
    assert messages(either, statement("iam:PassRole", ROLE)) == []


HERE = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
ELSEWHERE = {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}


def test_the_region_that_a_call_is_sent_to_is_known():
    here = need("sqs:CreateQueue", f"{QUEUES}app-Jobs-*", known=known(**{"aws:requestedregion": "eu-west-1"}))
    there = need("sqs:CreateQueue", f"{QUEUES}app-Jobs-*", known=known(**{"aws:requestedregion": "us-east-1"}))
    assert messages(here, statement("sqs:*", "*", Condition=HERE)) == []
    assert messages(here, statement("sqs:*", "*"), statement("*", "*", "Deny", Condition=ELSEWHERE)) == []
    assert len(messages(CREATE, statement("sqs:*", "*", Condition=HERE))) == 1
    assert len(messages(there, statement("sqs:*", "*", Condition=HERE))) == 1
    assert len(messages(there, statement("sqs:*", "*"), statement("*", "*", "Deny", Condition=ELSEWHERE))) == 1


def test_keys_that_are_known_may_be_compared_with_each_other():
    mine = {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    accounts = known(**{"aws:resourceaccount": "123456789012", "aws:principalaccount": "123456789012"})
    here = need("sqs:CreateQueue", f"{QUEUES}app-Jobs-*", known=accounts)
    assert messages(here, statement("sqs:*", "*", Condition=mine)) == []


def test_what_stands_in_the_way_is_to_be_mended():
    denied = Role("Deploy", (parse_policy(document(statement("sqs:*", "*"), statement("*", "*", "Deny")), "p"),))
    limit = parse_policy(document(statement("s3:*", "*")), "boundary")
    limited = Role("Deploy", (parse_policy(document(statement("sqs:*", "*")), "p"),), boundary=limit)
    fixes = [
        finding.fix
        for role in (denied, limited)
        for finding in missing(refusals([CREATE], role.permissions), role, least_statement)
    ]
    assert fixes == ["leave it out of what p.Statement[1] denies", "allow it in the permissions boundary"]


def test_an_advisory_need_is_refused_and_not_missing():
    wanted = need("sqs:CreateQueue", "*", tier=Tier.ADVISORY)
    role = Role("Deploy", ())
    refused = refusals([wanted], role.permissions)
    assert refused[wanted] is not None
    assert list(missing(refused, role, least_statement)) == []


def test_what_triggers_a_call_and_what_it_is_for_are_said():
    wanted = need("sqs:DeleteQueue", QUEUES + "q", operation=Operation.ROLLBACK, trigger="RedrivePolicy")
    assert messages(wanted, statement("s3:GetObject", "*")) == [
        (
            f"rolling back the creation of `Jobs` will fail (RedrivePolicy is set): Deploy may not sqs:DeleteQueue on "
            f"{QUEUES}q"
        )
    ]


def test_the_mend_is_the_least_statement():
    assert least_statement(CREATE) == f'allow "sqs:CreateQueue" on "{QUEUES}app-Jobs-*"'
    assert least_statement(need("iam:PassRole", ROLE, TASKS, BATCH)) == (
        f'allow "iam:PassRole" on "{ROLE}" with "iam:passedtoservice": "ecs-tasks.amazonaws.com or batch.amazonaws.com"'
    )


def test_an_action_without_resource_types_is_missing_on_a_star():
    wanted = need("kms:ListAliases", "${*}")
    (message,) = messages(wanted, statement("kms:ListAliases", "arn:aws:kms:eu-west-1:123456789012:alias/a"))
    assert "may not kms:ListAliases on *" in message
    assert messages(wanted, statement("kms:ListAliases", "*")) == []
    assert least_statement(wanted) == 'allow "kms:ListAliases" on "*"'


def test_each_key_and_value_that_a_refusal_takes_is_said():
    tags = {"StringEquals": {"aws:RequestTag/a": "1", "aws:TagKeys": ["a", "b"]}}
    wanted = need("sqs:CreateQueue", f"{QUEUES}app", {"aws:requesttag/a": ("2",), "aws:tagkeys": ("a", "b")})
    grant = statement("sqs:*", "*", Condition=tags)
    (message,) = messages(wanted, grant, grant)
    assert message.endswith(
        " when aws:requesttag/a 2 and aws:tagkeys a and b: p.Statement[0], p.Statement[1] allows it"
        " under another condition"
    )


def test_what_denies_it_is_named_statement_by_statement():
    one = need("sqs:CreateQueue", f"{QUEUES}app")
    denies = [statement("sqs:*", "*", "Deny"), statement("*", "*", "Deny")]
    role = Role("Deploy", (parse_policy(document(statement("*", "*"), *denies), "p"),))
    (finding,) = missing(refusals([one], role.permissions), role, least_statement)
    assert finding.message.endswith(": p.Statement[1], p.Statement[2] denies it")
    assert finding.fix == "leave it out of what p.Statement[1], p.Statement[2] denies"


def test_what_depends_on_keys_that_are_not_known_is_said_to():
    role = Role("Deploy", (parse_policy(document(statement("sqs:*", "*")), "p"),))
    request = Request("sqs:CreateQueue", f"{QUEUES}app-Jobs-")
    witness = Witness(request, evaluate(request, role.permissions), frozenset({"aws:username", "aws:sourceip"}))
    (finding,) = missing({CREATE: witness}, role, least_statement)
    assert finding.message == f"{WILL_FAIL}: whether it may depends on aws:sourceip, aws:username"


def test_a_statement_on_other_resources_is_not_what_allows_it_under_a_condition():
    wanted = need("sqs:CreateQueue", f"{QUEUES}app", {"aws:username": ("me",)})
    elsewhere = statement("sqs:*", f"{QUEUES}other", Condition=TO_TASKS)
    assert messages(wanted, elsewhere) == [f"creating `Jobs` will fail: Deploy may not sqs:CreateQueue on {QUEUES}app"]
    own = statement("sqs:*", "arn:aws:sqs:eu-west-1:123456789012:${aws:username}")
    assert messages(wanted, own) == [f"creating `Jobs` will fail: Deploy may not sqs:CreateQueue on {QUEUES}app"]
    mine = need("sqs:CreateQueue", f"{QUEUES}me", {"aws:username": ("me",)})
    assert messages(mine, own) == []
    (message,) = messages(mine, own | {"Condition": {"StringEquals": {"aws:username": "you"}}})
    assert message.endswith(" when aws:username me: p.Statement[0] allows it under another condition")


def test_a_key_that_one_context_lacks_has_the_values_of_the_others():
    wanted = need("iam:PassRole", ROLE, {"a": ("1",)}, {"b": ("2", "3")})
    assert least_statement(wanted) == f'allow "iam:PassRole" on "{ROLE}" with "a": "1" with "b": "2 or 3"'


DELETE_ROLE = need("iam:DeleteRole", "arn:aws:iam::123456789012:role/app-*")


@pytest.mark.parametrize(
    ("wanted", "denied", "is_refused"),
    [
        (
            need("iam:DeleteRole", "arn:aws:iam::123456789012:role/app-*"),
            "arn:aws:iam::*:role/aws-controltower-*",
            False,
        ),
        (need("iam:DeleteRole", "arn:aws:iam::123456789012:role/app-*"), "arn:aws:iam::*:role/app-a*", True),
        (CREATE, "arn:aws:sqs:*:*:aws-controltower-*", False),
        (CREATE, "arn:aws:sqs:*:*:*-Jobs-*", True),
        (need("s3:PutObject", "arn:aws:s3:::app-*/*"), "arn:aws:s3:::*:x", True),
        (need("iam:DeleteRole", "arn:aws:iam::*"), "arn:aws:iam::*:role/a*:b", True),
    ],
)
def test_no_name_that_is_made_up_has_a_colon(*, wanted: Need, denied: str, is_refused: bool) -> None:
    allow, deny = statement(wanted.action, "*"), statement(wanted.action, denied, "Deny")
    assert bool(messages(wanted, allow, deny)) is is_refused
    of_name = {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "shop"}}}
    assert bool(messages(wanted, allow, {**deny, **of_name})) is is_refused

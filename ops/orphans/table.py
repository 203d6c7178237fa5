"""A live table beside its declaration: what is the same, what the next deployment changes, and what stops an import.

An import does not look at properties: CloudFormation takes the declaration for what is there, and never changes what
two templates declare alike ("Import AWS resources into a CloudFormation stack", AWS CloudFormation User Guide: the
template must describe the resource as it is). So what may differ is imported as it is live, and the next deployment,
whose template says otherwise, changes it.

Not compared: what a template can declare of a table and is not in `RULES` stops the import; what the table has
besides, such as a resource policy, stays as it is. Without a key in the declaration, whose key encrypts is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ops.orphans.compared import Compared, ImportEffect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.orphans.live_table import LiveTable

Json = Mapping[str, Any]
Parts = Mapping[str, str]
"""A property in comparable parts, by what they are called."""
Judge = Callable[[Parts, Parts], tuple[ImportEffect, str]]
"""What it means that the live parts differ from the template's, in words."""

_NAME = "TableName"


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """How one property is compared."""

    property: str
    parts: Callable[[Json], Parts]
    """Of all properties: what is left out has the value that it has by default."""
    judge: Judge
    also: tuple[str, ...] = ()
    """Other properties that go with it."""


def compare_table(live: LiveTable, declared: Json) -> Iterator[Compared]:
    """Yield each property of a table, the live one beside the declared one."""
    yield from _state(live)
    properties = {**live.properties, "SSESpecification": _encryption_in_terms_of(declared, live.properties)}
    for rule in RULES:
        yield _compared(rule, properties, declared)
    known = {_NAME, *(name for rule in RULES for name in (rule.property, *rule.also))}
    for name in declared.keys() - known:
        yield Compared(name, ImportEffect.STOPS, "not asked", "declared", f"{name} is not compared: a human must look")


def _state(live: LiveTable) -> Iterator[Compared]:
    if live.unsettled:
        words = "something is changing it: wait until it is ACTIVE, and run this again; if it is DELETING, stop"
        yield Compared("TableStatus", ImportEffect.STOPS, "; ".join(live.unsettled), "ACTIVE", words)
    if live.replicas:
        words = "it is a global table, which is an AWS::DynamoDB::GlobalTable in a template: a human must look"
        yield Compared("Replicas", ImportEffect.STOPS, ", ".join(live.replicas), "none", words)


def _compared(rule: PropertyRule, live: Json, declared: Json) -> Compared:
    is_live, is_declared = rule.parts(live), rule.parts(declared)
    if is_live == is_declared:
        return Compared(rule.property, ImportEffect.SAME, _words(is_live), _words(is_declared))
    outcome, consequence = rule.judge(is_live, is_declared)
    one, other = _words(is_live, is_declared), _words(is_declared, is_live)
    return Compared(rule.property, outcome, one, other, consequence, (rule.property, *rule.also))


def _words(parts: Parts, beside: Parts | None = None) -> str:
    """Return the parts, or those that are not as beside them."""
    shown = [f"{name}: {value}" for name, value in parts.items() if beside is None or beside.get(name) != value]
    return "; ".join(shown) or ("nothing" if beside is None else "nothing of it")


def _always(outcome: ImportEffect, words: str) -> Judge:
    def judge(*_: Parts) -> tuple[ImportEffect, str]:
        return outcome, words

    return judge


_stops = partial(_always, ImportEffect.STOPS)
_in_place = partial(_always, ImportEffect.IN_PLACE)


def _keys(properties: Json) -> Parts:
    return {key["KeyType"]: key["AttributeName"] for key in properties.get("KeySchema", ())}


def _attributes(properties: Json) -> Parts:
    return {one["AttributeName"]: one["AttributeType"] for one in properties.get("AttributeDefinitions", ())}


def _indexes(kind: str) -> Callable[[Json], Parts]:
    return lambda properties: {index["IndexName"]: _index(index) for index in properties.get(kind, ())}


def _index(index: Json) -> str:
    keys = ", ".join(f"{key['AttributeName']} {key['KeyType']}" for key in index["KeySchema"])
    projection = index["Projection"]
    others = ", ".join(sorted(projection.get("NonKeyAttributes", ())))
    return f"{keys}; {projection['ProjectionType']}{f' {others}' if others else ''}"


def _throughput(properties: Json) -> Parts:
    """Return the throughput; `PROVISIONED` is the default of `BillingMode`."""
    mode = properties.get("BillingMode", "PROVISIONED")
    if mode != "PROVISIONED":
        return {"mode": mode}
    provisioned = {"table": properties, **{i["IndexName"]: i for i in properties.get("GlobalSecondaryIndexes", ())}}
    return {"mode": mode, **{name: _units(one.get("ProvisionedThroughput", {})) for name, one in provisioned.items()}}


def _units(throughput: Json) -> str:
    return f"{throughput.get('ReadCapacityUnits')} read, {throughput.get('WriteCapacityUnits')} write"


def _encryption(properties: Json) -> Parts:
    specified = properties.get("SSESpecification", {})
    if not _is_on(specified.get("SSEEnabled")):
        return {"key": "owned by DynamoDB"}
    return {"key": f"in KMS {specified.get('KMSMasterKeyId', '')}".rstrip()}


def _encryption_in_terms_of(declared: Json, live: Json) -> Json:
    """Return the live encryption, its key called as the declaration does: by ARN, by id, or not at all."""
    is_live, wanted = live["SSESpecification"], declared.get("SSESpecification", {}).get("KMSMasterKeyId")
    key = str(is_live.get("KMSMasterKeyId", ""))
    if wanted is None and _is_on(declared.get("SSESpecification", {}).get("SSEEnabled")):
        return {name: value for name, value in is_live.items() if name != "KMSMasterKeyId"}
    return {**is_live, "KMSMasterKeyId": wanted} if wanted and key.endswith(f"/{wanted}") else is_live


_LONGEST_RECOVERY = "35"
"""Days; the default of `RecoveryPeriodInDays`."""


def _recovery(properties: Json) -> Parts:
    specified = properties.get("PointInTimeRecoverySpecification", {})
    if not _is_on(specified.get("PointInTimeRecoveryEnabled")):
        return {}
    return {"days": str(specified.get("RecoveryPeriodInDays", _LONGEST_RECOVERY))}


def _judge_recovery(live: Parts, template: Parts) -> tuple[ImportEffect, str]:
    if not live or ("days" in template and int(live["days"]) < int(template["days"])):
        return ImportEffect.IN_PLACE, "the next deployment turns it on, or lengthens it"
    return ImportEffect.STOPS, (
        "the next deployment would give up what the table can be restored to: declare it in the template as it is live"
    )


def _time_to_live(properties: Json) -> Parts:
    specified = properties.get("TimeToLiveSpecification", {})
    return {"attribute": str(specified.get("AttributeName", ""))} if _is_on(specified.get("Enabled")) else {}


def _judge_time_to_live(_: Parts, template: Parts) -> tuple[ImportEffect, str]:
    if not template:
        return ImportEffect.IN_PLACE, "the next deployment turns it off: items expire no more"
    return ImportEffect.STOPS, (
        f"the next deployment would let DynamoDB delete each item whose {template['attribute']} has passed:"
        " declare it in the template as it is live, and turn it on afterwards, in a deployment of its own"
    )


def _stream(properties: Json) -> Parts:
    view = properties.get("StreamSpecification", {}).get("StreamViewType")
    return {"view": view} if view else {}


def _protection(properties: Json) -> Parts:
    return {"on": "yes"} if _is_on(properties.get("DeletionProtectionEnabled")) else {}


def _table_class(properties: Json) -> Parts:
    return {"class": properties.get("TableClass", "STANDARD")}


def _tags(properties: Json) -> Parts:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}


def _is_on(value: object) -> bool:
    """Tell whether it is on; CloudFormation takes the text for the truth value too."""
    return value is True or value == "true"


RULES = (
    PropertyRule(
        "KeySchema",
        _keys,
        _stops(
            "CloudFormation would replace the table by an empty one: write the live keys into the template, or move"
            " the items by hand into a table with the template's keys"
        ),
    ),
    PropertyRule(
        "AttributeDefinitions",
        _attributes,
        _stops("the attributes of the keys and indexes must be as they are live: write those into the template"),
    ),
    PropertyRule(
        "GlobalSecondaryIndexes",
        _indexes("GlobalSecondaryIndexes"),
        _stops(
            "an index that is not the same would be deleted and made anew, which its readers notice: write the live"
            " indexes into the template, or change the table's by hand (aws dynamodb update-table)"
        ),
    ),
    PropertyRule(
        "LocalSecondaryIndexes",
        _indexes("LocalSecondaryIndexes"),
        _stops(
            "CloudFormation would replace the table by an empty one, as only a new table can have other local indexes:"
            " write the live ones into the template"
        ),
    ),
    PropertyRule(
        "BillingMode",
        _throughput,
        _in_place("the next deployment changes how it is paid for, and how much it takes"),
        also=("ProvisionedThroughput", "GlobalSecondaryIndexes"),  # whose throughput is part of theirs
    ),
    PropertyRule(
        "SSESpecification",
        _encryption,
        _in_place("the next deployment encrypts it with the other key, while it is used"),
    ),
    PropertyRule("PointInTimeRecoverySpecification", _recovery, _judge_recovery),
    PropertyRule("TimeToLiveSpecification", _time_to_live, _judge_time_to_live),
    PropertyRule(
        "StreamSpecification",
        _stream,
        _in_place("the next deployment changes the stream: who reads the one that is there gets nothing more"),
    ),
    PropertyRule("DeletionProtectionEnabled", _protection, _in_place("the next deployment turns it on or off")),
    PropertyRule("TableClass", _table_class, _in_place("the next deployment changes what storing and reading cost")),
    PropertyRule("Tags", _tags, _in_place("the next deployment sets the template's tags, and removes the others")),
)
"""How each property is compared. Which of them CloudFormation changes in place: the "Update requires" lines of
"AWS::DynamoDB::Table", AWS CloudFormation Template Reference."""

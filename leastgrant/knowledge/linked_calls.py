"""Which property triggers which action, as far as the names tell.

A provider schema lists the actions of a handler for all properties together. Most action names say what they
are for: `s3:PutBucketCORS` belongs to `CorsConfiguration`, `kms:Decrypt` to `KmsKeyId`, `ec2:DescribeSubnets`
to `VpcConfig`. What the names do not tell is advisory; reviewed rules (`leastgrant.knowledge.rule`) correct
the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastgrant.knowledge import authorization
from leastgrant.knowledge.api_names import iam_action
from leastgrant.knowledge.call import Tier, Trigger, possible_calls
from leastgrant.knowledge.context import needs_linked_role
from leastgrant.knowledge.name_words import ENDS, words
from leastgrant.knowledge.schema import Handler, nouns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from leastgrant.knowledge.authorization import Action
    from leastgrant.knowledge.call import PossibleCall
    from leastgrant.knowledge.schema import TypeSchema

DEPLOYED = (Handler.CREATE, Handler.READ, Handler.UPDATE, Handler.DELETE)
"""The handlers that a deployment runs. List handlers serve Cloud Control API and drift alone."""

_CHANGES = frozenset({"alter", "change", "edit", "modify", "patch", "replace", "reset", "update"})
_BOTH = frozenset({"add", "associate", "attach", "enable", "put", "set"})
"""Verbs that make something new in a create handler and change it in an update handler."""
_MAKES = frozenset({"add", "allocate", "associate", "attach", "create", "enable", "put", "register", "start", "tag"})
_OTHER_WAYS = frozenset({"clone", "copy", "import", "migrate", "promote", "purchase", "restore"})
"""Verbs of other ways to make what a type stands for: each takes a property of its own."""
_SHORT = 5
"""Calls of the service in a list that names no more than it needs; found on types whose handlers are published."""
_FILLER = (
    frozenset({"and", "by", "for", "from", "in", "of", "on", "to", "with", "setting", "state", "status"})
    | {"attribute", "batch", "configuration", "deletion", "description", "detail", "info", "information"}
)  # fmt: skip
"""Words of an action's name that name no property."""
_STATES = frozenset({"state", "status"})
_TAG_WORDS = frozenset({"tag", "tagging", "untag"})
_SUFFIXES = frozenset({"arn", "id", "list", "name", "policy", "specification"})
_KEYWORDS: dict[str, tuple[str, ...]] = {
    "acm": ("certificate",),
    "application-autoscaling": ("scaling", "autoscaling"),
    "cloudwatch": ("alarm", "cloudwatch"),
    "codestar-connections": ("connection",),
    "ds": ("directory", "domain"),
    "ec2": ("vpc", "subnet", "security group", "network interface", "eni", "availability zone"),
    "ecr": ("ecr", "image"),
    "elasticfilesystem": ("efs", "file system"),
    "elasticloadbalancing": ("load balancer", "target group"),
    "events": ("eventbus", "event bridge"),
    "firehose": ("firehose", "delivery stream"),
    "glue": ("glue", "schema registry"),
    "iam": ("role", "instance profile"),
    "kafka": ("kafka", "msk"),
    "kinesis": ("kinesis",),
    "kms": ("kms",),
    "lambda": ("lambda", "function"),
    "logs": ("log", "logging"),
    "organizations": ("organization", "organizational"),
    "redshift": ("redshift",),
    "route53": ("hosted zone", "record"),
    "s3": ("s3", "bucket"),
    "secretsmanager": ("secret",),
    "servicediscovery": ("service discovery", "namespace", "service registry"),
    "sns": ("sns", "topic", "notification"),
    "sqs": ("sqs", "queue", "dead letter"),
    "ssm": ("ssm", "parameter store"),
    "states": ("state machine",),
    "sts": ("assume role",),
    "wafv2": ("waf", "webacl"),
}
"""Words of the properties that bring another service in. A service's own name always counts."""
_MADE_IN_VPCS = frozenset({"group", "interface", "ipv6", "tag", "vpc"})
"""Words of what services make and change in a VPC that they are given: security groups, endpoints of the VPC, network
interfaces. A property for a VPC, a subnet or a security group says nothing of EC2's other things."""
_LESS_TELLING: dict[str, tuple[str, ...]] = {"kms": ("encryption", "customer key")}
"""Words that count only where no property has the others."""


_READ_TAGS = frozenset({"RDS"})
"""Services whose handlers fail on creation if they may not read tags: awslabs/aws-saas-boost issue 530.

Public roles that make alarms and event buses lack the permission."""
_LINKED_ROLE = "iam:CreateServiceLinkedRole"
_INTERFACE = "NetworkInterface"


@dataclass(frozen=True, slots=True)
class _Link:
    tier: Tier
    reason: str
    triggers: tuple[str, ...] = ()
    stack_tags: bool = False
    else_: _Link | None = None
    """What holds where none of the triggers fires."""


def linked_calls(schema: TypeSchema) -> tuple[PossibleCall, ...]:
    """Return the calls of a type's handlers, each tied to the properties that its name belongs to."""
    settable = {
        path: frozenset(words(path.rpartition("/")[2]))
        for path in schema.properties
        if path not in schema.primary_identifier and not _under(path, schema.read_only)
    }
    return tuple(call for operation in DEPLOYED for call in _Linker(schema, operation, settable).calls())


class _Linker:
    """A linker of one handler's actions."""

    def __init__(self, schema: TypeSchema, operation: Handler, settable: Mapping[str, frozenset[str]]) -> None:
        self._schema = schema
        self._operation = operation
        self._noun = frozenset(words(schema.noun))
        self._service = frozenset(words(schema.service)) | frozenset(words(schema.iam_prefix))
        self._others = frozenset(map(words, nouns(schema.service) - {schema.noun}))
        self._settable = settable
        listed = (iam_action(action) for action in schema.handlers.get(operation, ()))
        self._actions = sorted({action for action in listed if action is not None})

    def calls(self) -> Iterator[PossibleCall]:
        links = {action: self._link(action) for action in self._actions}
        links |= self._unlisted_tagging() | self._unlisted_roles() | self._unlisted_linked_role()
        self._promote(links)
        self._require_what_comes_along(links)
        for action, link in links.items():
            if link is not None:
                yield from self._calls(action, link)

    def _calls(self, action: str, link: _Link) -> Iterator[PossibleCall]:
        yield from possible_calls(
            self._schema,
            action,
            self._operation,
            link.tier,
            triggers=tuple(Trigger(path) for path in link.triggers),
            stack_tags=link.stack_tags,
            read_at_end=self._is_read_at_end(action),
            reason=link.reason,
            source=f"{self._schema.type_name} provider schema, {self._schema.source}",
        )
        if link.else_ is not None:
            yield from self._calls(action, link.else_)

    def _is_read_at_end(self, action: str) -> bool:
        """Whether the handler may make a read of the service because it runs the read handler at its end."""
        if self._operation not in (Handler.CREATE, Handler.UPDATE):
            return False
        known = authorization.action(action)
        is_own = known is not None and known.reads and known.service == self._schema.iam_prefix
        return is_own and any(iam_action(listed) == action for listed in self._schema.handlers.get(Handler.READ, ()))

    def _link(self, action: str) -> _Link | None:
        known = authorization.action(action)
        if known is None:
            return self._unlisted(action)
        if action == "iam:PassRole":
            return self._passed_role()
        if action == _LINKED_ROLE:
            return _Link(Tier.ADVISORY, "made on the first use of the service in an account")
        if known.service != self._schema.iam_prefix:
            return self._other_service(known)
        if "Tagging" in known.levels or self._is_for_tags(known):
            return self._tagging(known)
        return self._own_service(known)

    def _unlisted(self, action: str) -> _Link:
        """Make a link for a pattern, or an action that the reference does not list; of some services it lists none."""
        if "*" in action:
            return _Link(Tier.ADVISORY, "the schema lists a pattern, not an action")
        service, _, name = action.partition(":")
        verb, *subject = words(name)
        is_own = service == self._schema.iam_prefix and self._noun <= frozenset(subject)
        if is_own and not frozenset(subject) - self._noun - self._service - _FILLER and self._is_for(verb):
            return _Link(
                Tier.REQUIRED, f"it is how the type is {_PAST[self._operation]}; the reference does not list it"
            )
        return _Link(Tier.ADVISORY, _UNLISTED)

    def _is_for(self, verb: str) -> bool:
        """Whether a verb is that of the handler."""
        reads = verb in {"get", "describe", "list"}
        match self._operation:
            case Handler.CREATE:
                return verb in _MAKES or reads
            case Handler.UPDATE:
                return verb in _CHANGES | _BOTH or reads
            case Handler.DELETE:
                return verb in ENDS or reads
            case _:
                return reads

    def _is_for_tags(self, action: Action) -> bool:
        """Whether an action is about tags, of a type that is no kind of tag itself."""
        return _is_about_tags(action) and _TAG_WORDS.isdisjoint(self._noun)

    def _unlisted_tagging(self) -> dict[str, _Link | None]:
        """Link the tagging that the schema declares without listing it in any handler."""
        if self._operation not in self._schema.handlers:
            return {}
        listed = {iam_action(action) for actions in self._schema.handlers.values() for action in actions}
        links: dict[str, _Link | None] = {}
        for action in sorted(self._schema.tagging.permissions):
            known = authorization.action(iam_action(action) or "")
            if known is None or str(known) in listed or not _is_about_tags(known):
                continue
            if not known.reads:
                links[str(known)] = self._tagging(known)
            elif self._operation is Handler.READ:
                links[str(known)] = _Link(Tier.ADVISORY, "the schema names it for tagging, but in no handler")
        return links

    def _unlisted_roles(self) -> dict[str, _Link | None]:
        """Link `iam:PassRole` to properties for a role, though no handler lists it: most such roles are passed."""
        listed = {iam_action(action) for actions in self._schema.handlers.values() for action in actions}
        paths = tuple(path for path in role_properties(self._schema) if words(path)[-1] == "arn")
        sets = self._operation in {Handler.CREATE, Handler.UPDATE} & self._schema.handlers.keys()
        if not sets or not paths or "iam:PassRole" in listed:
            return {}
        return {"iam:PassRole": _Link(Tier.ADVISORY, "names a role, but the schema passes none", paths)}

    def _unlisted_linked_role(self) -> dict[str, _Link | None]:
        """Make a link for a service-linked role that the type needs, though no handler lists that it may be made."""
        listed = any(_LINKED_ROLE in actions for actions in self._schema.handlers.values())
        if listed or self._operation is not Handler.CREATE or not needs_linked_role(self._schema.type_name):
            return {}
        return {_LINKED_ROLE: _Link(Tier.ADVISORY, "made on the first use of the service in an account")}

    def _tagging(self, action: Action) -> _Link | None:
        tagging = self._schema.tagging
        triggers = (tagging.property,) if tagging.property else ()
        required = _Link(Tier.REQUIRED, "the template's and the stack's tags", triggers, stack_tags=True)
        if action.reads:
            return self._tag_reading(required)
        if _verb(action) in ENDS:
            taken_away = self._operation is Handler.UPDATE and (tagging.taggable or triggers)
            return required if taken_away else None
        if self._operation not in {Handler.CREATE, Handler.UPDATE}:
            return None
        if tagging.system_tags:
            return self._with_own_tags(required)
        if tagging.taggable or triggers:
            return required
        return _Link(Tier.ADVISORY, "tags, though the schema says that the type has none")

    def _with_own_tags(self, required: _Link) -> _Link:
        """Link the tagging of a type to which CloudFormation adds tags of its own."""
        if self._operation is Handler.UPDATE:
            return _Link(Tier.REQUIRED, "CloudFormation adds aws:cloudformation tags to the type")
        own = _Link(Tier.ADVISORY, "CloudFormation adds tags of its own, and mostly does without")
        return replace(required, else_=own)

    def _tag_reading(self, required: _Link) -> _Link:
        if self._operation is Handler.DELETE:
            return _Link(Tier.ADVISORY, "reads tags of what is about to go")
        if self._operation is Handler.CREATE and self._schema.service not in _READ_TAGS:
            return _Link(Tier.ADVISORY, "reads tags back", required.triggers)
        if self._schema.tagging.system_tags:
            return _Link(Tier.REQUIRED, "reads tags, of which CloudFormation adds some to the type")
        return required if required.triggers else _Link(Tier.ADVISORY, "no property holds tags")

    def _passed_role(self) -> _Link | None:
        if self._operation not in {Handler.CREATE, Handler.UPDATE}:
            return None  # a role is passed where it is set; reading and deleting set none
        paths = role_properties(self._schema)
        if not paths:
            return _Link(Tier.ADVISORY, "passes a role, but no property is named after one")
        return _Link(Tier.REQUIRED, "the property names a role, which is passed to the service", paths)

    def _other_service(self, action: Action) -> _Link:
        names = [" ".join(words(action.service)), *_KEYWORDS.get(action.service, ())]
        subject = words(action.name)[1:]
        if len(subject) > 1:  # one word, such as `key` or `role`, is in too many names
            names.append(" ".join(subject))
        paths = self._holding(names) or self._holding(_LESS_TELLING.get(action.service, ()))
        if action.service == "ec2" and not action.reads and _MADE_IN_VPCS.isdisjoint(words(action.name)):
            paths = tuple(path for path in paths if not self._settable[path].isdisjoint(subject))
        if paths and not action.reads and _INTERFACE in action.name:
            return _Link(Tier.ADVISORY, "most services make their network interfaces with a role of their own", paths)
        if paths:
            return _Link(Tier.REQUIRED, f"a property brings {action.service} in", paths)
        return _Link(Tier.ADVISORY, f"no property is named after {action.service}")

    def _holding(self, names: Iterable[str]) -> tuple[str, ...]:
        keywords = [frozenset(name.split()) for name in names]
        return self._paths(lambda _, found: any(keyword <= found for keyword in keywords))

    def _own_service(self, action: Action) -> _Link:
        extra = self._extra(action)
        paths = self._named(extra)
        holding = tuple(path for path in paths if action.reads or _head(path) in extra)
        if paths and not holding and self._is_of_another(action):
            return _Link(Tier.ADVISORY, "the property is about what another type makes, and holds none", paths)
        if paths:
            return _Link(self._tier(action), "the action is named after the property", paths)
        if not extra and self._fits(action):
            return self._main(action)
        return _Link(Tier.ADVISORY, "neither the type nor a property is named like the action")

    def _main(self, action: Action) -> _Link:
        """Link what creates, reads, updates or deletes the type; another way to create it needs its property."""
        verb = _verb(action)
        creates = f"{action.service}:Create{action.name.removeprefix(verb.capitalize())}"
        makes = creates in self._actions or (verb in _OTHER_WAYS and self._creates())
        if self._operation is Handler.CREATE and verb not in {"create", "put"} and makes:
            paths = self._named(frozenset({verb}))
            if paths:
                return _Link(Tier.REQUIRED, "another way to create the type, named after the property", paths)
            if not action.reads:
                return _Link(Tier.ADVISORY, "another way to create the type")
        if action.reads and self._operation is not Handler.READ and not self._is_main_read(action):
            return _Link(Tier.ADVISORY, "reads more of it than whether it is there, which the handlers do without")
        return _Link(Tier.REQUIRED, f"it is how the type is {_PAST[self._operation]}")

    def _is_main_read(self, action: Action) -> bool:
        """Whether a read tells that the thing is there, or in what state: no other is named more like the type.

        `DescribeVpcs` is waited with. Public roles that make VPCs and distributions lack `DescribeVpcAttribute` and
        `GetDistributionConfig`.
        """
        named = words(action.name)
        if self._lists_beside(action):
            return False
        if not _STATES.isdisjoint(named) or not self._noun <= frozenset(named):
            return True
        known = (authorization.action(listed) for listed in self._actions)
        own = [one for one in known if one is not None and one.reads and one.service == action.service]
        others = [words(one.name) for one in own if not self._is_for_tags(one)]
        return all(len(named) <= len(other) for other in others if self._noun <= frozenset(other))

    def _lists_beside(self, action: Action) -> bool:
        """Whether an action lists all things of the type, where the handler has the read of one beside it."""
        if words(action.name)[0] != "list" or not self._is_of_type(action):
            return False
        known = (authorization.action(action) for action in self._actions)
        return any(
            one is not None and words(one.name)[0] in {"describe", "get"} and self._is_of_type(one) for one in known
        )

    def _is_of_type(self, action: Action) -> bool:
        """Whether an action is named after the type, and nothing else."""
        said = frozenset(words(action.name)[1:]) - self._service - _FILLER
        return action.service == self._schema.iam_prefix and said == self._noun - self._service - _FILLER

    def _creates(self) -> bool:
        """Whether the handler lists an action that creates what the type is named after."""
        known = (authorization.action(action) for action in self._actions)
        return any(one is not None and _verb(one) == "create" and not self._extra(one) for one in known)

    def _named(self, extra: frozenset[str]) -> tuple[str, ...]:
        """Return properties named after the action: top-level ones with its words, else nested ones of its words."""
        if not extra:
            return ()
        unnamed = self._schema.create_only if self._operation is Handler.UPDATE else frozenset[str]()
        left_over = {
            path: len(self._settable[path] - extra - self._noun - _FILLER - _SUFFIXES)
            for path in self._paths(lambda path, found: extra <= found and "/" not in path)
            if path not in unnamed
        }
        if left_over:
            least = min(left_over.values())
            return tuple(path for path, left in left_over.items() if left == least)
        return self._paths(lambda _, found: extra == found - _FILLER - _SUFFIXES)

    def _tier(self, action: Action) -> Tier:
        """Return the tier: what is undone is required in an update, whose rollback undoes it, and in a deletion."""
        undoes = _verb(action) in ENDS
        if self._operation is Handler.READ:
            return Tier.REQUIRED if action.reads else Tier.ADVISORY
        if self._operation is Handler.CREATE:
            return Tier.ADVISORY if undoes else Tier.REQUIRED
        if self._operation is Handler.DELETE:
            return Tier.REQUIRED if undoes else Tier.ADVISORY
        return Tier.REQUIRED

    def _fits(self, action: Action) -> bool:
        """Tell whether the action's verb is what the handler is for, or a read that waits for it."""
        verb = _verb(action)
        if len(words(action.name)) == 1 and not action.name.isupper():  # API Gateway's are HTTP methods
            return False
        if action.reads:
            return True
        if self._operation is Handler.CREATE:
            return verb not in ENDS | _CHANGES
        if self._operation is Handler.UPDATE:
            return verb in _CHANGES | _BOTH
        return self._operation is Handler.DELETE and verb in ENDS

    def _promote(self, links: dict[str, _Link | None]) -> None:
        """Make the nearest action required where no name tells what creates, reads or deletes the type."""
        candidates: dict[str, Action] = {}
        for action, link in links.items():
            known = authorization.action(action)
            if link is None or known is None or known.service != self._schema.iam_prefix:
                continue
            if self._is_for_tags(known) or known.reads != (self._operation is Handler.READ):
                continue
            if link.tier is Tier.REQUIRED and (not link.triggers or self._operation is Handler.UPDATE):
                return
            candidates[action] = known
        fitting = {action: known for action, known in candidates.items() if self._fits(known)}
        if not fitting:
            fitting = {action: known for action, known in candidates.items() if not self._is_opposite(known)}
        fitting = fitting or (candidates if len(candidates) == 1 else {})
        nearest = min((len(self._extra(known)) for known in fitting.values()), default=0)
        for action, known in fitting.items():
            if len(self._extra(known)) == nearest:
                reason = f"of the service's actions the nearest to how the type is {_PAST[self._operation]}"
                links[action] = _Link(Tier.REQUIRED, reason)

    def _has_pattern(self) -> bool:
        """Tell whether the handler's list has a pattern for the type's service, such as `autoscaling:Describe*`."""
        listed = self._schema.handlers.get(self._operation, ())
        return any("*" in action and action.lower().startswith(f"{self._schema.iam_prefix}:") for action in listed)

    def _require_what_comes_along(self, links: dict[str, _Link | None]) -> None:
        """Make what a short list names beside the main call required: it would not name it for nothing.

        An agent runtime is deleted with its endpoint, a compute environment is disabled first, a namespace's operation
        is waited for. A list that is the same for several handlers says nothing of this one, and one with a pattern for
        the service nothing of how short it is.
        """
        if self._operation not in (Handler.CREATE, Handler.DELETE) or self._is_copied() or self._has_pattern():
            return
        own = {action: known for action in links if (known := self._changing_or_waiting(action)) is not None}
        if len(own) > _SHORT or not any(self._is_main(links[action], known) for action, known in own.items()):
            return
        for action, known in own.items():
            link = links[action]
            comes_along = not (self._is_opposite(known) or self._is_for_some(known) or self._is_read_back(known))
            comes_along = comes_along and not self._lists_beside(known)
            comes_along = comes_along and not (known.reads and self._is_of_another(known) and self._has_own_read())
            if comes_along and link is not None and link.tier is Tier.ADVISORY and not link.triggers:
                links[action] = _Link(
                    Tier.REQUIRED, f"one of the {len(own)} calls of the service that the schema lists"
                )

    def _is_read_back(self, action: Action) -> bool:
        """Whether an action is a read that the read handler lists too, beside the one that the type is waited with."""
        listed = map(iam_action, self._schema.handlers.get(Handler.READ, ()))
        return action.reads and str(action) in listed and not self._is_main_read(action)

    def _is_copied(self) -> bool:
        """Whether the schema has the same list for creation and deletion."""
        handlers = self._schema.handlers
        return set(handlers.get(Handler.CREATE, ())) == set(handlers.get(Handler.DELETE, ()))

    def _changing_or_waiting(self, action: str) -> Action | None:
        """Tell whether an action of the type's service does more than tag; API Gateway's are methods for anything."""
        known = authorization.action(action)
        if known is None or known.service != self._schema.iam_prefix or known.name.isupper():
            return None
        return None if "Tagging" in known.levels or self._is_for_tags(known) else known

    def _is_of_another(self, action: Action) -> bool:
        """Whether an action is on what another type of the service makes: `CreateApp` is an App's, not a Domain's."""
        verb, *subject = words(action.name)
        is_made = tuple(subject) in self._others and verb in {"create", "delete", "describe", "get"}
        return is_made and subject[-1] != words(self._schema.noun)[-1]

    def _has_own_read(self) -> bool:
        """Whether the handler lists a read that is named after the type."""
        known = map(authorization.action, self._actions)
        return any(one is not None and one.reads and self._is_of_type(one) for one in known)

    def _is_main(self, link: _Link | None, action: Action) -> bool:
        return link is not None and link.tier is Tier.REQUIRED and not link.triggers and not action.reads

    def _is_opposite(self, action: Action) -> bool:
        """Whether an action does the opposite of the handler, as one that cleans up does."""
        return _verb(action) in (_MAKES if self._operation is Handler.DELETE else ENDS)

    def _is_for_some(self, action: Action) -> bool:
        """Whether an action of a create handler is for some of the resources: it changes, or is another way."""
        return self._operation is Handler.CREATE and _verb(action) in _CHANGES | _OTHER_WAYS

    def _extra(self, action: Action) -> frozenset[str]:
        """Return the words of the action's name beyond its verb, the type, the service and filler."""
        _, *rest = words(action.name)
        extra = frozenset(rest) - self._noun - self._service - _FILLER
        return extra - {"metric"} if self._noun <= frozenset(rest) else extra

    def _paths(self, matches: Callable[[str, frozenset[str]], bool]) -> tuple[str, ...]:
        """Return the paths of settable properties whose last name matches, without those under one that does."""
        found: list[str] = []
        for path, names in self._settable.items():
            if matches(path, names) and not _under(path, found):
                found.append(path)
        return tuple(found)


_UNLISTED = "the schema lists it, and the service authorization reference does not"
_PAST = {
    Handler.CREATE: "created",
    Handler.READ: "read",
    Handler.UPDATE: "updated",
    Handler.DELETE: "deleted",
}


def role_properties(schema: TypeSchema) -> tuple[str, ...]:
    """Return the paths of the properties that hold a role, such as `Role`, `ExecutionRoleArn` or `Targets/RoleArn`."""
    found: list[str] = []
    for path in schema.properties:
        last = words(path.rpartition("/")[2])
        is_role = last[-1:] == ("role",) or last[-2:] == ("role", "arn")
        if is_role and not _under(path, schema.read_only) and not _under(path, found):
            found.append(path)
    return tuple(found)


def _is_about_tags(action: Action) -> bool:
    return not _TAG_WORDS.isdisjoint(words(action.name))


def _verb(action: Action) -> str:
    name = words(action.name)
    return name[0]


def _head(path: str) -> str:
    """Return the word that says what a property is: `app` of `DefaultApps/AppArn`, `type` of `AppNetworkAccessType`."""
    said = [word for word in words(path.rpartition("/")[2]) if word not in {"arn", "id", "name"}]
    return said[-1] if said else ""


def _under(path: str, parents: Iterable[str]) -> bool:
    return any(path == parent or path.startswith(parent + "/") for parent in parents)

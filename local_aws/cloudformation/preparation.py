"""From what a call gives to a template for a stack: read, checked, its parameters settled, all of it modelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from leastgrant.iam import Request
from leastgrant.template import Environment
from local_aws.cloudformation.capabilities import require_capabilities
from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import ValueRefused, invalid, object_at
from local_aws.cloudformation.parameters import parameter_values
from local_aws.cloudformation.rules import check_rules
from local_aws.cloudformation.stack_template import StackTemplate
from local_aws.cloudformation.template_checks import LONGEST_BODY, checked_tree
from local_aws.gateway import denied
from local_aws.requests import context_of_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from local_aws.callers import Caller
    from local_aws.cloudformation.handler import ResourceHandler, Services
    from local_aws.cloudformation.lookups import Lookups
    from local_aws.cloudformation.parameters import ParameterValue
    from local_aws.cloudformation.records import Stack

_NO_TEMPLATE: Final = "Either Template URL or Template Body must be specified."
_SHOWN: Final = 20
"""How many things that are not modelled are named; the rest are counted."""


@dataclass(frozen=True)
class Preparation:
    """What makes templates of calls."""

    services: Callable[[], Services]
    lookups: Lookups
    handler: Callable[[str], ResourceHandler]

    def template(
        self, params: Mapping[str, Any], stack: Stack, caller: Caller, deployer: Caller | None = None
    ) -> StackTemplate:
        """Make the template that a call gives a stack.

        Args:
            params: Of the call.
            stack: What it is for.
            caller: Who calls, and fetches the template.
            deployer: Who reads Parameter Store, as the handlers are called; None: the caller.

        Raises:
            AwsError: CloudFormation refuses it, or it is not modelled.
        """
        template = self._read(params, stack, caller, deployer or caller)
        check_rules(template.tree.get("Rules") or {}, {n: one.value for n, one in template.parameters.items()})
        require_capabilities(template, params.get("Capabilities") or [])
        self._require_types(template, params.get("ResourceTypes"))
        template.refuse_dangling()
        self._refuse_unmodelled(template)
        return template

    def text(self, params: Mapping[str, Any], before: StackTemplate | None, caller: Caller) -> str:
        """Return the text of the template that a call gives, names, or leaves as it is.

        Raises:
            AwsError: it does none of these.
        """
        sources = [name for name in ("TemplateBody", "TemplateURL", "UsePreviousTemplate") if params.get(name)]
        match sources:
            case ["TemplateBody"]:
                return str(params["TemplateBody"])
            case ["TemplateURL"]:
                return self.fetched(str(params["TemplateURL"]), caller)
            case ["UsePreviousTemplate"] if before is not None:
                return before.text
            case _:
                raise invalid(_NO_TEMPLATE)

    def fetched(self, url: str, caller: Caller) -> str:
        """Fetch a template from S3, with the caller's permission.

        Raises:
            AwsError: it cannot be.
        """
        services = self.services()
        bucket, key = object_at(url)
        permissions = caller.permissions
        context = context_of_call(services.account, services.region)
        asked = Request("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", context)
        if permissions is not None and denied(asked, permissions, caller.arn):
            raise invalid("S3 error: Access Denied")
        try:
            body: bytes = services.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise invalid(f"S3 error: {error.response.get('Error', {}).get('Message')}") from None
        return body.decode()

    def _read(self, params: Mapping[str, Any], stack: Stack, caller: Caller, deployer: Caller) -> StackTemplate:
        services = self.services()
        text = self.text(params, stack.template, caller)
        tree = checked_tree(text, is_stored=bool(params.get("TemplateURL")) or len(text) <= LONGEST_BODY)
        given: Sequence[Mapping[str, Any]] = params.get("Parameters") or []
        before: Mapping[str, ParameterValue] = stack.template.parameters if stack.template else {}

        def stored(names: list[str]) -> Mapping[str, str]:
            self._require_reading(names, deployer)
            return self.lookups.parameters(names)

        parameters = parameter_values(tree.get("Parameters") or {}, given, before, stored)
        buckets = services.client("s3").list_buckets()["Buckets"]  # there is one account
        own = tuple(bucket["Name"] for bucket in buckets)
        environment = Environment("aws", services.region, services.account, stack.name, own)
        arns = params.get("NotificationARNs")
        notified = tuple(stack.notification_arns if arns is None else arns)
        return StackTemplate(text, parameters, environment, stack.id, notified)

    def _require_reading(self, names: Iterable[str], deployer: Caller) -> None:
        """Refuse values of Parameter Store that the deployer may not read (aws-amplify/amplify-backend PR 2258)."""
        services, permissions = self.services(), deployer.permissions
        if permissions is None:
            return
        for name in names:
            arn = f"arn:aws:ssm:{services.region}:{services.account}:parameter/{name.lstrip('/')}"
            asked = Request("ssm:GetParameters", arn, context_of_call(services.account, services.region))
            refused = denied(asked, permissions, deployer.arn)
            if refused is not None:
                raise invalid(refused)

    @staticmethod
    def _require_types(template: StackTemplate, allowed: Sequence[str] | None) -> None:
        """Refuse types that `ResourceTypes` does not name, such as `AWS::EC2::*`."""
        if not allowed:
            return
        for kind in (resource.type for resource in template.template.resources.values()):
            if not any(kind == one or (one.endswith("::*") and kind.startswith(one[:-1])) for one in allowed):
                problem = f"is not allowed by parameter ResourceTypes [{', '.join(allowed)}]"
                raise invalid(f"Resource type {kind} {problem}")

    def _refuse_unmodelled(self, template: StackTemplate) -> None:
        """Refuse what the emulator would have to leave out, before anything is done: all of it at once."""
        problems = list(template.unmodelled)
        evaluation = template.evaluation({}, self.lookups)
        for name, resource in template.declared.items():
            try:
                self.handler(resource.type)
                evaluation.members(resource.properties)
            except NotModelled as error:
                problems.append(f"{name} ({resource.type}): {error}")
            except ValueRefused:
                continue  # the change set warns of it
        if problems:
            more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            raise invalid(f"NOT MODELLED by the emulator: {'; '.join(problems[:_SHOWN])}{more}")

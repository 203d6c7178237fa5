"""The template of a stack or of a change set, as `GetTemplate` gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.documents import TemplateError, document_of_tree, read_text
from leastgrant.template import Environment
from ops.project.placed_template import PlacedTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.aws.account import Account
    from ops.stack.state import StackState
    from settings import Settings


def place_of(settings: Settings, stack: str) -> Environment:
    """Return where a stack of the settings is deployed."""
    return Environment(account=settings.account, region=settings.region, stack_name=stack)


def placed_template(body: object, name: str, place: Environment, parameters: Mapping[str, str]) -> PlacedTemplate:
    """Read the `TemplateBody` of a response: an object if the template is JSON, text if it is YAML.

    Args:
        body: The template.
        name: What errors call it.
        place: Where it is deployed.
        parameters: The values of its parameters.

    Raises:
        TemplateError: it is no template, or a part of it is known only once it is deployed.
    """
    document = read_text(body, name) if isinstance(body, str) else document_of_tree(body, name)
    found = PlacedTemplate(document, place, parameters)
    for unread in found.template.unread:  # checked here, so that what follows may take all of it for known
        raise TemplateError(name, None, unread.path, unread.reason)
    return found


def template_of_stack(account: Account, stack: StackState) -> PlacedTemplate:
    """Read the stack's template, its macros expanded.

    Raises:
        TemplateError: it is no template.
        BotoCoreError, ClientError: as any call.
    """
    response = account.cloudformation.get_template(StackName=stack.name, TemplateStage="Processed")
    place = place_of(account.settings, stack.name)
    return placed_template(response["TemplateBody"], f"the template of {stack.name}", place, stack.parameters)

"""SAM templates, expanded by AWS's own translator, without the network.

`aws-sam-translator` is what `AWS::Serverless` runs in CloudFormation. It is imported only for a SAM template. It would
ask AWS for two things, and is kept from both: managed policies that it does not know (their names then stay as they
are written), and applications of the Serverless Application Repository (which are then stacks that are not read).
"""

from __future__ import annotations

import logging
from copy import deepcopy
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.documents.source import Json, Source

SAM = "AWS::Serverless-2016-10-31"
_PREFIX = "AWS::Serverless::"
_APPLICATION = "AWS::Serverless::Application"
_STUMBLES = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What the translator lets through of a value that has not the type it expects."""
_ANY_REGION = "us-east-1"
_UPLOADED: Final[dict[str, Json]] = {"Fn::ImportValue": "what the packaging uploads"}
"""Stands for the bucket and the key of a local file, which nobody knows before it is packaged."""

_LOCAL: Mapping[str, tuple[str, str, str]] = {
    "AWS::Serverless::Function": ("CodeUri", "Bucket", "Key"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "Bucket", "Key"),
    "AWS::Serverless::Api": ("DefinitionUri", "Bucket", "Key"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "Bucket", "Key"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Bucket", "Key"),
}
"""The properties that may name a local file, and how an object is written there (`sam package`, AWS SAM Developer
Guide)."""


def translated(
    tree: dict[str, Json], source: Source, parameters: Mapping[str, str], region: str | None
) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Translate the template as CloudFormation does; return it, and the applications in it that are not read.

    Raises:
        TemplateError: the translator is not installed, or refuses the template.
    """
    try:
        translator = import_module("samtranslator.translator.translator")
        parser = import_module("samtranslator.parser.parser")
        errors: Any = import_module("samtranslator.model.exceptions")
    except ImportError:
        problem = f"{SAM} is expanded by aws-sam-translator, which is missing; pip install 'leastgrant[sam]'"
        raise source.error(("Transform",), problem) from None
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # it logs what it raises too
    given = deepcopy(tree)
    applications = tuple(_as_stacks(given))
    _uploaded(given)
    given.pop("Metadata", None)  # what it holds, such as for the application repository, deploys nothing
    place = SimpleNamespace(region_name=region or _ANY_REGION)  # of a boto3 session it reads no more
    try:
        found = translator.Translator({}, parser.Parser(), boto_session=place).translate(
            given, dict(parameters), get_managed_policy_map=dict
        )
    except errors.InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes) or str(error)
        raise source.error((), f"SAM refuses it: {' '.join(causes.split())}") from None
    except _STUMBLES as error:
        problem = f"SAM's translator stumbles over it ({type(error).__name__}: {error})"
        raise source.error((), f"{' '.join(problem.split())}; correct what is malformed") from None
    except errors.ExceptionWithMessage as error:
        raise source.error((), f"SAM refuses it: {' '.join(str(error.message).split())}") from None
    return cast("dict[str, Json]", found), applications


def _resources(tree: Mapping[str, Json], kind: str = _PREFIX) -> Iterator[tuple[str, dict[str, Json], dict[str, Json]]]:
    resources = tree.get("Resources")
    for name, body in resources.items() if isinstance(resources, dict) else ():
        if isinstance(body, dict) and str(body.get("Type")).startswith(kind):
            properties = body.get("Properties")
            yield name, body, properties if isinstance(properties, dict) else {}


def _as_stacks(tree: Mapping[str, Json]) -> Iterator[str]:
    """Make each application of the repository the stack that SAM makes of it."""
    for name, body, properties in _resources(tree, _APPLICATION):
        if isinstance(properties.get("Location"), dict):
            kept: dict[str, Json] = {key: properties[key] for key in ("Parameters", "Tags") if key in properties}
            body |= {"Type": "AWS::CloudFormation::Stack", "Properties": {**kept, "TemplateURL": {**_UPLOADED}}}
            yield name


def _uploaded(tree: Mapping[str, Json]) -> None:
    """Put an object in the place of each local file, as packaging does."""
    globals_ = tree.get("Globals")
    for kind, (key, bucket, object_key) in _LOCAL.items():
        of_all = globals_.get(kind.removeprefix(_PREFIX)) if isinstance(globals_, dict) else None
        holders = [properties for _, _, properties in _resources(tree, kind)]
        for holder in (*holders, *([of_all] if isinstance(of_all, dict) else ())):
            location = holder.get(key)
            if isinstance(location, str) and "://" not in location:
                uploaded: dict[str, Json] = {bucket: {**_UPLOADED}, object_key: {**_UPLOADED}}
                holder[key] = uploaded

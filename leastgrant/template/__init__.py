"""CloudFormation templates, read and resolved to values whose unknown parts are wildcards.

`load`, `parse` or `parse_document` gives a `Template`, `resolve` a `ResolvedTemplate`. What is wrong with a template is
a `TemplateError`, one line that names the file, the line, the key and the remedy.
"""

from leastgrant.documents.source import TemplateError
from leastgrant.template.conditions import Condition, holds
from leastgrant.template.environment import PARTITION_OF, Environment
from leastgrant.template.expression import (
    Base64,
    Expression,
    FindInMap,
    GetAtt,
    If,
    ImportValue,
    Join,
    Length,
    Opaque,
    Ref,
    Select,
    Split,
    StackOutput,
    ToJsonString,
    references,
)
from leastgrant.template.model import DeletionPolicy, Output, Parameter, Resource, Template
from leastgrant.template.parser import expanded, load, parse, parse_document
from leastgrant.template.resolution import Physical, ResolvedResource, ResolvedTemplate, resolve
from leastgrant.template.types import IDENTITIES
from leastgrant.template.values import ABSENT, UNKNOWN, Absent, OneOf, Unknown, Value, alternatives, texts

__all__ = [
    "ABSENT",
    "IDENTITIES",
    "PARTITION_OF",
    "UNKNOWN",
    "Absent",
    "Base64",
    "Condition",
    "DeletionPolicy",
    "Environment",
    "Expression",
    "FindInMap",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "OneOf",
    "Opaque",
    "Output",
    "Parameter",
    "Physical",
    "Ref",
    "ResolvedResource",
    "ResolvedTemplate",
    "Resource",
    "Select",
    "Split",
    "StackOutput",
    "Template",
    "TemplateError",
    "ToJsonString",
    "Unknown",
    "Value",
    "alternatives",
    "expanded",
    "holds",
    "load",
    "parse",
    "parse_document",
    "references",
    "resolve",
    "texts",
]

"""CloudFormation templates, read and resolved to values whose unknown parts are wildcards.

`load`, `parse` or `parse_document` gives a `Template`, `resolve` a `ResolvedTemplate`. What is wrong with a template is
a `TemplateError`, one line that names the file, the line, the key and the remedy.
"""

from leastgrant.documents.source import TemplateError
from leastgrant.template.environment import PARTITION_OF, Environment
from leastgrant.template.expression import Expression, GetAtt, Ref, references
from leastgrant.template.model import DeletionPolicy, Output, Parameter, Resource, Template
from leastgrant.template.parser import load, parse, parse_document
from leastgrant.template.resolution import Physical, ResolvedResource, ResolvedTemplate, resolve
from leastgrant.template.types import IDENTITIES
from leastgrant.template.values import ABSENT, UNKNOWN, Absent, OneOf, Unknown, Value, alternatives, texts

__all__ = [
    "ABSENT",
    "IDENTITIES",
    "PARTITION_OF",
    "UNKNOWN",
    "Absent",
    "DeletionPolicy",
    "Environment",
    "Expression",
    "GetAtt",
    "OneOf",
    "Output",
    "Parameter",
    "Physical",
    "Ref",
    "ResolvedResource",
    "ResolvedTemplate",
    "Resource",
    "Template",
    "TemplateError",
    "Unknown",
    "Value",
    "alternatives",
    "load",
    "parse",
    "parse_document",
    "references",
    "resolve",
    "texts",
]

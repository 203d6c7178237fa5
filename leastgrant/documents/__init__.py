"""YAML and JSON documents, read with the line of each key, so that an error can point at it."""

from leastgrant.documents.document import Document, document_of_tree, read_file, read_text
from leastgrant.documents.source import Source, TemplateError

__all__ = [
    "Document",
    "Source",
    "TemplateError",
    "document_of_tree",
    "read_file",
    "read_text",
]

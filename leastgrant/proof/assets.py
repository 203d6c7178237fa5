"""Objects that are named after their content, so that the next deployment reads others: code and templates.

Sources of the forms: DefaultStackSynthesizer, AWS CDK API Reference (the SHA-256 of the source, and the file's
extension); `s3_uploader.py` of aws-sam-cli 1.164.0 and `s3uploader.py` of aws-cli (the MD5 of the file).
"""

from __future__ import annotations

import re

from leastgrant.iam.pattern import ANY, Pattern

_NAMED_AFTER_CONTENT = re.compile(
    r"(?P<before>arn:[^:]+:s3:::[^/]+/(?:.*/)?)(?:[0-9a-f]{64}|[0-9a-f]{32})(?P<after>\.[a-z0-9.]+)?"
)


def with_any_content(arn: Pattern) -> Pattern:
    """Return the objects of the same kind and place, whatever their content; the ARN itself, if it is of no asset."""
    if not arn.is_literal:
        return arn
    found = _NAMED_AFTER_CONTENT.fullmatch("".join(token for token in arn.tokens if isinstance(token, str)))
    if found is None:
        return arn
    return Pattern.literal(found["before"]) + ANY + Pattern.literal(found["after"] or "")

"""`python -m ops.summary DIRECTORY`: what `cdk synth` made, in a few lines."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from ops.assembly import Assembly, AssemblyError, SynthesisedStack, Validation, read_assembly

_TEMPLATE_BYTES: Final = 1_048_576  # CloudFormation quotas: template body size in an S3 object
_INLINE_POLICY_CHARACTERS: Final = 10_240  # IAM quotas: all inline policies of a role, without white space


def summary(assembly: Assembly) -> str:
    """The stacks with their resources and sizes, then the validations."""
    return "\n".join(
        [
            *(line for stack in assembly.stacks for line in (*_of_stack(stack), "")),
            "Validations",
            *(_of_validation(validation) for validation in assembly.validations),
        ]
    )


def passed(assembly: Assembly) -> bool:
    """Whether every validation came to its end, and found nothing that nobody has acknowledged."""
    return all(validation.passed for validation in assembly.validations)


def _of_stack(stack: SynthesisedStack) -> Iterator[str]:
    yield f"{stack.name}  (account {stack.account}, {stack.region})"
    yield f"  resources  {len(stack.resources)}"
    by_type = Counter(resource["Type"] for resource in stack.resources.values())
    for type_name, count in sorted(by_type.items()):
        yield f"    {count:>5}  {type_name}"
    yield f"  template   {stack.template_bytes:,} of {_TEMPLATE_BYTES:,} bytes"
    for logical_id, size, exact in _inline_policies(stack):
        yield f"  policies   {size:,}{'' if exact else '+'} of {_INLINE_POLICY_CHARACTERS:,} characters: {logical_id}"


def _inline_policies(stack: SynthesisedStack) -> Iterator[tuple[str, int, bool]]:
    for logical_id, resource in stack.resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            documents = [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", [])]
            size = sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)
            yield logical_id, size, not _has_intrinsics(documents)


def _has_intrinsics(value: Any) -> bool:
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return any(key == "Ref" or key.startswith("Fn::") or _has_intrinsics(item) for key, item in mapping.items())
    return isinstance(value, list) and any(map(_has_intrinsics, cast("list[Any]", value)))


def _of_validation(validation: Validation) -> str:
    result = "passed" if validation.passed else "FAILED"
    counts = f"{validation.findings:>3} findings {validation.acknowledged:>3} acknowledged"
    return f"  {validation.plugin:<24} {result} {counts}"


def main(arguments: list[str]) -> int:
    """Print the summary; 1 if a validation failed, 2 with one line on standard error if it cannot be read."""
    if len(arguments) != 1:
        print("usage: python -m ops.summary DIRECTORY, where DIRECTORY is what cdk synth wrote", file=sys.stderr)
        return 2
    try:
        assembly = read_assembly(Path(arguments[0]))
    except AssemblyError as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(assembly))
    return 0 if passed(assembly) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

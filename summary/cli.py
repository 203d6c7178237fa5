"""`python -m summary DIRECTORY`: what `cdk synth` made, in a few lines."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from leastgrant import InputError
from ops.project.assembly import Assembly, SynthesisedStack, Validation, read_assembly
from ops.project.workflows import WorkflowCheck, check_workflows
from settings import Settings

_TEMPLATE_BYTES: Final = 1_048_576  # CloudFormation quotas: template body size in an S3 object
_INLINE_POLICY_CHARACTERS: Final = 10_240  # IAM quotas: all inline policies of a role, without white space


@dataclass(frozen=True, slots=True)
class Size:
    """Something that AWS limits. If `exact` is false it will be larger, by ARNs not known before the deployment."""

    what: str
    size: int
    limit: int
    unit: str
    exact: bool = True

    @property
    def fits(self) -> bool:
        """Whether it is within the limit."""
        return self.size <= self.limit

    def __str__(self) -> str:
        """Return a line of the summary."""
        verdict = "" if self.fits else "  TOO LARGE"
        return f"{self.size:,}{'' if self.exact else '+'} of {self.limit:,} {self.unit}: {self.what}{verdict}"


def summary(assembly: Assembly, workflows: WorkflowCheck) -> str:
    """Return the stacks with their resources and sizes, then the validations, then what is wrong with the workflows."""
    return "\n".join(
        [
            *(line for stack in assembly.stacks for line in (*_of_stack(stack), "")),
            "Validations",
            *(_of_validation(validation) for validation in assembly.validations),
            _of_workflows(workflows),
            *(() if workflows.passed else ("", workflows.text().rstrip())),
        ]
    )


def passed(assembly: Assembly, workflows: WorkflowCheck) -> bool:
    """Tell whether all is within AWS's limits, each validation passed, and the workflows fit the role."""
    sizes = [size for stack in assembly.stacks for size in _sizes(stack)]
    validated = all(validation.passed for validation in assembly.validations)
    return all(size.fits for size in sizes) and validated and workflows.passed


def _of_stack(stack: SynthesisedStack) -> Iterator[str]:
    yield f"{stack.name}  (account {stack.account}, {stack.region})"
    by_type = Counter(resource["Type"] for resource in stack.resources.values())
    for type_name, count in sorted(by_type.items()):
        yield f"  {count:>3}  {type_name}"
    yield f"  {len(stack.resources):>3}  resources"
    for size in _sizes(stack):
        yield f"  {size}"


def _sizes(stack: SynthesisedStack) -> Iterator[Size]:
    yield Size("template", stack.template_bytes, _TEMPLATE_BYTES, "bytes")
    for logical_id, resource in stack.resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            documents = [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", [])]
            size = sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)
            yield Size(
                f"policies of {logical_id}",
                size,
                _INLINE_POLICY_CHARACTERS,
                "characters",
                not _has_intrinsics(documents),
            )


def _has_intrinsics(value: Any) -> bool:
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return any(key == "Ref" or key.startswith("Fn::") or _has_intrinsics(item) for key, item in mapping.items())
    return isinstance(value, list) and any(map(_has_intrinsics, cast("list[Any]", value)))


def _of_validation(validation: Validation) -> str:
    result = "passed" if validation.passed else "FAILED"
    counts = f"{validation.findings:>3} findings {validation.acknowledged:>3} acknowledged"
    return f"  {validation.plugin:<24} {result} {counts}"


def _of_workflows(workflows: WorkflowCheck) -> str:
    result = "passed" if workflows.passed else "FAILED"
    findings = len(workflows.findings) - workflows.notes
    return f"  {'Workflows':<24} {result} {findings:>3} findings {workflows.notes:>3} notes"


def main(arguments: list[str]) -> int:
    """Print the summary; 1 if something was found or a limit is passed; 2, with one line, if it cannot be read."""
    if len(arguments) != 1:
        print("usage: python -m summary DIRECTORY, where DIRECTORY is what cdk synth wrote", file=sys.stderr)
        return 2
    try:
        directory = Path(arguments[0])
        assembly = read_assembly(directory)
        workflows = check_workflows(assembly, Settings.from_file(directory / "settings.json"))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(assembly, workflows))
    return 0 if passed(assembly, workflows) else 1

"""The role trusts no kind of token that no job assumes it with: whoever can push a branch can write a job on it.

Tried are another branch, a tag, a pull request and an environment of the repository, and its branch in others. That
the trust is exactly what is declared, `leastgrant.proof.trust` proves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.workflow.contract import Contract
    from leastgrant.workflow.facts import Facts


def the_trust_is_no_wider_than_its_jobs(contract: Contract) -> Iterator[Finding]:
    """The kinds of tokens that are trusted, and that no job that assumes the role has; nothing, if no job does."""
    needed = [judged.subject for run, _ in contract.ours for judged in contract.judged[run]]
    for subject, whose in _others(contract.facts).items():
        if needed and contract.admits(subject) and not any(one.admits(subject) for one in needed):
            yield contract.about_role(
                Kind.WIDE,
                f"the role trusts {whose}, such as `{subject}`, and no job that assumes it is one",
                "let the trust name the subjects of the jobs that assume the role, and no others",
            )


def _others(facts: Facts) -> Mapping[str, str]:
    """Subjects that a trust may let through, each with whose it is."""
    owner = facts.repository.partition("/")[0]
    branch = f"ref:refs/heads/{facts.default_branch}"
    return {
        f"{facts.subject}ref:refs/heads/any": "any branch",
        f"{facts.subject}ref:refs/tags/any": "any tag",
        f"{facts.subject}pull_request": "pull requests",
        f"{facts.subject}environment:any": "any environment",
        f"repo:{owner}/any:{branch}": "other repositories of the owner",
        f"repo:any/any:{branch}": "repositories of anybody",
    }

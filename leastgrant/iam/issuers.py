"""Who issues the OIDC tokens of CI jobs: what their subjects and audiences look like, and whose tokens they are.

AWS STS takes a token for the issuer that the trust names. If that issuer's tokens are anybody's, as GitHub's are, the
subject must say whose; if the issuer is one's own, as a Bitbucket workspace's, it must say of which repository.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern, Wildcard, member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"<(\w*)>")
_NAME = (Wildcard.ONE_WITHIN, Wildcard.WITHIN)


@dataclass(frozen=True)
class Issuer:
    """An issuer of tokens. In forms `<>` is any text without a colon, and `<name>` a group of `host`."""

    name: str
    host: re.Pattern[str]
    """What IAM calls it: the provider's URL without `https://`."""
    is_shared: bool
    """Whether strangers' tokens have this issuer too."""
    owner: str
    """What the subject has to fix, such as a group; of one's own issuer, what of one's own it is."""
    forms: tuple[str, ...]
    """Its subjects."""
    fixing: tuple[re.Pattern[str], ...]
    """How a subject begins, as far as it says whose it is."""
    fixing_within: tuple[re.Pattern[str], ...]
    """What else in a subject says whose it is."""
    example: str
    any_ref: re.Pattern[str]
    """What a value of the trust is, up to its `*`, if that leaves the branch open: the group `project` is whose."""
    sources: tuple[str, ...]
    reviewed: date
    audience: str = ""
    """The audience of a token that is asked for without one; empty: each job asks for its own."""
    like_audience: re.Pattern[str] | None = None
    """What is meant to be that audience."""
    other_forms: tuple[str, ...] = ()
    """Its subjects where a setting makes them others."""
    setting: str = ""
    """What that setting is called."""
    merge_requests_are_branches: bool = False
    """Whether a job on a merge request has the subject of its source branch."""

    def of(self, host: str) -> IssuedSubjects | None:
        """Return its subjects if this is its host."""
        match = self.host.fullmatch(host)
        return None if match is None else IssuedSubjects(self, match.groupdict())


@dataclass(frozen=True)
class IssuedSubjects:
    """The subjects of one issuer's tokens."""

    issuer: Issuer
    groups: Mapping[str, str]

    @cached_property
    def forms(self) -> tuple[Pattern, ...]:
        """What each subject is like."""
        return tuple(_form(text, self.groups) for text in self.issuer.forms)

    @cached_property
    def other_forms(self) -> tuple[Pattern, ...]:
        """What subjects are like where the issuer's setting makes them others."""
        return tuple(_form(text, self.groups) for text in self.issuer.other_forms)

    @property
    def example(self) -> str:
        """A subject to be shown."""
        return self._filled(self.issuer.example)

    @property
    def samples(self) -> tuple[str, ...]:
        """Subjects of anyone: one of each form."""
        return tuple(map(self._filled, self.issuer.forms))

    def _filled(self, form: str) -> str:
        return _PLACE.sub(lambda place: self.groups.get(place[1], "any"), form)

    def right_audience(self, audience: Pattern) -> str | None:
        """Return the audience that one of a trust is meant to be, and is not; None: it may be one."""
        issuer = self.issuer
        if issuer.like_audience is None or not issuer.like_audience.fullmatch(str(audience)):
            return None
        return None if _form(issuer.audience, self.groups).intersects(audience) else self._filled(issuer.audience)

    def fixed(self, value: Pattern) -> Pattern | None:
        """Return all subjects of whose owner a value of a trust speaks; None: it does not say whose."""
        for begins in self.issuer.fixing:
            if match := begins.match(value.head):
                return Pattern((match[0], Wildcard.ANY))
        for within in self.issuer.fixing_within:
            for token in value.tokens:
                if isinstance(token, str) and (match := within.search(token)):
                    return Pattern((Wildcard.ANY, match[0], Wildcard.ANY))
        return None

    def is_issued(self, value: Pattern) -> bool | None:
        """Tell whether some token has a subject of a value of a trust; None: only with the issuer's setting."""
        if any(member((value, form)) is not None for form in self.forms):
            return True
        return None if any(member((value, form)) is not None for form in self.other_forms) else False


def _form(text: str, groups: Mapping[str, str]) -> Pattern:
    tokens: list[str | Wildcard] = []
    at = 0
    for place in _PLACE.finditer(text):
        tokens += [text[at : place.start()], *([groups[place[1]]] if place[1] else _NAME)]
        at = place.end()
    return Pattern((*tokens, text[at:]))


_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
GITHUB = Issuer(
    name="GitHub",
    host=re.compile(r"token\.actions\.githubusercontent\.com"),
    is_shared=True,
    owner="owner",
    forms=("repo:<>/<>:ref:refs/heads/<>", "repo:<>/<>:environment:<>", "repo:<>/<>:pull_request", "repo:<>/<>:<>"),
    fixing=(re.compile(r"repo:[^/:*?]+/"),),
    fixing_within=(),
    example="repo:OWNER/REPOSITORY:ref:refs/heads/main",
    any_ref=re.compile(r"repo:(?P<project>[^/:*?]+/[^:*?/]+):(?:ref:(?:refs/(?:heads/)?)?)?"),
    sources=("GitHub Docs, 'OpenID Connect reference'",),
    reviewed=date(2026, 11, 29),
    other_forms=("<>:<>", "repo:<>/<>:<>:<>"),
    setting="the template of the subject claim",
)
GITLAB_COM = Issuer(
    name="GitLab.com",
    host=re.compile(r"gitlab\.com"),
    is_shared=True,
    owner="group",
    forms=("project_path:<>/<>:ref_type:branch:ref:<>", "project_path:<>/<>:ref_type:tag:ref:<>"),
    fixing=(re.compile(r"project_path:[^/:*?]+/"),),
    fixing_within=(),
    example="project_path:GROUP/PROJECT:ref_type:branch:ref:main",
    any_ref=re.compile(r"project_path:(?P<project>[^:*?]+/[^:*?/]+):(?:ref_type:(?:branch:(?:ref:)?)?)?"),
    sources=(
        "GitLab Docs, 'OpenID Connect (OIDC) Authentication Using ID Tokens'",
        "GitLab merge request 160562: the first of ci_id_token_sub_claim_components is project_path",
    ),
    reviewed=date(2026, 11, 29),
    other_forms=("project_path:<>/<>", "project_path:<>/<>:<>:<>"),
    setting="its project's ci_id_token_sub_claim_components",
    merge_requests_are_branches=True,
)
GITLAB = replace(
    GITLAB_COM, name="GitLab", host=re.compile(r"(?:[\w-]+\.)*[\w-]*gitlab[\w-]*\..+"), is_shared=False, owner="host"
)
"""One that is self-managed; a host of another name is told by the subjects that the trust asks for."""
BUILDKITE = Issuer(
    name="Buildkite",
    host=re.compile(r"agent\.buildkite\.com"),
    is_shared=True,
    owner="organization",
    forms=(
        "organization:<>:pipeline:<>:ref:refs/heads/<>:commit:<>:step:<>",
        "organization:<>:pipeline:<>:ref:refs/tags/<>:commit:<>:step:<>",
        "organization:<>:pipeline:<>:ref:refs/heads/<>:commit:<>:step:",
        "organization:<>:pipeline:<>:ref:refs/tags/<>:commit:<>:step:",
        "<>-<>-<>-<>-<>",
    ),
    fixing=(re.compile(r"organization:[^:*?]+:"), re.compile(_UUID)),
    fixing_within=(),
    example="organization:ORG:pipeline:PIPELINE:ref:refs/heads/main:commit:*:step:*",
    any_ref=re.compile(r"organization:(?P<project>[^:*?]+:pipeline:[^:*?]+):(?:ref:(?:refs/(?:heads/)?)?)?"),
    sources=("Buildkite Docs, 'buildkite-agent oidc', Claims and Custom subject claims",),
    reviewed=date(2026, 11, 29),
    audience="https://buildkite.com/<>",
    like_audience=re.compile(r".*buildkite\.com.*"),
)
BITBUCKET = Issuer(
    name="Bitbucket",
    host=re.compile(r"api\.bitbucket\.org/2\.0/workspaces/(?P<workspace>[^/]+)/pipelines-config/identity/oidc"),
    is_shared=False,
    owner="workspace",
    forms=("{<>}:{<>}", "{<>}:{<>}:{<>}"),
    fixing=(re.compile(r"\{[^{}:*?]+\}:"),),
    fixing_within=(re.compile(r":\{[^{}:*?]+\}:"),),
    example="{REPOSITORY_UUID}:*",
    any_ref=re.compile(r"(?P<project>\{[^{}:*?]+\}):"),
    sources=(
        "Atlassian Support, 'Integrate Pipelines with resource servers using OIDC'",
        "Atlassian Support, 'Deploy on AWS using Bitbucket Pipelines OpenID Connect'",
    ),
    reviewed=date(2026, 11, 29),
    audience="ari:cloud:bitbucket::workspace/<>",
    like_audience=re.compile(r".*(ari:|bitbucket).*"),
)
CIRCLECI = Issuer(
    name="CircleCI",
    host=re.compile(r"oidc\.circleci\.com/org/(?P<org>[^/]+)"),
    is_shared=False,
    owner="organization",
    forms=("org/<org>/project/<>/user/<>", "org/<org>/project/<>/user/<>/vcs-origin/<>/vcs-ref/<>"),
    fixing=(re.compile(r"org/[^/*?]+/project/[^/*?]+/"),),
    fixing_within=(re.compile(r"/vcs-origin/[^/*?]+/[^/*?]+/"),),
    example="org/<org>/project/PROJECT_ID/user/*/vcs-origin/*/vcs-ref/refs/heads/main",
    any_ref=re.compile(r"org/[^/*?]+/project/(?P<project>[^/*?]+)/(?:user/)?"),
    sources=("CircleCI Docs, 'Using OpenID Connect tokens in jobs', Format of the OpenID Connect ID token",),
    reviewed=date(2026, 11, 29),
    audience="<org>",
    like_audience=re.compile(rf".*(circleci|{_UUID}).*"),
)
ISSUERS = (GITHUB, GITLAB_COM, BUILDKITE, BITBUCKET, CIRCLECI, GITLAB)
"""Each host is of the first that takes it."""


@lru_cache(maxsize=256)
def _of_host(host: str) -> IssuedSubjects | None:
    return next((found for issuer in ISSUERS if (found := issuer.of(host))), None)


def issued_by(host: str, subjects: Iterable[Pattern]) -> IssuedSubjects | None:
    """Return the subjects of the issuer of a host; None: it is not known, nor told by what a trust asks for.

    Args:
        host: As IAM names it.
        subjects: Those that the trust asks for: a self-managed GitLab may have any name.
    """
    if found := _of_host(host):
        return found
    if any(value.head.startswith("project_path:") for value in subjects):
        return IssuedSubjects(GITLAB, {})
    return None


def issuer_like(value: Pattern) -> Issuer | None:
    """Return whose subjects begin as a value does, whatever the host."""
    begins = {"repo:": GITHUB, "project_path:": GITLAB, "organization:": BUILDKITE, "org/": CIRCLECI, "{": BITBUCKET}
    return next((issuer for text, issuer in begins.items() if value.head.startswith(text)), None)

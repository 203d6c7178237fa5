"""Who needs a token, and for what: actions, called workflows and scripts that are known to ask for one.

Each entry was looked up on 2026-11-29 in the document or source that it names, and chosen by what public workflows use:
of 40 repositories whose jobs assume a role of AWS, the actions in jobs that may request a token. An action that is in
neither table may ask for one.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.workflow.shell import commands

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ASKS: Mapping[str, str] = MappingProxyType(
    {
        # README of pypa/gh-action-pypi-publish, "Trusted publishing"
        "pypa/gh-action-pypi-publish": "publishing to PyPI",
        # README of actions/attest, "Usage"; the other two wrap it
        "actions/attest": "attestations",
        "actions/attest-build-provenance": "attestations",
        "actions/attest-sbom": "attestations",
        # README of actions/deploy-pages, "Security considerations"
        "actions/deploy-pages": "GitHub Pages",
        # README of google-github-actions/auth, "Usage"
        "google-github-actions/auth": "Google Cloud",
        # README of Azure/login, "Login With OpenID Connect (OIDC)"
        "azure/login": "Azure",
        # README of sigstore/cosign-installer, "Usage" (it installs what then asks)
        "sigstore/cosign-installer": "Sigstore",
        # README of sigstore/gh-action-sigstore-python, "Usage"
        "sigstore/gh-action-sigstore-python": "Sigstore",
        # README of chainguard-dev/actions, the folders' own
        "chainguard-dev/actions/setup-gitsign": "Sigstore",
        "chainguard-dev/actions/setup-chainguard-terraform": "Chainguard",
        "chainguard-dev/actions/release-notes": "release notes",
        # README of codecov/codecov-action, "Using OIDC"
        "codecov/codecov-action": "Codecov",
        # README of ossf/scorecard-action, "Workflow Setup": for `publish_results`
        "ossf/scorecard-action": "Scorecard",
        # README of hashicorp/vault-action, "JWT with GitHub OIDC Tokens"
        "hashicorp/vault-action": "Vault",
        # source of rust-lang/crates-io-auth-action, `getIDToken`
        "rust-lang/crates-io-auth-action": "publishing to crates.io",
        # README of rubygems/release-gem, "Usage", and of rubygems/configure-rubygems-credentials
        "rubygems/release-gem": "publishing to RubyGems",
        "rubygems/configure-rubygems-credentials": "publishing to RubyGems",
        # README of NuGet/login, "Usage"
        "nuget/login": "publishing to NuGet",
        # READMEs of the builders and generators of slsa-framework/slsa-github-generator
        "slsa-framework/slsa-github-generator": "SLSA provenance",
        # docs/setup.md and docs/faq.md of anthropics/claude-code-action
        "anthropics/claude-code-action": "its GitHub app",
        # README of jfrog/setup-jfrog-cli, "Authorization"
        "jfrog/setup-jfrog-cli": "JFrog",
        # README of pulumi/auth-actions
        "pulumi/auth-actions": "Pulumi Cloud",
        # README of tailscale/github-action, on workload identity federation
        "tailscale/github-action": "Tailscale",
        # Depot Docs, "Container builds in GitHub Actions"; READMEs of depot/build-push-action, "Authentication", and of
        # depot/setup-action, `oidc`
        "depot/setup-action": "Depot",
        "depot/use-action": "Depot",
        "depot/build-push-action": "Depot",
        "depot/bake-action": "Depot",
        # README of namespacelabs/nscloud-setup
        "namespacelabs/nscloud-setup": "Namespace",
        # README of denoland/deployctl, "Action Example"
        "denoland/deployctl": "Deno Deploy",
        # changelog and lib/main.dart of dart-lang/setup-dart: asks for one wherever it may
        "dart-lang/setup-dart": "publishing to pub.dev",
        # README of flutter-actions/setup-pubdev-credentials
        "flutter-actions/setup-pubdev-credentials": "publishing to pub.dev",
        # README of CodSpeedHQ/action
        "codspeedhq/action": "CodSpeed",
        # README of octo-sts/action
        "octo-sts/action": "Octo STS",
    }
)
"""By the action, its folder in a repository of several, or the repository of a called workflow, in lower case: what it
asks for a token for."""

_ONLY_WITH: Mapping[str, str] = MappingProxyType(
    {
        "codecov/codecov-action": "use_oidc",
        "google-github-actions/auth": "workload_identity_provider",
        "ossf/scorecard-action": "publish_results",
    }
)
"""The input without which an action asks for none, by the READMEs above."""

_SCRIPTS = (
    (
        re.compile(r"\b(npm|pnpm|lerna)\s+(\S+\s+)*?publish\b|\bsemantic-release\b|\bchangeset publish\b"),
        "publishing to npm",
    ),
    # README of cdklabs/publib: NPM_TRUSTED_PUBLISHER, PYPI_TRUSTED_PUBLISHER and their like
    (re.compile(r"\bpublib(-\w+)?\b"), "publishing with publib"),
    (re.compile(r"\bjsr\s+publish\b|\bdeno\s+publish\b"), "publishing to JSR"),
    (re.compile(r"\b(dart|flutter)\s+pub\s+publish\b"), "publishing to pub.dev"),
    (re.compile(r"\bcosign\s+(sign|attest)|\bsigstore\s+sign\b"), "Sigstore"),
    (re.compile(r"\b(uv|hatch|poetry|flit)\s+publish\b|\btwine\s+upload\b"), "publishing to PyPI"),
    (re.compile(r"ACTIONS_ID_TOKEN_REQUEST|getIDToken|assume-role-with-web-identity"), "a script of its own"),
)
"""npm Docs, "Trusted publishing for npm packages"; Sigstore Docs, "Signing"; PyPI Docs, "Trusted Publishers"; JSR Docs,
"Publishing packages"; dart.dev, "Automated publishing of packages to pub.dev"."""

ASKS_NOT = frozenset(
    {
        "actions/checkout",
        "actions/cache",
        "actions/upload-artifact",
        "actions/download-artifact",
        "actions/setup-node",
        "actions/setup-python",
        "actions/setup-java",
        "actions/setup-go",
        "actions/setup-dotnet",
        "actions/labeler",
        "actions/stale",
        "actions/configure-pages",
        "actions/create-github-app-token",
        "actions/github-script",
        "anchore/sbom-action",
        "anchore/scan-action",
        "aws-actions/amazon-ecs-deploy-task-definition",
        "aws-actions/amazon-ecs-render-task-definition",
        "aws-actions/aws-secretsmanager-get-secrets",
        "azure/setup-helm",
        "azure/setup-kubectl",
        "dorny/paths-filter",
        "gradle/actions",
        "opentofu/setup-opentofu",
        "peter-evans/create-pull-request",
        "slackapi/slack-github-action",
        "actions/upload-pages-artifact",
        "aws-actions/amazon-ecr-login",
        "aws-actions/setup-sam",
        "docker/build-push-action",
        "docker/setup-buildx-action",
        "docker/setup-qemu-action",
        "docker/login-action",
        "docker/metadata-action",
        "hashicorp/setup-terraform",
        "pnpm/action-setup",
        "ruby/setup-ruby",
        "astral-sh/setup-uv",
    }
)
"""Actions that do their work without one: no README, document or source of theirs names `id-token: write` or asks for
a token, but in an example that publishes to npm."""


_PLAIN_PROGRAMS = """
[ [[ awk basename cat cd chmod cp cut date df diff dirname du echo exit export false git grep gunzip gzip head
jq local ls md5sum mkdir mv printf pwd read return rm rmdir sed set sha256sum shift sleep sort stat tail tar tee
test touch tr true uname uniq unset unzip wait wc which yq zip fi done esac
"""
"""Programs that ask for no token, and run nothing else that might; without what runs other programs' code."""


_PLAIN = frozenset(_PLAIN_PROGRAMS.split())


def asks_not(script: str | None) -> bool:
    """Whether all programs of a script are known, and none of them can ask for a token."""
    return all(command.program[0] in _PLAIN or not command.program[0] for command in commands(script or ""))


def needs_none(uses: str, inputs: Collection[str]) -> bool:
    """Tell whether an action is known to do without a token, with the inputs that it is given."""
    name = _action(uses)
    return name in ASKS_NOT or _ONLY_WITH.get(name, "") not in ("", *inputs)


def _action(uses: str, parts: int = 2) -> str:
    """Return the action's repository and as many folders, in lower case, without the version."""
    return "/".join(uses.partition("@")[0].strip().lower().split("/")[:parts])


def asked_for(uses: str | None, script: str | None, inputs: Collection[str] = ()) -> str | None:
    """Return what a step, or a called workflow, is known to need a token for; None: nothing, or not known."""
    if uses is None:
        return next((what for mark, what in _SCRIPTS if mark.search(script or "")), None)
    return None if needs_none(uses, inputs) else ASKS.get(_action(uses, 3)) or ASKS.get(_action(uses))

"""Who needs a token, and for what: actions, called workflows and scripts that are known to ask for one.

Reviewed on 2026-11-29 against the documents that each entry names, and chosen by what public workflows use: of 40
repositories whose jobs assume a role of AWS, the actions in jobs that may request a token. An action that is in neither
table may ask for one.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.workflow.shell import commands

if TYPE_CHECKING:
    from collections.abc import Mapping

ASKS: Mapping[str, str] = MappingProxyType(
    {
        # PyPI Docs, "Publishing with a Trusted Publisher"
        "pypa/gh-action-pypi-publish": "publishing to PyPI",
        # GitHub Docs, "Using artifact attestations"
        "actions/attest": "attestations",
        "actions/attest-build-provenance": "attestations",
        "actions/attest-sbom": "attestations",
        # README of actions/deploy-pages, "Permissions"
        "actions/deploy-pages": "GitHub Pages",
        # README of google-github-actions/auth, "Prerequisites"
        "google-github-actions/auth": "Google Cloud",
        # README of azure/login, "Login With OpenID Connect"
        "azure/login": "Azure",
        # Sigstore Docs, "CI Quickstart" (it installs what then asks)
        "sigstore/cosign-installer": "Sigstore",
        "sigstore/gh-action-sigstore-python": "Sigstore",
        # README of codecov/codecov-action, `use_oidc`
        "codecov/codecov-action": "Codecov",
        # README of ossf/scorecard-action, "Workflow Setup"
        "ossf/scorecard-action": "Scorecard",
        # README of hashicorp/vault-action, "JWT with GitHub OIDC Tokens"
        "hashicorp/vault-action": "Vault",
        # README of rust-lang/crates-io-auth-action
        "rust-lang/crates-io-auth-action": "publishing to crates.io",
        # RubyGems Guides, "Trusted Publishing"
        "rubygems/release-gem": "publishing to RubyGems",
        "rubygems/configure-rubygems-credentials": "publishing to RubyGems",
        # README of nuget/login
        "nuget/login": "publishing to NuGet",
        # README of slsa-framework/slsa-github-generator, "Referencing SLSA builders and generators"
        "slsa-framework/slsa-github-generator": "SLSA provenance",
        # README of anthropics/claude-code-action, docs/setup.md
        "anthropics/claude-code-action": "its GitHub app",
        # README of jfrog/setup-jfrog-cli, "Authorization"
        "jfrog/setup-jfrog-cli": "JFrog",
        # README of pulumi/auth-actions
        "pulumi/auth-actions": "Pulumi Cloud",
        # README of tailscale/github-action, "OIDC"
        "tailscale/github-action": "Tailscale",
        # Depot Docs, "Container builds in GitHub Actions", "Authentication"
        "depot/setup-action": "Depot",
        "depot/use-action": "Depot",
        "depot/build-push-action": "Depot",
        "depot/bake-action": "Depot",
        # README of namespacelabs/nscloud-setup-buildx-action
        "namespacelabs/nscloud-setup": "Namespace",
        # README of denoland/deployctl
        "denoland/deployctl": "Deno Deploy",
        # README of dart-lang/setup-dart, and dart.dev, "Automated publishing of packages to pub.dev"
        "dart-lang/setup-dart": "publishing to pub.dev",
        "flutter-actions/setup-pubdev-credentials": "publishing to pub.dev",
        # CodSpeed's pull requests to oxc-project's repositories of December 2025: with `id-token: write`, no token
        "codspeedhq/action": "CodSpeed",
        # Chainguard, "Chainguard Actions telemetry and privacy": uses the permission where it is there
        "chainguard-dev/actions": "Chainguard",
        # README of octo-sts/action
        "octo-sts/action": "Octo STS",
    }
)
"""By the action, or the repository of a called workflow, in lower case: what it asks for a token for."""

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
        "python-semantic-release/python-semantic-release",
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
"""Actions that do their work without one: none of their READMEs asks for `id-token: write`."""


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


def action_name(uses: str) -> str:
    """Return the action's repository, in lower case, without folder and version."""
    return "/".join(uses.partition("@")[0].strip().lower().split("/")[:2])


def asked_for(uses: str | None, script: str | None) -> str | None:
    """Return what a step is known to need a token for; None: nothing, or not known."""
    if uses is not None:
        return ASKS.get(action_name(uses))
    return next((what for mark, what in _SCRIPTS if mark.search(script or "")), None)

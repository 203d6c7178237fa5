"""The links of a delivery chain, each a role, and the room that one has."""

from __future__ import annotations

from enum import Enum

MOST_MANAGED = 10
"""Managed policies of a role, unless AWS has raised the quota: "IAM and AWS STS quotas", AWS IAM User Guide."""


class Link(Enum):
    """A role of the chain, by what it is for."""

    CI = "ci"
    """Assumes the roles that the CLI works with."""
    DEPLOY = "deploy"
    """The CLI makes change sets with it, and passes the execution role to CloudFormation."""
    FILES = "files"
    """Files, the templates among them, are uploaded with it."""
    IMAGES = "images"
    """Container images are pushed with it."""
    LOOKUP = "lookup"
    """The app asks the account with it, while it is synthesised."""
    EXECUTION = "execution"
    """CloudFormation creates, updates and deletes all resources with it."""


class Room(Enum):
    """What an execution role may do beyond what the app needs now, so that the app can grow."""

    NONE = "none"
    TYPES = "types"
    """What the types call that the app has, on whatever CloudFormation names after its stacks."""


class Per(Enum):
    """What an execution role's policies are written for."""

    APP = "app"
    """All stacks of the app in one environment."""
    STACK = "stack"
    """Each stack by itself: the role has the policies of all."""
    ACCOUNT = "account"
    """All stacks of the app in one account: the roles of its regions have the same policies."""

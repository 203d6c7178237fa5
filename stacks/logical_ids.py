"""Logical ids that a live stack already has: another id would make another resource."""

from aws_cdk import CfnElement
from constructs import Construct


def keep_logical_id(construct: Construct, logical_id: str) -> None:
    """Give the resource behind a construct (or the L1 itself) the logical id it has in the live stack."""
    element = construct if isinstance(construct, CfnElement) else construct.node.default_child
    if not isinstance(element, CfnElement):
        raise TypeError(f"{construct.node.path} has no resource to be called {logical_id}")
    element.override_logical_id(logical_id)

"""The processes that `make test` runs side by side."""

from typing import Any

import pytest


def test_a_group_of_tests_stays_in_one_process(request: Any) -> None:
    """xdist tells the groups by the ends of ids; where it fails to, the groups are torn apart without a word."""
    node: pytest.Item = request.node
    if request.config.getoption("loadgroup", default=False):
        assert node.nodeid.endswith("@test_processes")

"""The processes that `make test` runs side by side."""

import pytest


def test_a_group_of_tests_stays_in_one_process(request: pytest.FixtureRequest) -> None:
    """xdist tells the groups by the ends of ids; where it fails to, the groups are torn apart without a word."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@test_processes")

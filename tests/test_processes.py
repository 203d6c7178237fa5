"""The processes that `make test` runs side by side."""

from typing import Any


def test_a_group_of_tests_stays_in_one_process(request: Any) -> None:
    """xdist tells the groups by the ends of ids; where it fails to, the groups are torn apart without a word."""
    nodeid: str = request.node.nodeid
    if request.config.getoption("loadgroup", default=False):
        assert nodeid.endswith("@test_processes")

"""The table of what deployment tools call: each action is one, each part has a name of its own."""

from leastgrant.knowledge import Tier, authorization
from leastgrant.knowledge.tools import COMMANDS, DEFAULTS, CalledOn


def test_each_action_is_one_that_iam_knows() -> None:
    unknown = {
        action
        for command in COMMANDS.values()
        for calls in command.calls
        for action in calls.actions
        if authorization.action(action) is None
    }
    assert unknown == set()


def test_the_parts_of_a_command_have_names_of_their_own() -> None:
    for command in COMMANDS.values():
        parts = [calls.part for calls in command.calls]
        assert len(set(parts)) == len(parts), command.name


def test_what_a_tool_alone_stands_for_is_in_the_table() -> None:
    assert set(DEFAULTS.values()) <= COMMANDS.keys()


def test_each_command_requires_something_and_says_where_that_is_known_from() -> None:
    for command in COMMANDS.values():
        assert any(calls.tier is Tier.REQUIRED for calls in command.calls), command.name
        assert any(letter.isdigit() for letter in command.source), "a version"


def test_a_command_that_uploads_has_a_bucket_or_must_be_told() -> None:
    for command in COMMANDS.values():
        uploads = any(calls.on is CalledOn.OBJECTS for calls in command.calls)
        assert uploads or command.bucket or not command.uploads_always, command.name

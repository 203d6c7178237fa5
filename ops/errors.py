"""What keeps a command from its answer."""

from leastgrant import InputError


class OpsError(InputError):
    """A command cannot give its answer; the message is one line: what is wrong, and what to do."""

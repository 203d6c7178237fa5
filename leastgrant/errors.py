"""The one error of whoever reads what somebody wrote."""


class InputError(Exception):
    """What is wrong with the input, in one line: the file, the place in it, the fault and the fix."""

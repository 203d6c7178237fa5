"""The base of all errors about input."""


class InputError(Exception):
    """What is wrong with the input, in one line: the file, the place in it, the fault and the fix."""

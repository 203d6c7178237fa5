"""`python -m settings KEY` prints one setting of cdk.json, as the Makefile needs it."""

import sys
from dataclasses import fields
from pathlib import Path

from settings.model import Settings, SettingsError, key_of


def main(arguments: list[str]) -> int:
    """Print the setting that the only argument names; 2 and one line on standard error if that cannot be done."""
    keys = {key_of(f.name): f.name for f in fields(Settings)}
    if len(arguments) != 1 or arguments[0] not in keys:
        print(f"usage: python -m settings KEY, where KEY is one of {', '.join(keys)}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_file(Path("cdk.json"))
    except SettingsError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    print(getattr(settings, keys[arguments[0]]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

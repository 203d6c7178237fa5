"""`python -m ops COMMAND`."""

import sys

try:
    from ops.cli import main
except ModuleNotFoundError as error:  # exit status 1 would say that something was found
    print(f"ops: {error}: run it with this project's .venv/bin/python, which 'make preflight' makes", file=sys.stderr)
    sys.exit(2)

sys.exit(main())

"""`python -m permissions_diff --base REF`."""

import sys

from permissions_diff.cli import main

if __name__ == "__main__":
    sys.exit(main())

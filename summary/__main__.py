"""`python -m summary DIRECTORY`."""

import sys

from summary.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

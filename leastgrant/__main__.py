"""Runs the command line."""

import sys

from leastgrant.cli import main

sys.exit(main())

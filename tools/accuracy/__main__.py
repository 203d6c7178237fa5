"""`make accuracy`: print the tables of docs/accuracy.md.

`--write` writes them there, and what sums them up into the first pages; it lowers the numbers of false
alarms that may be reported to those that are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from tools.accuracy.pairs import lower, pairs
from tools.accuracy.summary import PAGES, summary, with_summary
from tools.accuracy.table import report

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "accuracy.md"
_BEGIN, _END = "<!-- accuracy -->\n\n", "\n\n<!-- /accuracy -->"


def shown(document: str) -> str:
    """Return what a document shows between its marks."""
    return document.partition(_BEGIN)[2].partition(_END)[0]


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; 1: those in the document are others."""
    parser = argparse.ArgumentParser(
        prog="make accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--write", action="store_true", help="write them into docs/accuracy.md, and lower the false alarms"
    )
    options = parser.parse_args(arguments)
    tables, document = report(), DOCUMENT.read_text(encoding="utf-8")
    print(tables)
    if options.write:
        before, _, rest = document.partition(_BEGIN)
        after = rest.partition(_END)[2]
        for pair in pairs():
            lower(pair)
        DOCUMENT.write_text(f"{before}{_BEGIN}{tables}{_END}{after}", encoding="utf-8")
        for page in PAGES:
            page.write_text(with_summary(page.read_text(encoding="utf-8"), summary(tables)), encoding="utf-8")
    elif shown(document) != tables:
        print("docs/accuracy.md shows others: run make accuracy ARGS=--write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Tables for a terminal, as leastgrant writes them."""

from leastgrant.table import WIDTH, table

__all__ = ["WIDTH", "table"]

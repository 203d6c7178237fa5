"""`make upgrade`: every pinned version moved forward, everything run again, and what changed by it."""

"""Orphans: what the app's template names that exists outside its stack, and whether the stack may take it over.

Serves the take-over, and goes the day after it: docs/after-the-take-over.md.

`search` finds them; `table` compares a live table with its declaration, property by property.
"""

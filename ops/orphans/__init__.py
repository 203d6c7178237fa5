"""Orphans: what the app's template names that exists outside its stack, and whether the stack may take it over.

`search` finds them; `table` compares a live table with its declaration, property by property.
"""

"""Taking orphans into the stack, as they are; nothing here makes or deletes a resource.

Serves the take-over, and goes the day after it: docs/after-the-take-over.md.

`request` says what to ask of CloudFormation, `change_set` asks it, and `census` counts what a table holds.
"""

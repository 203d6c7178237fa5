"""The whole deployment, played on this machine: `make rehearse`.

It plays the incident before it: that part serves the take-over, and goes the day after it:
docs/after-the-take-over.md.
"""

"""Who gains and loses what between two states of this project, and why: `make permissions-diff`."""

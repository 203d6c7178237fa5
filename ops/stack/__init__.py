"""A stack in the account: its state, resources, outputs and events."""

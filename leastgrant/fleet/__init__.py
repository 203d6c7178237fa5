"""All stacks of accounts, each proved with the role that deploys it."""

"""CloudFormation templates, read and resolved to values whose unknown parts are wildcards."""

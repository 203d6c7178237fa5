"""What CloudFormation calls with the caller's permissions when it handles a resource of a given type."""

"""CloudFormation: change sets, stacks, and the handlers of the resource types that are modelled."""

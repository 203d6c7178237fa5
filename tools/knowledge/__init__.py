"""`make knowledge`: what CloudFormation calls, from the newest provider schemas, and what that changes."""

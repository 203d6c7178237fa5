"""IAM policies of a role: read, evaluated, and compared as sets of requests."""

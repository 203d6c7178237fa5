"""What a job and a role must agree on, one rule a file."""

"""What CloudTrail recorded of a role, held against what it needs and may do."""

"""The proof: a role grants everything a deployment needs, and nothing else."""

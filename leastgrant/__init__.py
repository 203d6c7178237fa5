"""Proves that a deploy role grants what CloudFormation will call, and nothing else."""

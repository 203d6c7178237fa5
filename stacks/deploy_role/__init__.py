"""The role that GitHub Actions deploys with, and its stack."""

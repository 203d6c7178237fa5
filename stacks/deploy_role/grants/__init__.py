"""Typed grants, one file a service: what can be written here lies inside one stack's namespace."""

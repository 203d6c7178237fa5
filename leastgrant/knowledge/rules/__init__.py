"""Reviewed rules, one module a service; see `leastgrant.knowledge.rule`."""

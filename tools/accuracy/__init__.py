"""`make accuracy`: how often leastgrant is right, on reports and roles that others published."""

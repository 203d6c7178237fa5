"""The deploy role as synthesised, as deployed and as live: its documents, and how they differ."""

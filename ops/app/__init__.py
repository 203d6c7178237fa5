"""The deployed app: its two functions, asked for their health."""

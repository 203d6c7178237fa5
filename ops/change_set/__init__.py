"""A change set: read, compared with the reviewed templates, and judged."""

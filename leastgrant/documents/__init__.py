"""YAML and JSON documents, read with the line of each key, so that an error can point at it."""

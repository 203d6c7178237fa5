"""The commands of `python -m ops`, one module each. Nobody imports a command but the command line."""

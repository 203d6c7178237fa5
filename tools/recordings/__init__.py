"""The emulator held to LocalStack's recordings of AWS: `python -m tools.recordings --help`."""

"""What a deployment is given from outside: one typed value, read from CDK context and checked."""

from settings.model import Settings, SettingsError

__all__ = ["Settings", "SettingsError"]

"""What a deployment is given from outside: settings, and the record of what is live. Both are typed and checked."""

from settings.model import Settings, SettingsError
from settings.record import LiveRecord, RecordError, RecordState

__all__ = ["LiveRecord", "RecordError", "RecordState", "Settings", "SettingsError"]

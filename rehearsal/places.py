"""Where things of this project are."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
CDK: Final = ROOT / "node_modules" / ".bin" / "cdk"
ARTIFACTS: Final = Path(__file__).parent / "artifacts"
"""Functions for the rehearsal, in place of the app's own."""
LIVE: Final = ROOT / "live"
"""The record of what is deployed."""

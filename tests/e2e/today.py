"""The day of the browser tests, in a time zone in which midnight is hours away: none ends on another day."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# The tests' records count at noon UTC, which 11 hours to either side is the same day.
_AHEAD = min(12 - datetime.now(UTC).hour, 11)
ZONE = f"Etc/GMT{-_AHEAD:+}"
"""The company's. These names count hours westwards: Etc/GMT-11 is ahead of UTC."""
TODAY = datetime.now(ZoneInfo(ZONE)).date()

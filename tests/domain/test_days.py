"""Which day a moment falls on: the one it has in the company's time zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from goalpost.domain.counting import Rates, Rules

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def rules_in(zone: str) -> Rules:
    return Rules(time_zone=ZoneInfo(zone), currency="EUR", stages={}, rates=Rates({}), digits={})


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        # New York loses an hour on 8 March 2026 and gains one on 1 November.
        ("America/New_York", "2026-03-08T04:59:59Z", "2026-03-07"),
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09"),
        ("America/New_York", "2026-11-01T03:59:59Z", "2026-10-31"),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01"),
        ("America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"),
        ("America/New_York", "2026-11-02T05:00:00Z", "2026-11-02"),
        # 14 hours ahead of UTC, and 11 behind.
        ("Pacific/Kiritimati", "2025-12-31T09:59:59Z", "2025-12-31"),
        ("Pacific/Kiritimati", "2025-12-31T10:00:00Z", "2026-01-01"),
        ("Pacific/Pago_Pago", "2026-01-01T10:59:59Z", "2025-12-31"),
        ("Pacific/Pago_Pago", "2026-01-01T11:00:00Z", "2026-01-01"),
        # Samoa went to bed on the 29th and woke on the 31st.
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
        ("Asia/Kathmandu", "2026-01-01T18:14:59Z", "2026-01-01"),
        ("Asia/Kathmandu", "2026-01-01T18:15:00Z", "2026-01-02"),
        ("UTC", "2026-01-01T00:00:00Z", "2026-01-01"),
    ],
)
def test_a_moment_falls_on_the_day_it_has_in_the_companys_time_zone(zone: str, moment: str, day: str) -> None:
    assert rules_in(zone).day(datetime.fromisoformat(moment)) == date.fromisoformat(day)


def test_the_offset_a_moment_is_written_in_does_not_matter() -> None:
    stockholm = rules_in("Europe/Stockholm")
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-9)))
    assert stockholm.day(elsewhere) == stockholm.day(NOON)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        rules_in("UTC").day(NOON.replace(tzinfo=None))


def test_a_moment_past_the_edge_of_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        rules_in("Europe/Stockholm").day(datetime(9999, 12, 31, 23, 30, tzinfo=UTC))

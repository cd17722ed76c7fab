"""Deals written to a file in any common way are read as the deals they are."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.counting import DealStatus
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.reading import read_deals
from goalpost.exchange.reading.rows import DealRow

_HEADER = [
    *("external_id", "title", "owner", "organization", "pipeline", "stage", "status", "value", "currency"),
    *("probability", "add_time", "won_time", "lost_time", "expected_close_date", "stage_change_time"),
]
_LETTERS = st.characters(codec="cp1252", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"])
_SPACED = st.text(st.one_of(_LETTERS, st.sampled_from(" ,;|\"'\n")), max_size=20)
_TEXTS = _SPACED.map(lambda text: " ".join(text.split()))
_NAMES = _TEXTS.filter(bool)
_DAYS = st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1))
_MOMENTS = _DAYS | st.datetimes(
    datetime(1950, 1, 1),  # noqa: DTZ001  a bound
    datetime(2100, 1, 1),  # noqa: DTZ001  a bound
    timezones=st.just(UTC),
)


@st.composite
def _deals(draw: st.DrawFn) -> DealRow:
    status = draw(st.sampled_from(DealStatus))
    add_time = draw(_MOMENTS)
    return DealRow(
        line=0,
        external_id=draw(_TEXTS),
        title=draw(_NAMES),
        owner=draw(_NAMES),
        organization=draw(_TEXTS),
        pipeline=draw(_TEXTS),
        stage=draw(_TEXTS),
        status=status,
        value=draw(st.integers(-(2**40), 2**40)),
        currency=draw(st.sampled_from(["SEK", "EUR", "JPY", "KWD"])),
        probability=draw(st.none() | st.integers(0, 100)),
        add_time=add_time,
        written_add_time="" if add_time is None else add_time.isoformat(),
        won_time=draw(_MOMENTS) if status is DealStatus.WON else None,
        lost_time=draw(_MOMENTS) if status is DealStatus.LOST else None,
        expected_close_date=draw(_DAYS),
        stage_change_time=draw(_MOMENTS),
        is_deleted=False,
    )


def _cells(deal: DealRow, decimal_sign: str) -> list[str]:
    digits = {"JPY": 0, "KWD": 3}.get(deal.currency, 2)
    whole, fraction = divmod(abs(deal.value), 10**digits)
    value = (
        f"{'-' if deal.value < 0 else ''}{whole}{decimal_sign}{fraction:0{digits}}" if digits else deal.value
    )
    times = (deal.add_time, deal.won_time, deal.lost_time, deal.expected_close_date, deal.stage_change_time)
    texts = (deal.external_id, deal.title, deal.owner, deal.organization, deal.pipeline, deal.stage or "")
    probability = "" if deal.probability is None else deal.probability
    numbers = (deal.status.value, value, deal.currency, probability)
    return [*texts, *map(str, numbers), *("" if time is None else time.isoformat() for time in times)]


@given(
    deals=st.lists(_deals(), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    decimal_sign=st.sampled_from(".,"),
)
def test_deals_survive_the_trip(
    tmp_path_factory: pytest.TempPathFactory,
    deals: list[DealRow],
    delimiter: str,
    ending: str,
    codec: str,
    decimal_sign: str,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending)
    writer.writerow(_HEADER)
    writer.writerows(_cells(deal, decimal_sign) for deal in deals)
    path = tmp_path_factory.mktemp("trip") / "deals.csv"
    path.write_bytes(text.getvalue().encode(codec))
    options = ReadOptions(decimal_sign=decimal_sign)
    if codec == "cp1252":
        # A handful of cp1252 letters may by chance be UTF-8 as well.
        options = ReadOptions(decimal_sign=decimal_sign, encoding="cp1252")
    reading = read_deals(path, options, "SEK", ZoneInfo("Europe/Stockholm"))
    rows = list(reading.rows())
    assert [type(row) for row in rows] == [DealRow] * len(deals), rows
    assert [replace(row, line=0) for row in rows if isinstance(row, DealRow)] == deals

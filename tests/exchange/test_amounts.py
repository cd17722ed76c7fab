"""Numbers as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import Cell, FormulaError
from goalpost.exchange.reading.amounts import DecimalSign, NumberReader, WrittenNumber, detect_decimal_sign

_POINT, _COMMA = DecimalSign.POINT, DecimalSign.COMMA


@pytest.mark.parametrize(
    ("sign", "text", "number", "symbol"),
    [
        (_POINT, "1054", "1054", ""),
        (_POINT, "-1054.50", "-1054.50", ""),
        (_POINT, "1,234.56", "1234.56", ""),
        (_POINT, "1,234", "1234", ""),
        (_POINT, "1'234.56", "1234.56", ""),
        (_POINT, "1\u2019234\u2019567", "1234567", ""),
        (_POINT, "12,34,567.00", "1234567", ""),
        (_POINT, ".5", "0.5", ""),
        (_POINT, "$1,234.56", "1234.56", "$"),
        (_POINT, "-$1,234.56", "-1234.56", "$"),
        (_POINT, "$-5", "-5", "$"),
        (_POINT, "($1,234.56)", "-1234.56", "$"),
        (_POINT, "1234.56-", "-1234.56", ""),
        (_POINT, "\N{MINUS SIGN}7", "-7", ""),
        (_POINT, "+7", "7", ""),
        (_POINT, "USD 1,000", "1000", "usd"),
        (_POINT, "1000 eur", "1000", "eur"),
        (_COMMA, "1.234,56", "1234.56", ""),
        (_COMMA, "1 234,56", "1234.56", ""),
        (_COMMA, "1\u00a0234\u00a0567,5", "1234567.5", ""),
        (_COMMA, "1\u202f234,56 €", "1234.56", "€"),
        (_COMMA, "1 234,56 kr", "1234.56", "kr"),
        (_COMMA, "kr. 100", "100", "kr"),
        (_COMMA, "kr.100", "100", "kr"),
        (_COMMA, "100:-", "100", ""),
        (_COMMA, "1.234,- kr", "1234", "kr"),
        (_COMMA, "1.234", "1234", ""),
    ],
)
def test_a_written_number_is_read(sign: DecimalSign, text: str, number: str, symbol: str) -> None:
    assert NumberReader(sign).written(text) == WrittenNumber(Decimal(number), symbol)


@pytest.mark.parametrize(
    ("sign", "text"),
    [
        (_POINT, "1.234,56"),
        (_POINT, "1234,56"),
        (_POINT, "1.2.3"),
        (_POINT, "1,23"),
        (_POINT, "12,3456"),
        (_POINT, "1 234,567.5"),
        (_COMMA, "1,234.56"),
        (_COMMA, "10.5"),
        (_POINT, "abc"),
        (_POINT, "12 dogs"),
        (_POINT, "1e5"),
        (_POINT, "--5"),
        (_POINT, "5 and 6"),
        (_POINT, "50%x"),
        (_POINT, "NaN"),
        (_POINT, "Infinity"),
        (_POINT, "0x10"),
        (_POINT, "9" * 60),
        (_POINT, "١٢٣"),
        (_POINT, "-"),
    ],
)
def test_what_does_not_fit_is_refused(sign: DecimalSign, text: str) -> None:
    with pytest.raises(RowRefused):
        NumberReader(sign).written(text)


@pytest.mark.parametrize(
    ("cell", "number"), [(1054, "1054"), (10.5, "10.5"), (0.1 + 0.2, "0.3"), (1e15, "1000000000000000")]
)
def test_a_workbooks_number_is_what_the_workbook_shows(cell: Cell, number: str) -> None:
    assert NumberReader(_COMMA).written(cell) == WrittenNumber(Decimal(number))


@pytest.mark.parametrize("cell", [True, FormulaError("#DIV/0!")])
def test_a_workbooks_other_cells_are_no_numbers(cell: Cell) -> None:
    with pytest.raises(RowRefused):
        NumberReader(_POINT).written(cell)


@pytest.mark.parametrize(
    ("text", "percent"),
    [("75", 75), ("75%", 75), ("12.5", 12), ("0.5%", 0), ("75.0 %", 75), ("0", 0), ("100", 100)],
)
def test_a_probability_is_whole_percent(text: str, percent: int) -> None:
    assert NumberReader(_POINT).percent(text) == percent


@pytest.mark.parametrize(("cell", "percent"), [("0.75", "75"), (0.5, "50"), (".125", "12")])
def test_a_share_among_whole_percent_is_asked_about(cell: Cell, percent: str) -> None:
    with pytest.raises(RowRefused, match=f"may be {percent} % or less than 1 %"):
        NumberReader(_POINT).percent(cell)


@pytest.mark.parametrize("text", ["101", "-1", "75 kr", "high"])
def test_another_probability_is_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        NumberReader(_POINT).percent(text)


@pytest.mark.parametrize(
    ("numbers", "sign"),
    [
        ([], _POINT),
        (["100", "2000"], _POINT),
        (["1.5"], _POINT),
        (["1,5"], _COMMA),
        (["1,234", "1,234.5"], _POINT),
        (["1,234", "7,5"], _COMMA),
        (["1.234", "1.234.567"], _COMMA),
        (["1 234,567"], _COMMA),
        (["0,125"], _COMMA),
        (["1234,567"], _COMMA),
        (["1'234.50"], _POINT),
        (["€ 1.234,50"], _COMMA),
        (["1.5", "2.5", "3,5"], _POINT),
        (["free", "see note 1,5,7", "2,5"], _COMMA),
    ],
)
def test_the_decimal_sign_is_the_one_the_file_shows(numbers: list[str], sign: DecimalSign) -> None:
    assert detect_decimal_sign(enumerate(numbers, start=2)) is sign


def test_a_file_whose_numbers_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(Unusable, match=r"two ways: line 3 has 1,234\. .*--decimal-sign"):
        detect_decimal_sign([(2, "100"), (3, "1,234"), (4, "5,678")])


def test_a_file_whose_numbers_disagree_is_refused() -> None:
    with pytest.raises(Unusable, match=r"disagree: line 3 has 1\.5, line 2 has 1,5"):
        detect_decimal_sign([(2, "1,5"), (3, "1.5"), (4, "1,234")])


@given(
    minor=st.integers(-(10**12), 10**12),
    sign=st.sampled_from(DecimalSign),
    group=st.sampled_from(["", "'", " ", "\u00a0", "other"]),
)
def test_a_number_written_in_any_way_is_read_as_itself(minor: int, sign: DecimalSign, group: str) -> None:
    grouping = {"other": "," if sign is _POINT else "."}.get(group, group)
    whole, cents = divmod(abs(minor), 100)
    text = f"{whole:,}".replace(",", grouping) + f"{sign.value}{cents:02}"
    number = Decimal(minor).scaleb(-2)
    assert NumberReader(sign).written(f"-{text}" if minor < 0 else text).number == number
    assert detect_decimal_sign([(2, text)]) is sign

"""`--value` and `--default` as they are typed."""

import pytest

from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.reading.told_values import parse_defaults, parse_values
from goalpost.exchange.unusable import Unusable


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("stage:Closed=won", "Closed", "won"),
        ("stage:In progress = Open ", "In progress", "Open"),
        ("stage:=Open", "", "Open"),
        ("stage:n/a=", "n/a", ""),
        ("stage:10:30=late", "10:30", "late"),
        ('stage:"a=b"=Offer', "a=b", "Offer"),
        ('stage:"a=b"="c=d"', "a=b", "c=d"),
        ('stage:"say ""hi"""=x', 'say "hi"', "x"),
        ('stage:12" pipe=x', '12" pipe', "x"),
        ("stage:Förlorad=lost", "Förlorad", "lost"),
    ],
)
def test_a_raw_text_is_told_its_value(text: str, raw: str, value: str) -> None:
    assert parse_values(FileKind.DEALS, [text]) == {"stage": {raw: value}}


@pytest.mark.parametrize("text", ["stage", "stage=x", "stage:x", "stage:a=b=c", 'stage:"a=b', 'stage:"a"b=c'])
def test_a_value_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="write FIELD:RAW=VALUE"):
        parse_values(FileKind.DEALS, [text])


def test_one_raw_text_cannot_have_two_values() -> None:
    with pytest.raises(Unusable, match="was given the value 'won' already"):
        parse_values(FileKind.DEALS, ["status:X=won", "status:X=lost"])


def test_defaults_are_read() -> None:
    defaults = parse_defaults(FileKind.DEALS, ["currency=SEK", "title=a=b", 'stage=" x"'])
    assert defaults == {"currency": "SEK", "title": "a=b", "stage": " x"}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["currency"], "write FIELD=VALUE"),
        (["currency="], "write FIELD=VALUE"),
        (["budget=1"], "no field 'budget'"),
        (["currency=SEK", "currency=EUR"], "has a default already"),
    ],
)
def test_a_default_that_cannot_be_used_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(Unusable, match=message):
        parse_defaults(FileKind.DEALS, texts)

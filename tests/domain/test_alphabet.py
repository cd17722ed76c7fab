"""The order of titles: one alphabet for everybody."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.alphabet import LONGEST_KEY, sort_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["", "10", "9", "a", "B", "c"],
        ["Zebra", "Åre", "Ärla", "Öland", "日本"],
        ["Eco", "école", "Ecolite"],
        ["Ärla", "Æsir", "Ättika", "Öl", "Østfold"],
        ["deal  one", "Deal one b", "deal two"],
        ["Strasbourg", "Straße", "Stratford"],
        ["zz", "{x}", "å"],
    ],
)
def test_titles_stand_as_people_look_them_up(ordered: list[str]) -> None:
    backwards = ordered[::-1]
    assert sorted(backwards, key=sort_key) == ordered


@pytest.mark.parametrize("text", ["ÅNGSTRÖM", "Øre", "Café"])
def test_case_and_the_way_an_accent_is_written_make_no_difference(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert sort_key(text) == sort_key(text.lower()) == sort_key(apart) == sort_key(f"  {text} ")


@given(st.text(max_size=600))
def test_every_text_has_a_key_of_bounded_length(text: str) -> None:
    assert len(sort_key(text)) <= LONGEST_KEY

"""File names say what the file holds, and every system can keep them."""

import pytest

from goalpost.insights.export import file_name
from tests.insights.export.hostile import HOSTILE


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Deals won", "Björn", "2026"), "Deals won \N{EN DASH} Björn \N{EN DASH} 2026.xlsx"),
        (("Deals won", "", "2026"), "Deals won \N{EN DASH} 2026.xlsx"),
        (("../../etc/passwd",), "etc passwd.xlsx"),
        (('a\\b:c*d?e"f<g>h|i',), "a b c d e f g h i.xlsx"),
        (("\u202egnp.exe",), "gnp.exe.xlsx"),
        (("a\r\nSet-Cookie: x=1",), "a Set-Cookie x=1.xlsx"),
        (("nul",), "_nul.xlsx"),
        (("Con.tract",), "_Con.tract.xlsx"),
        (("Contract",), "Contract.xlsx"),
        (("...",), "export.xlsx"),
        ((), "export.xlsx"),
        (("目標 🏆",), "目標 🏆.xlsx"),
    ],
)
def test_names(parts: tuple[str, ...], name: str) -> None:
    assert file_name(*parts, extension="xlsx") == name


def test_a_long_title_leaves_room_for_whose_and_when() -> None:
    name = file_name("å" * 10_000, "Björn", "2026", extension="xlsx")
    assert name.endswith("å… \N{EN DASH} Björn \N{EN DASH} 2026.xlsx")
    assert len(name.encode()) < 200


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_makes_a_name_that_stays_in_its_folder(text: str) -> None:
    name = file_name(text, text, extension="csv")
    assert not set(name) & set('/\\:*?"<>|\r\n\t\0\u202e')
    assert not name.startswith((".", " "))
    assert len(name.encode()) < 255

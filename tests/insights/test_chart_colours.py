"""Colours that a chart may have are seen in both themes; one that is not gets a warning."""

from itertools import product

import pytest

from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.insights.chart_colours import (
    ChartPart,
    ChartTheme,
    FaintPart,
    cannot_be_told_apart,
    faint_parts,
    theme_palettes,
)


def test_every_choice_stands_out_in_both_themes() -> None:
    choices = [None, *ChartColour]
    for result, target, reached in product(ChartColour, choices, choices):
        assert faint_parts(ChartLook(result, target, reached), theme_palettes()) == ()


@pytest.mark.parametrize("theme", ChartTheme)
def test_a_colour_below_3_to_1_is_named_with_its_theme(theme: ChartTheme) -> None:
    palettes = {each: dict(palette) for each, palette in theme_palettes().items()}
    # Just short of 3 : 1 on white (2.97) and on the dark surface (2.9).
    palettes[theme]["col5"] = {ChartTheme.LIGHT: "#959595", ChartTheme.DARK: "#5f5f5f"}[theme]
    look = ChartLook(ChartColour.COPPER, target=ChartColour.SLATE, reached=ChartColour.COPPER)
    assert faint_parts(look, palettes) == (
        FaintPart(ChartPart.RESULT, theme),
        FaintPart(ChartPart.REACHED, theme),
    )


def test_columns_by_result_need_two_colours() -> None:
    assert cannot_be_told_apart(ChartLook(reached=ChartColour.ULTRAMARINE, by_result=True))
    assert not cannot_be_told_apart(ChartLook(reached=ChartColour.ULTRAMARINE))
    assert not cannot_be_told_apart(ChartLook(by_result=True))

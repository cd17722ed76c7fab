"""A goal as an A4 page: its texts and figures in the reader's language."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from goalpost.insights.chart_colours import Json
from goalpost.insights.export.renderer import Job

_PAGE = Path(__file__).with_name("goal_page.typ")

# A longer word may break anywhere, so that nothing runs over the edge of the page.
_LONG_WORD = re.compile(r"\S{25,}")
_BREAK = "\N{ZERO WIDTH SPACE}"
_LONGEST_TEXT = 600


class Tone(StrEnum):
    """How a verdict is coloured; the word says the same."""

    GOOD = "good"
    SHORT = "short"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The pace of a period in a word."""

    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A line of the table: target, result, difference and progress as the page shows them."""

    name: str
    figures: tuple[str, str, str, str]
    pace: Verdict | None


@dataclass(frozen=True, slots=True)
class GoalDocument:
    """All words and figures of the page. `pace` holds a figure's name, the figure and a note."""

    language: str
    company: str
    title: str
    subtitle: str
    status: Verdict
    details: Sequence[tuple[str, str]]
    chart_title: str
    chart_words: str
    pace_title: str
    pace: Sequence[tuple[str, str, str]]
    table_title: str
    columns: tuple[str, str, str, str, str, str]
    rows: Sequence[DocumentRow]
    sums: DocumentRow | None
    note: str
    footer: str


def document_job(document: GoalDocument, picture: Mapping[str, Json]) -> Job:
    """Return what draws the page with its chart."""
    shown: dict[str, object] = {
        "lang": document.language.partition("-")[0],
        "company": _fit(document.company),
        "title": _fit(document.title),
        "subtitle": _fit(document.subtitle),
        "status": _verdict(document.status),
        "details": [[_fit(name), _fit(value)] for name, value in document.details],
        "chart-title": _fit(document.chart_title),
        "chart-words": _fit(document.chart_words),
        "pace-title": document.pace_title,
        "pace": [list(figure) for figure in document.pace],
        "table-title": document.table_title,
        "columns": list(document.columns),
        "rows": [_row(row) for row in document.rows],
        "sums": None if document.sums is None else _row(document.sums),
        "note": document.note,
        "footer": _fit(document.footer),
    }
    return {"format": "pdf", "spec": dict(picture), "page": _page(), "data": shown}


def _row(row: DocumentRow) -> dict[str, object]:
    pace = None if row.pace is None else _verdict(row.pace)
    return {"name": row.name, "figures": list(row.figures), "pace": pace}


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {"word": verdict.word, "tone": verdict.tone.value}


def _fit(text: str) -> str:
    """Return text shortened to fit the page, with break opportunities in long words."""
    cut = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    return _LONG_WORD.sub(lambda word: _BREAK.join(word[0]), cut)


@cache
def _page() -> str:
    return _PAGE.read_text(encoding="utf-8")

"""Template tags of the wall: its bar, the confetti, who reached a goal and when; and the QR code."""

import random
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from goalpost.companies.models import Company
from goalpost.domain.calendar import CompanyCalendar
from goalpost.domain.pace import PaceStatus
from goalpost.insights import formats
from goalpost.insights.goal_words import assignee_words
from goalpost.insights.wall.state import WallTile

register = Library()

_POST_AT, _BAR_ENDS_AT = 80, 125
_PIECES = 70


def qr_path(text: str) -> tuple[int, str]:
    """Return the side of the QR code of a text in modules, and its dark modules as an SVG path."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    dark = [(x, y) for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark]
    return len(matrix), "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)


@register.simple_tag
def subtitle(tile: WallTile, calendar: CompanyCalendar) -> str:
    """`{% subtitle tile calendar %}`: Team Nordics, November."""
    goal, language = tile.report.goal, get_language() or "en"
    period = formats.period_name(tile.result.period, goal.terms.interval, calendar, language, with_year=False)
    return f"{assignee_words(goal)}, {period}"


@register.simple_tag
def reached_by(tile: WallTile, company: Company, today: date) -> str:
    """`{% reached_by tile company today %}`: who brought the record that reached the target, and when."""
    if tile.by is None:
        return _("Target reached")
    language = get_language() or "en"
    number = formats.amount(tile.result.target, tile.report.currency, language)
    if tile.by.at is None:
        return _("%(name)s reached %(number)s") % {"name": tile.by.name, "number": number}
    return _("%(name)s reached %(number)s, %(moment)s") % {
        "name": tile.by.name,
        "number": number,
        "moment": _clock(tile.by.at, company, today, language),
    }


def _clock(at: datetime, company: Company, today: date, language: str) -> str:
    local = at.astimezone(ZoneInfo(company.time_zone))
    if local.date() == today:
        return f"{local:%H:%M}"
    return formats.moment(at, company.time_zone, language)


@register.simple_tag
def wall_bar(tile: WallTile) -> SafeString:
    """`{% wall_bar tile %}`: the goal bar, sized by its box."""
    figures = tile.result
    if not figures.target:
        return SafeString("")
    percent = figures.progress or 0
    share = min(max(figures.result / figures.target, 0), _BAR_ENDS_AT / 100) * _POST_AT
    expected = figures.pace.expected
    mark = SafeString("")
    if expected is not None and figures.is_now and expected < figures.target:
        mark = format_html(
            '<svg class="pace" x="{}%" y="78%"><path transform="scale(1.9)" d="M0 0 4 6h-8z"/></svg>',
            f"{expected / figures.target * _POST_AT:.1f}",
        )
    words = _("%(percent)s of target") % {"percent": formats.percent(percent, get_language() or "en")}
    return format_html(
        '<svg class="goalbar" data-status="{}" role="meter" aria-label="{}" aria-valuemin="0" '
        'aria-valuemax="{}" aria-valuenow="{}" aria-valuetext="{}">'
        '<rect class="track" y="28%" width="100%" height="44%" rx="4"/>'
        '<rect class="fill" y="28%" width="{}%" height="44%" rx="4"/>{}'
        '<rect class="post" x="{}%" y="0" width="4" height="100%"/></svg>',
        figures.pace.status.replace("_", "-"),
        tile.report.goal.terms.title,
        _BAR_ENDS_AT,
        min(max(percent, 0), _BAR_ENDS_AT),
        words,
        f"{share:.1f}",
        mark,
        _POST_AT,
    )


@register.simple_tag
def is_reached(tile: WallTile) -> bool:
    return tile.result.pace.status is PaceStatus.REACHED


@register.simple_tag
def confetti() -> SafeString:
    """`{% confetti %}`: a goalpost with one burst that comes to rest, the same each time."""
    return _confetti()


@cache
def _confetti() -> SafeString:
    chance = random.Random(11)  # noqa: S311  where pieces of paper fall
    shapes = ((9, 16), (18, 7), (11, 11), (20, 5))
    pieces = []
    for number in range(_PIECES):
        width, height = chance.choice(shapes)
        pieces.append(
            f'<svg x="{chance.uniform(56, 99):.1f}%" y="{chance.uniform(3, 72):.1f}%" overflow="visible">'
            f'<rect class="{"abcd"[number % 4]}" width="{width}" height="{height}" rx="1" '
            f'transform="rotate({chance.choice((0, 20, 45, 70, 110, 150))})"/></svg>'
        )
    return mark_safe(  # noqa: S308  numbers only
        '<svg class="confetti" aria-hidden="true">'
        '<svg x="62%" y="24%" width="33%" height="57.6%" viewBox="0 0 210 190" '
        'preserveAspectRatio="xMidYMax meet"><path class="frame" d="M8 190V8H202V190"/>'
        '<rect class="ball" x="68" y="84" width="74" height="106" rx="6"/></svg>'
        f'<g class="fall">{"".join(pieces)}</g></svg>'
    )

"""The digest as a mail: HTML with its styles inline, and the same as plain text.

A mail client knows no style sheet: the classes of the template are filled in here, in the values of the
design's tokens, which are read from their one place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.companies.calendar import calendar_of, working_calendar_of
from goalpost.companies.models import Company, User
from goalpost.domain.calendar import Interval, period_of
from goalpost.insights import formats
from goalpost.insights.digest.content import DigestContent
from goalpost.insights.digest.models import MILESTONES, Digest, Rhythm
from goalpost.insights.goal_report import GoalReport

_NOON = 12
_SALT = "goalpost.web.digest.stop"
_TOKENS = Path(__file__).resolve().parent.parent / "shell" / "static" / "goalpost" / "tokens.css"
_FONT = "font-family:Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

# By class of the template: its style, with tokens as {name}.
_STYLES: Mapping[str, str] = {
    "bg": "background:{bg}",
    "outer": "padding:24px 12px",
    "mail": "width:100%;max-width:600px;background:{surface};border:1px solid {line};border-radius:10px",
    "head": "padding:24px 32px 0",
    "block": "padding:28px 32px 8px",
    "rows": "padding:0 32px",
    "foot": "border-top:1px solid {line};padding:16px 32px 20px",
    "button-cell": "padding:24px 32px 28px",
    "text": _FONT + ";font-size:14px;line-height:20px;color:{ink}",
    "h1": _FONT + ";margin:0;font-size:26px;line-height:32px;font-weight:600;color:{ink}",
    "h2": _FONT + ";margin:0;font-size:16px;line-height:22px;font-weight:600;color:{ink}",
    "kpi": "font-size:34px;line-height:42px;letter-spacing:-.03em;font-weight:600",
    "big": "font-size:20px;line-height:26px;font-weight:600",
    "small": _FONT + ";font-size:12px;line-height:18px",
    "ink": "color:{ink}",
    "ink-2": "color:{ink-2}",
    "ink-3": "color:{ink-3}",
    "acc": "color:{accent-text}",
    "beh": "color:{behind-text}",
    "line": "border-top:1px solid {line}",
    "cell": "padding:11px 12px 11px 0;vertical-align:top",
    "last": "padding:11px 0;vertical-align:top",
    "plain": "margin:2px 0 0",
    "explain": "text-decoration:underline dotted {line-control} 1px;text-underline-offset:3px",
    "ok": "background:{reached-soft};color:{reached-text};padding:8px 12px;border-radius:6px",
    "fill": "background:{behind};font-size:0;line-height:8px",
    "track": "background:{sunken};font-size:0;line-height:8px",
    "post": "background:{ink};font-size:0;line-height:8px",
    "btn": "background:{accent};border-radius:6px",
    "btn-a": _FONT + ";display:inline-block;padding:11px 16px;font-size:14px;line-height:18px;"
    "font-weight:500;color:{on-accent};text-decoration:none",
}
_COLOURS = re.compile(r"(?:^|;)((?:color|background|border|border-top):[^;]*\{[^;]*)")


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    html: str
    text: str


def stop_address(company_id: int, user_id: int) -> str:
    """Return the address that ends a person's digest, for whoever has the link."""
    signed = signing.dumps([company_id, user_id], salt=_SALT)
    return f"{_base()}{reverse('web:stop-digest', args=[signed])}"


def whose_link(signed: str) -> tuple[int, int] | None:
    """Return company and user of a link that ends a digest; None for an invalid one."""
    try:
        company_id, user_id = signing.loads(signed, salt=_SALT)
    except signing.BadSignature:
        return None
    return int(company_id), int(user_id)


def digest_mail(user: User, company: Company, digest: Digest, content: DigestContent) -> Mail:
    """Return the mail in the person's language."""
    with translation.override(language_of(user)):
        context = {
            "user": user,
            "company": company,
            "content": content,
            "heading": _greeting(digest) % {"name": user.name.split()[0]},
            "calendar": calendar_of(company),
            "base": _base(),
            "day": _day_words(company, content),
            "when": _when_words(digest),
            "stop": stop_address(company.pk, user.pk),
            "dark": _dark_css(),
        }
        return Mail(
            _subject(content),
            _inlined(render_to_string("digest/mail.html", context)),
            _plain(render_to_string("digest/mail.txt", context)),
        )


def _greeting(digest: Digest) -> str:
    return _("Good morning, %(name)s") if digest.hour < _NOON else _("Hello, %(name)s")


def milestone_mail(user: User, company: Company, percent: int, report: GoalReport, today: date) -> Mail:
    """Return the mail that a goal has come so far, in the person's language."""
    with translation.override(language_of(user)):
        language = translation.get_language() or "en"
        is_all = percent == MILESTONES[-1]
        words = _("Target reached: %(goal)s") if is_all else _("%(percent)s of the target: %(goal)s")
        title = report.goal.terms.title
        subject = words % {"goal": title, "percent": formats.percent(percent, language)}
        context = {
            "user": user,
            "company": company,
            "report": report,
            "line": report.latest[-1],
            "heading": subject,
            "calendar": calendar_of(company),
            "base": _base(),
            "day": formats.long_day(today, language),
            "when": _("You get this at once, because you chose it."),
            "stop": stop_address(company.pk, user.pk),
            "dark": _dark_css(),
        }
        html, text = (render_to_string(f"digest/milestone.{kind}", context) for kind in ("html", "txt"))
        return Mail(subject, _inlined(html), _plain(text))


def language_of(user: User) -> str:
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _base() -> str:
    return settings.BASE_URL.rstrip("/")


def _subject(content: DigestContent) -> str:
    behind = len(content.behind)
    late = ngettext("%(count)d goal behind", "%(count)d goals behind", behind) % {"count": behind}
    lead = content.headline or next(iter(content.moved), None)
    if lead is None:
        return late if behind else _("Nothing has changed")
    moved = formats.signed_amount(lead.moved, lead.currency, translation.get_language() or "en")
    first = _("%(goal)s: %(moved)s") % {"goal": lead.goal.terms.title, "moved": moved}
    return f"{first}, {late}" if behind else first


def _day_words(company: Company, content: DigestContent) -> str:
    """Return the day and which working day of its month it is."""
    language = translation.get_language() or "en"
    month = period_of(content.day, Interval.MONTHLY, calendar_of(company))
    working = working_calendar_of(company, month)
    day = formats.long_day(content.day, language)
    if not working.is_working(content.day):
        return day
    return _("%(day)s, working day %(number)d of %(total)d") % {
        "day": day,
        "number": working.between(month.start, content.day) + 1,
        "total": working.between(month.start, month.end),
    }


def _when_words(digest: Digest) -> str:
    clock = f"{digest.hour:02d}:00"
    if digest.rhythm == Rhythm.WEEKLY:
        weekday = formats.weekday_names(translation.get_language() or "en")[digest.weekday]
        return _("You get this every week on %(weekday)s at %(clock)s.") % {
            "weekday": weekday,
            "clock": clock,
        }
    return _("You get this on working days at %(clock)s.") % {"clock": clock}


@cache
def _tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Return the design's colours, light and dark."""
    css = _TOKENS.read_text(encoding="utf-8")
    light_css, dark_css = css[: css.index("@media screen")], css[css.rindex(':root[data-theme="dark"]') :]
    light, dark = (dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", each)) for each in (light_css, dark_css))
    return light, light | dark


def _filled(style: str, colours: Mapping[str, str]) -> str:
    return re.sub(r"\{([\w-]+)\}", lambda name: colours[name[1]], style)


def _inlined(html: str) -> str:
    """Give each element the styles of its classes."""
    light, _dark = _tokens()

    def styled(found: re.Match[str]) -> str:
        style = ";".join(_filled(_STYLES[name], light) for name in found[1].split())
        return f'class="{found[1]}" style="{style}"'

    return re.sub(r'class="([^"]+)"', styled, html)


@cache
def _dark_css() -> str:
    """Return rules that turn each class dark, by the system and by Outlook's mark of it."""
    _light, dark = _tokens()
    rules = []
    for name, style in _STYLES.items():
        colours = [f"{_filled(each, dark)} !important" for each in _COLOURS.findall(style)]
        if colours:
            rules.append((name, ";".join(colours)))
    system = "".join(f".{name}{{{style}}}" for name, style in rules)
    outlook = "".join(f"[data-ogsc] .{name}{{{style}}}" for name, style in rules)
    return f"@media (prefers-color-scheme:dark){{{system}}}{outlook}"


def _plain(text: str) -> str:
    """Return the text without the blank lines that tags of the template leave."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"

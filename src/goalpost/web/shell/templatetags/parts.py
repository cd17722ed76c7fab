"""Template tags of small components: icons, avatars, pace badges, goal bars, sparklines."""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import Context, Library
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from goalpost.companies.memberships import Member
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import AssigneeKind
from goalpost.domain.targets import progress_percent
from goalpost.insights import formats
from goalpost.insights.history_words import member_days
from goalpost.web.shell.kept_form import typed_by
from goalpost.web.shell.navigation import Entry, entries
from goalpost.web.shell.slots import draw
from goalpost.web.shell.toasts import Toast, toast_of

register = Library()

# In this order: most browsers also name those they stem from.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(agent: str) -> str:
    """Return a short name of a user agent; an unknown one unchanged."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or agent[:60] or _("Unknown device")


@register.filter
def team_days(member: Member) -> str:
    """`{{ member|team_days }}`: when somebody is or was on the team, empty for who always is."""
    return member_days(member, get_language() or "en")


_SPRITE = "goalpost/sprite.svg"
_TINTS = 6
_COMPANY_TINT = 6

# The post stands at 80 % of a bar, which ends at 125 % of the target.
_POST_AT = 80
_BAR_ENDS_AT = 125

_NOTHING = SafeString("")
_NO_FIGURE = "\N{EN DASH}"

_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_SLOTS = 88, 24, 6

# Word, icon and class of each verdict.
_BADGES: dict[PaceStatus, tuple[StrOrPromise, str, str]] = {
    PaceStatus.REACHED: (gettext_lazy("Reached"), "reached", "badge--reached"),
    PaceStatus.AHEAD: (gettext_lazy("Ahead"), "ahead", "badge--ahead"),
    PaceStatus.ON_TRACK: (gettext_lazy("On track"), "ontrack", "badge--on-track"),
    PaceStatus.BEHIND: (gettext_lazy("Behind"), "behind", "badge--behind"),
    PaceStatus.MISSED: (gettext_lazy("Missed"), "missed", "badge--missed"),
    PaceStatus.UPCOMING: (gettext_lazy("Upcoming"), "clock", "badge--upcoming"),
    PaceStatus.NO_TARGET: (gettext_lazy("No target"), "minus", "badge--upcoming"),
}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """`{% icon "plus" %}`: decoration, hidden from screen readers. `extra` is another class, such as i-lg."""
    return _icon(name, extra, static(_SPRITE))


@cache
def _icon(name: str, extra: str, sprite: str) -> SafeString:
    classes = f"i {extra}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', classes, sprite, name
    )


@register.simple_tag
def avatar(name: str, id: int, kind: str = AssigneeKind.PERSON, size: str = "") -> SafeString:  # noqa: A002
    """`{% avatar user.name user.id %}`: initials in a circle; a square for `team` and `company`.

    `size` is `xs` or `lg`. The tint follows from the id, so that a person keeps it.
    """
    return _avatar(name, id, AssigneeKind(kind), size)


@lru_cache(maxsize=4096)
def _avatar(name: str, number: int, assignee: AssigneeKind, size: str) -> SafeString:
    classes = ["avatar"]
    if assignee is not AssigneeKind.PERSON:
        classes.append(f"avatar--{assignee}")
    if size:
        classes.append(f"avatar--{size}")
    tint = _COMPANY_TINT if assignee is AssigneeKind.COMPANY else (number - 1) % _TINTS + 1
    return format_html(
        '<span class="{}" data-tint="{}" aria-hidden="true">{}</span>',
        " ".join(classes),
        tint,
        initials(name, assignee),
    )


def initials(name: str, kind: AssigneeKind) -> str:
    """Return AK for Aino Kallio, No for Team Nordics, KA for Key accounts."""
    words = name.split()
    # Not “(deleted)” or an “&”: what begins with a letter names them.
    words = [word for word in words if word[0].isalnum()] or words
    if kind is AssigneeKind.TEAM and len(words) > 1:
        words = [word for word in words if word.lower() not in {"team", "lag"}] or words
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:2] if kind is not AssigneeKind.PERSON else words[0][:2].upper()
    return (words[0][0] + words[-1 if kind is AssigneeKind.PERSON else 1][0]).upper()


@register.simple_tag
def pace_badge(status: str) -> SafeString:
    """`{% pace_badge pace.status %}`: the verdict as a word with its icon."""
    return _badge(PaceStatus(status), get_language() or "en", static(_SPRITE))


def pace_word(status: PaceStatus) -> str:
    """Return the verdict as its badge says it."""
    return str(_BADGES[status][0])


@cache
def _badge(status: PaceStatus, _language: str, sprite: str) -> SafeString:
    word, icon_name, css_class = _BADGES[status]
    return format_html(
        '<span class="badge {}">{}<span>{}</span></span>', css_class, _icon(icon_name, "", sprite), word
    )


@register.simple_tag
def goal_bar(
    label: str,
    result: int,
    target: int,
    status: str,
    expected: int | None = None,
    *,
    large: bool = False,
    planned: int = 0,
) -> SafeString:
    """`{% goal_bar goal.title result target pace.status pace.expected %}`: result against the post.

    What is `planned` stands after the result, framed.
    The mark of where the result should be today is left out without `expected`, and once a period has ended.
    """
    if not target:
        return _NOTHING
    verdict = PaceStatus(status)
    is_running = verdict not in (PaceStatus.MISSED, PaceStatus.UPCOMING)
    due = expected if expected is not None and is_running and expected < target else None
    before, after = _bar(result, target, verdict, due, get_language() or "en", large, planned)
    return mark_safe(f"{before}{escape(label)}{after}")  # noqa: S308  all but the label is of this file


@lru_cache(maxsize=4096)
def _bar(
    result: int,
    target: int,
    verdict: PaceStatus,
    due: int | None,
    language: str,
    large: bool,  # noqa: FBT001  by place, as the cache compares it
    planned: int,
) -> tuple[str, str]:
    """Return the bar's markup before and after its label."""
    percent = progress_percent(result, target) or 0
    words = _("%(percent)s of target") % {"percent": formats.percent(percent, language)}
    top, height, full, mark_top = (8, 12, 28, 21) if large else (5, 8, 18, 14)
    mark = ""
    if due is not None:
        expected = formats.percent(progress_percent(due, target) or 0, language)
        words = _("%(words)s, %(percent)s expected today") % {"words": words, "percent": expected}
        at = f"{due / target * _POST_AT:.1f}%"
        mark = f'<svg class="pace" x="{at}" y="{mark_top}"><path d="M0 0 4 6h-8z"/></svg>'
    share = _share(result, target)
    plan = ""
    if planned:
        words = _("%(words)s, %(planned)s more planned") % {
            "words": words,
            "planned": formats.number(planned, language),
        }
        width = _share(result + planned, target) - share
        plan = f'<rect class="plan" x="{share:.1f}%" y="{top}.5" width="{width:.1f}%" height="{height - 1}"/>'
    size = " goalbar--lg" if large else ""
    now = min(max(percent, 0), _BAR_ENDS_AT)
    return (
        f'<svg class="goalbar{size}" data-status="{verdict.replace("_", "-")}" role="meter" aria-label="',
        (
            f'" aria-valuemin="0" aria-valuemax="{_BAR_ENDS_AT}" aria-valuenow="{now}" '
            f'aria-valuetext="{escape(words)}">'
            f'<rect class="track" y="{top}" width="100%" height="{height}" rx="2"/>'
            f'<rect class="fill" y="{top}" width="{share:.1f}%" height="{height}" rx="2"/>{plan}{mark}'
            f'<rect class="post" x="{_POST_AT}%" y="0" width="2" height="{full}"/></svg>'
        ),
    )


def _share(figure: int, target: int) -> float:
    """Return where a figure ends on the bar, in percent of its width."""
    return min(max(figure / target, 0), _BAR_ENDS_AT / 100) * _POST_AT if target else 0


@register.simple_tag
def unvalued(records: int) -> SafeString:
    """`{% unvalued row.unvalued %}`: the mark beside a value that lacks that of some records."""
    return _unvalued(records, get_language() or "en", static(_SPRITE)) if records else _NOTHING


@lru_cache(maxsize=1024)
def _unvalued(records: int, language: str, sprite: str) -> SafeString:
    words = _("%(records)s without a value") % {"records": formats.number(records, language)}
    return format_html(
        '<span class="unvalued" title="{}">{}<span class="sr"> ({}) </span></span>',
        words,
        _icon("warning", "", sprite),
        words,
    )


@register.simple_tag
def spark(percents: Sequence[int | None], *, is_running: bool = True) -> SafeString:
    """`{% spark percents %}`: progress of the last six periods at most, the latest on the right.

    `is_running` says that the last one has not ended.
    """
    return _spark(tuple(percents)[-_SPARK_SLOTS:], get_language() or "en", is_running=is_running)


@lru_cache(maxsize=4096)
def _spark(shown: tuple[int | None, ...], language: str, *, is_running: bool) -> SafeString:
    first = _SPARK_SLOTS - len(shown)
    columns = "".join(
        _spark_column(first + at, percent or 0, is_now=is_running and at == len(shown) - 1)
        for at, percent in enumerate(shown)
    )
    said = [_NO_FIGURE if percent is None else formats.percent(percent, language) for percent in shown]
    label = _("Progress in the last periods: %(percents)s") % {"percents": ", ".join(said)}
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<path class="line" d="M0 4.8H88"/></svg>',
        _SPARK_WIDTH,
        _SPARK_HEIGHT,
        label,
        mark_safe(columns),  # noqa: S308  numbers and words of this file only
    )


def _spark_column(at: int, percent: int, *, is_now: bool) -> str:
    height = min(max(percent, 0), _BAR_ENDS_AT) / _BAR_ENDS_AT * _SPARK_HEIGHT
    look = " is-reached" if percent >= 100 else " is-now" if is_now else ""  # noqa: PLR2004  per cent
    x, y = at * _SPARK_WIDTH / _SPARK_SLOTS + 1.5, _SPARK_HEIGHT - height
    return f'<rect class="bar{look}" x="{x:.1f}" y="{y:.1f}" width="11.7" height="{height:.1f}" rx="1"/>'


@register.filter
def toast(message: Message) -> Toast:
    """`{% include "web/toast.html" with toast=message|toast %}`."""
    return toast_of(message)


@register.filter
def moves_focus(messages: Iterable[Message]) -> bool:
    """`{% if messages|moves_focus %}autofocus{% endif %}`, in the heading of the page."""
    return any(toast_of(message).moves_focus for message in messages)


@register.simple_tag(takes_context=True)
def kept_mark(context: Context) -> SafeString:
    """`{% kept_mark %}`, inside a form whose view is `keeps_typed`."""
    request = context["request"]
    assert isinstance(request, HttpRequest)
    mark = typed_by(request.user.pk or 0, request.path)
    return format_html('<input type="hidden" name="typed_by" value="{}">', mark)


@register.simple_tag(takes_context=True)
def rail_entries(context: RequestContext, *, at_end: bool = False) -> list[Entry]:
    """`{% rail_entries as parts %}`: the parts of the product; with `at_end=True` those by the settings."""
    return entries(context, at_end=at_end)


@register.simple_tag(takes_context=True)
def slot(context: RequestContext, name: str, *, above: bool | None = None, **about: object) -> SafeString:
    """`{% slot "goal_actions" goal=page.goal %}`: what features put there (`web.shell.slots`)."""
    request = context.get("request")
    return draw(name, request, about, above=above) if isinstance(request, HttpRequest) else _NOTHING

"""The small parts of the design: icons, people, badges of pace, goal bars, sparks."""

from collections.abc import Sequence

from django.template import Library
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import AssigneeKind
from goalpost.domain.targets import progress_percent
from goalpost.insights import formats

register = Library()

_SPRITE = "goalpost/sprite.svg"
_TINTS = 6
_COMPANY_TINT = 6

# The post stands at 80 % of a bar, which ends at 125 % of the target.
_POST_AT = 80
_BAR_ENDS_AT = 125

_NO_FIGURE = "\N{EN DASH}"

_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_SLOTS = 88, 24, 6

# Word, icon and class of each verdict. In a period's first days there is none yet.
_BADGES: dict[PaceStatus, tuple[StrOrPromise, str, str]] = {
    PaceStatus.REACHED: (gettext_lazy("Reached"), "reached", "badge--reached"),
    PaceStatus.AHEAD: (gettext_lazy("Ahead"), "ahead", "badge--ahead"),
    PaceStatus.ON_TRACK: (gettext_lazy("On track"), "ontrack", "badge--on-track"),
    PaceStatus.BEHIND: (gettext_lazy("Behind"), "behind", "badge--behind"),
    PaceStatus.MISSED: (gettext_lazy("Missed"), "missed", "badge--missed"),
    PaceStatus.UPCOMING: (gettext_lazy("Upcoming"), "clock", "badge--upcoming"),
    PaceStatus.EARLY: (gettext_lazy("Just begun"), "clock", "badge--upcoming"),
}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """`{% icon "plus" %}`: decoration, hidden from screen readers. `extra` is another class, such as i-lg."""
    classes = f"i {extra}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', classes, static(_SPRITE), name
    )


@register.simple_tag
def avatar(name: str, id: int, kind: str = AssigneeKind.PERSON, size: str = "") -> SafeString:  # noqa: A002
    """`{% avatar user.name user.id %}`: initials in a circle; a square for `team` and `company`.

    `size` is `xs` or `lg`. The tint follows from the id, so that a person keeps it.
    """
    assignee = AssigneeKind(kind)
    classes = ["avatar"]
    if assignee is not AssigneeKind.PERSON:
        classes.append(f"avatar--{assignee}")
    if size:
        classes.append(f"avatar--{size}")
    tint = _COMPANY_TINT if assignee is AssigneeKind.COMPANY else (id - 1) % _TINTS + 1
    return format_html(
        '<span class="{}" data-tint="{}" aria-hidden="true">{}</span>',
        " ".join(classes),
        tint,
        initials(name, assignee),
    )


def initials(name: str, kind: AssigneeKind) -> str:
    """Return AK for Aino Kallio, No for Team Nordics, KA for Key accounts."""
    words = name.split()
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
    word, icon_name, css_class = _BADGES[PaceStatus(status)]
    return format_html('<span class="badge {}">{}<span>{}</span></span>', css_class, icon(icon_name), word)


@register.simple_tag
def goal_bar(
    label: str, result: int, target: int, status: str, expected: int | None = None, *, large: bool = False
) -> SafeString:
    """`{% goal_bar goal.title result target pace.status pace.expected %}`: result against the post.

    The mark of where the result should be today is left out without `expected`, and once a period has ended.
    """
    percent = progress_percent(result, target) or 0
    words = _("%(percent)s of target") % {"percent": _percent(percent)}
    verdict = PaceStatus(status)
    top, height, full, mark_top = (8, 12, 28, 21) if large else (5, 8, 18, 14)
    mark = SafeString("")
    is_running = verdict not in (PaceStatus.MISSED, PaceStatus.UPCOMING)
    if expected is not None and is_running and expected < target:
        due = progress_percent(expected, target) or 0
        words = _("%(words)s, %(percent)s expected today") % {"words": words, "percent": _percent(due)}
        at = f"{expected / target * _POST_AT:.1f}%"
        mark = format_html('<svg class="pace" x="{}" y="{}"><path d="M0 0 4 6h-8z"/></svg>', at, mark_top)
    share = min(max(result / target, 0), _BAR_ENDS_AT / 100) * _POST_AT if target else 0
    return format_html(
        '<svg class="goalbar{large}" data-status="{status}" role="meter" aria-label="{label}" '
        'aria-valuemin="0" aria-valuemax="{most}" aria-valuenow="{now}" aria-valuetext="{words}">'
        '<rect class="track" y="{top}" width="100%" height="{height}" rx="2"/>'
        '<rect class="fill" y="{top}" width="{width}" height="{height}" rx="2"/>{mark}'
        '<rect class="post" x="{post}%" y="0" width="2" height="{full}"/></svg>',
        large=" goalbar--lg" if large else "",
        status=verdict.replace("_", "-"),
        label=label,
        most=_BAR_ENDS_AT,
        now=min(max(percent, 0), _BAR_ENDS_AT),
        words=words,
        top=top,
        height=height,
        width=f"{share:.1f}%",
        mark=mark,
        post=_POST_AT,
        full=full,
    )


@register.simple_tag
def spark(percents: Sequence[int | None], *, is_running: bool = True) -> SafeString:
    """`{% spark percents %}`: progress of the last six periods at most, the latest on the right.

    `is_running` says that the last one has not ended.
    """
    shown = list(percents)[-_SPARK_SLOTS:]
    slot = _SPARK_WIDTH / _SPARK_SLOTS
    first = _SPARK_SLOTS - len(shown)
    bars = []
    for at, percent in enumerate(shown):
        height = min(max(percent or 0, 0), _BAR_ENDS_AT) / _BAR_ENDS_AT * _SPARK_HEIGHT
        is_now = is_running and at == len(shown) - 1
        look = " is-reached" if (percent or 0) >= 100 else " is-now" if is_now else ""  # noqa: PLR2004  per cent
        bars.append(
            (look, f"{(first + at) * slot + 1.5:.1f}", f"{_SPARK_HEIGHT - height:.1f}", f"{height:.1f}")
        )
    columns = format_html_join(
        "", '<rect class="bar{}" x="{}" y="{}" width="11.7" height="{}" rx="1"/>', bars
    )
    label = _("Progress in the last periods: %(percents)s") % {
        "percents": ", ".join(_NO_FIGURE if percent is None else _percent(percent) for percent in shown)
    }
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<path class="line" d="M0 4.8H88"/></svg>',
        _SPARK_WIDTH,
        _SPARK_HEIGHT,
        label,
        columns,
    )


def _percent(value: int) -> str:
    return formats.percent(value, get_language() or "en")

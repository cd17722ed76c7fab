"""What changed a result, in words: "Lumira Clinics won", "value changed, €8,100 to €6,750"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.happenings import Happening
from goalpost.goals.changes import ChangeLine
from goalpost.insights import calendar_words, formats
from goalpost.ledger.models import Reason
from goalpost.ledger.read import Total
from goalpost.web.viewer import Viewer

# Translators: each follows the name of a deal or an activity, as in "Lumira Clinics won"
_WORDS: Mapping[Happening, StrOrPromise] = {
    Happening.ADDED: gettext_lazy("added"),
    Happening.WON: gettext_lazy("won"),
    Happening.LOST: gettext_lazy("lost"),
    Happening.REOPENED: gettext_lazy("reopened"),
    Happening.NO_LONGER_WON: gettext_lazy("no longer won"),
    Happening.DELETED: pgettext_lazy("record", "deleted"),
    Happening.RESTORED: pgettext_lazy("record", "restored"),
    Happening.COMPLETED: gettext_lazy("completed"),
    Happening.UNDONE: gettext_lazy("no longer completed"),
    Happening.HANDED_OVER: gettext_lazy("handed over"),
    Happening.ENTERED_STAGE: gettext_lazy("moved to another stage"),
    Happening.LEFT_STAGE: gettext_lazy("moved back"),
    Happening.MOVED_STAGE: gettext_lazy("moved to another stage"),
    Happening.MOVED_PIPELINE: gettext_lazy("moved to another pipeline"),
    Happening.DAY_CHANGED: gettext_lazy("date changed"),
    Happening.TYPE_CHANGED: gettext_lazy("type changed"),
    Happening.VALUE_CHANGED: gettext_lazy("value changed"),
    Happening.PROBABILITY_CHANGED: gettext_lazy("probability changed"),
    Happening.RATE_CHANGED: gettext_lazy("exchange rate changed"),
    Happening.STAGE_PROBABILITY_CHANGED: gettext_lazy("probability of its stage changed"),
    Happening.TIME_ZONE_CHANGED: gettext_lazy("day changed with the company's time zone"),
    Happening.NOW_COUNTS: gettext_lazy("now counts"),
    Happening.NO_LONGER_COUNTS: gettext_lazy("no longer counts"),
    Happening.CHANGED: pgettext_lazy("record", "changed"),
}


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A change as a line shows it. `by` is its net in the goal's metric; None when its value is unknown."""

    at: datetime
    when: str
    title: str
    words: str
    who: str
    by: int | None


def change_shown(viewer: Viewer, line: ChangeLine, *, currency: str) -> ChangeShown:
    """Return a change in words. `currency` is the company's, empty for a goal that counts."""
    language = viewer.language
    by = line.by.amount if currency else line.by.count
    is_unknown = bool(currency and line.by.unvalued and not line.by.amount)
    return ChangeShown(
        at=line.at,
        when=calendar_words.moment(line.at, viewer.company.time_zone, language, this_year=viewer.today.year),
        title=line.title,
        words=_words(line, currency, language),
        who=_who(line),
        by=None if is_unknown else by,
    )


def _words(line: ChangeLine, currency: str, language: str) -> str:
    if line.reason is Reason.REPAIR:
        words = _("put right")
    elif line.handover is not None:
        words = _handed_over(line.handover.giver, line.handover.taker)
    elif line.stage and line.happening in (Happening.ENTERED_STAGE, Happening.MOVED_STAGE):
        words = _("moved to %(stage)s") % {"stage": line.stage}
    elif line.stage and line.happening is Happening.LEFT_STAGE:
        words = _("moved back from %(stage)s") % {"stage": line.stage}
    else:
        words = str(_WORDS[line.happening])
    if line.days is not None:
        before, after = (calendar_words.day(day, language) for day in line.days)
    elif currency and line.before.count > 0 and line.after.count > 0 and line.before != line.after:
        before, after = (_value(part, currency, language) for part in (line.before, line.after))
    else:
        return words
    return _("%(words)s, %(before)s to %(after)s") % {"words": words, "before": before, "after": after}


def _handed_over(giver: str, taker: str) -> str:
    """Name only those whose records the reader may see."""
    if giver and taker:
        return _("handed over from %(giver)s to %(taker)s") % {"giver": giver, "taker": taker}
    if taker:
        return _("handed over to %(taker)s") % {"taker": taker}
    if giver:
        return _("handed over by %(giver)s") % {"giver": giver}
    return _("handed over")


def _value(part: Total, currency: str, language: str) -> str:
    return _("unknown value") if part.unvalued else formats.amount(part.amount, currency, language)


def _who(line: ChangeLine) -> str:
    """Return the person, and what else brought the change about where it was no edit."""
    match line.reason:
        case Reason.EDIT:
            return line.actor or _("Command line")
        case Reason.IMPORT:
            cause = _("Import")
        case Reason.SYNC:
            cause = _("Sync")
        case Reason.RULE:
            cause = _("Changed rule")
        case Reason.REPAIR:
            cause = _("Repair")
    if line.note and line.reason in (Reason.IMPORT, Reason.SYNC):
        cause = f"{cause} ({line.note})"
    return f"{line.actor} · {cause}" if line.actor else cause

"""Sentences for the changes of a result: what happened to a record, and who did it."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.changes import ChangeCause
from goalpost.insights import formats
from goalpost.insights.changes import ChangeLine
from goalpost.ledger.models import Reason
from goalpost.ledger.questions import Total

# Translators: each follows the name of a deal or an activity, as in "Lumira Clinics won"
_WORDS: Mapping[ChangeCause, StrOrPromise] = {
    ChangeCause.ADDED: gettext_lazy("added"),
    ChangeCause.WON: gettext_lazy("won"),
    ChangeCause.LOST: gettext_lazy("lost"),
    ChangeCause.REOPENED: gettext_lazy("reopened"),
    ChangeCause.NO_LONGER_WON: gettext_lazy("no longer won"),
    ChangeCause.DELETED: pgettext_lazy("record", "deleted"),
    ChangeCause.RESTORED: pgettext_lazy("record", "restored"),
    ChangeCause.COMPLETED: gettext_lazy("completed"),
    ChangeCause.UNDONE: gettext_lazy("no longer completed"),
    ChangeCause.HANDED_OVER: gettext_lazy("handed over"),
    ChangeCause.ENTERED_STAGE: gettext_lazy("moved to another stage"),
    ChangeCause.LEFT_STAGE: gettext_lazy("moved back"),
    ChangeCause.MOVED_STAGE: gettext_lazy("moved to another stage"),
    ChangeCause.MOVED_PIPELINE: gettext_lazy("moved to another pipeline"),
    ChangeCause.DAY_CHANGED: gettext_lazy("date changed"),
    ChangeCause.TYPE_CHANGED: gettext_lazy("type changed"),
    ChangeCause.VALUE_CHANGED: gettext_lazy("value changed"),
    ChangeCause.PROBABILITY_CHANGED: gettext_lazy("probability changed"),
    ChangeCause.RATE_CHANGED: gettext_lazy("exchange rate changed"),
    ChangeCause.STAGE_PROBABILITY_CHANGED: gettext_lazy("probability of its stage changed"),
    ChangeCause.TIME_ZONE_CHANGED: gettext_lazy("day changed with the company’s time zone"),
    ChangeCause.STAGE_ORDER_CHANGED: gettext_lazy("order of stages changed"),
    ChangeCause.NOW_COUNTS: gettext_lazy("now counts"),
    ChangeCause.NO_LONGER_COUNTS: gettext_lazy("no longer counts"),
    ChangeCause.CHANGED: pgettext_lazy("record", "changed"),
}


def change_words(line: ChangeLine, currency: str, language: str) -> str:
    """Return what happened to a record; `currency` is empty where results are counts."""
    if line.reason is Reason.REPAIR:
        words = _("corrected")
    elif line.handover is not None:
        words = _handed_over(line.handover.giver, line.handover.taker)
    elif line.stage and line.happening in (ChangeCause.ENTERED_STAGE, ChangeCause.MOVED_STAGE):
        words = _("moved to %(stage)s") % {"stage": line.stage}
    elif line.stage and line.happening is ChangeCause.LEFT_STAGE:
        words = _("moved back from %(stage)s") % {"stage": line.stage}
    else:
        words = str(_WORDS[line.happening])
    if line.days is not None:
        before, after = (formats.day(day, language) for day in line.days)
    elif currency and line.before.count > 0 and line.after.count > 0 and line.before != line.after:
        before, after = (_value_change(part, currency, language) for part in (line.before, line.after))
    else:
        return words
    return _("%(words)s, %(before)s to %(after)s") % {"words": words, "before": before, "after": after}


def _handed_over(giver: str, taker: str) -> str:
    """Return the sentence, naming only people whose records the reader may see."""
    if giver and taker:
        return _("handed over from %(giver)s to %(taker)s") % {"giver": giver, "taker": taker}
    if taker:
        return _("handed over to %(taker)s") % {"taker": taker}
    if giver:
        return _("handed over by %(giver)s") % {"giver": giver}
    return _("handed over")


def _value_change(part: Total, currency: str, language: str) -> str:
    return _("unknown value") if part.unvalued else formats.amount(part.amount, currency, language)


def author_of(line: ChangeLine) -> str:
    """Return the person, and the source of the change where it was not an edit."""
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
        case Reason.UNDO:
            cause = _("Import undone")
    if line.note and line.reason in (Reason.IMPORT, Reason.SYNC, Reason.UNDO):
        cause = f"{cause} ({line.note})"
    return f"{line.actor} · {cause}" if line.actor else cause

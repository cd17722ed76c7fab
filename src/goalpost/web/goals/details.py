"""The details of a goal that are edited in place: what each is called, sets and recounts."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.measures import Measure, allowed_metrics
from goalpost.goals.terms import GoalTerms


class Detail(StrEnum):
    """A detail, as its address names it."""

    TITLE = "title"
    KIND = "kind"
    ASSIGNEE = "assignee"
    PIPELINES = "pipelines"
    STAGE = "stage"
    ACTIVITY_TYPES = "activity-types"
    FREQUENCY = "frequency"
    DURATION = "duration"
    METRIC = "metric"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class DetailWords:
    """What its pencil and form are called, what the button does, and what is said once that is done."""

    change: StrOrPromise
    save: StrOrPromise
    saved: StrOrPromise


DETAIL_WORDS: dict[Detail, DetailWords] = {
    Detail.TITLE: DetailWords(
        gettext_lazy("Rename goal"), gettext_lazy("Save name"), gettext_lazy("Name saved")
    ),
    Detail.KIND: DetailWords(
        gettext_lazy("Change type"), gettext_lazy("Save type"), gettext_lazy("Type saved")
    ),
    Detail.ASSIGNEE: DetailWords(
        gettext_lazy("Change assignee"), gettext_lazy("Save assignee"), gettext_lazy("Assignee saved")
    ),
    Detail.PIPELINES: DetailWords(
        gettext_lazy("Change pipelines"), gettext_lazy("Save pipelines"), gettext_lazy("Pipelines saved")
    ),
    Detail.STAGE: DetailWords(
        gettext_lazy("Change stage"), gettext_lazy("Save stage"), gettext_lazy("Stage saved")
    ),
    Detail.ACTIVITY_TYPES: DetailWords(
        gettext_lazy("Change activity types"),
        gettext_lazy("Save activity types"),
        gettext_lazy("Activity types saved"),
    ),
    Detail.FREQUENCY: DetailWords(
        gettext_lazy("Change frequency"), gettext_lazy("Save frequency"), gettext_lazy("Frequency saved")
    ),
    Detail.DURATION: DetailWords(
        gettext_lazy("Change duration"), gettext_lazy("Save duration"), gettext_lazy("Duration saved")
    ),
    Detail.METRIC: DetailWords(
        gettext_lazy("Change tracking metric"),
        gettext_lazy("Save tracking metric"),
        gettext_lazy("Tracking metric saved"),
    ),
    Detail.TARGET: DetailWords(
        gettext_lazy("Change target"), gettext_lazy("Save target"), gettext_lazy("Target saved")
    ),
}

# The fields of the goal form that each detail's own form has. A stage and the pipelines it is in go together.
_FIELDS: dict[Detail, tuple[str, ...]] = {
    Detail.TITLE: ("title",),
    Detail.KIND: ("kind", "stage", "target"),
    Detail.ASSIGNEE: ("assignee_kind", "person", "team"),
    Detail.PIPELINES: ("pipelines",),
    Detail.STAGE: ("pipelines", "stage"),
    Detail.ACTIVITY_TYPES: ("activity_types",),
    Detail.FREQUENCY: ("interval", "target"),
    Detail.DURATION: ("starts_on", "ends_on"),
    Detail.METRIC: ("metric", "currency", "target"),
    Detail.TARGET: ("target",),
}

# The fields of GoalTerms that saving a form field may change.
_SETS: dict[str, tuple[str, ...]] = {
    "kind": ("measure", "metric", "currency", "activity_types"),
    "assignee_kind": ("assignee",),
    "person": ("assignee",),
    "team": ("assignee",),
    "stage": ("stage_id",),
    "target": ("target", "period_targets"),
    "periods": ("period_targets",),
    "starts_on": ("starts_on", "period_targets"),
    "ends_on": ("ends_on", "period_targets"),
}

# A change of these counts every period anew.
RECOUNTING = frozenset(Detail) - {Detail.TITLE, Detail.TARGET}


def has_detail(terms: GoalTerms, detail: Detail) -> bool:
    """Whether a goal of this kind has the detail."""
    match detail:
        case Detail.STAGE:
            return terms.measure is Measure.DEALS_PROGRESSED
        case Detail.ACTIVITY_TYPES:
            return terms.measure.counts_activities
        case Detail.METRIC:
            return len(allowed_metrics(terms.measure)) > 1
        case _:
            return True


def fields_of(terms: GoalTerms, detail: Detail) -> tuple[str, ...]:
    """Return the fields of the goal form that the detail's own form has for this goal."""
    if detail is Detail.PIPELINES and terms.measure is Measure.DEALS_PROGRESSED:
        return _FIELDS[Detail.STAGE]
    if detail is Detail.DURATION and terms.period_targets:
        return (*_FIELDS[detail], "target")
    if detail is Detail.TARGET and terms.period_targets:
        return (*_FIELDS[detail], "periods")
    return _FIELDS[detail]


def terms_set_by(terms: GoalTerms, detail: Detail) -> frozenset[str]:
    """Return the fields of GoalTerms that saving the detail may change."""
    return frozenset(each for name in fields_of(terms, detail) for each in _SETS.get(name, (name,)))

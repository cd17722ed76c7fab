"""The boxes for targets of single periods, and the question before a change of periods drops one."""

from collections.abc import Sequence
from dataclasses import dataclass

from goalpost.domain.calendar import Interval, Period
from goalpost.insights import formats
from goalpost.insights.formats import day_range, short_period_name
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.preview import Preview
from goalpost.web.goals.typed_goal import PERIOD_PREFIX, TypedSeason, typed_season
from goalpost.web.goals.words import FREQUENCIES
from goalpost.web.shell.viewer import Viewer

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class PeriodField:
    """The input of one period's own target."""

    name: str
    label: str
    value: str
    error: str
    earlier: str
    earlier_year: str


@dataclass(frozen=True, slots=True)
class NamedTarget:
    period: str
    text: str


@dataclass(frozen=True, slots=True)
class SeasonQuestion:
    """Targets typed that no period is left for: the first of them by name, and how many there are.

    `drops` is what the button sends that agrees, `frequency` and `duration` say what keeps them.
    """

    named: tuple[NamedTarget, ...]
    count: int
    drops: str
    frequency: str
    duration: str

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True)
class PeriodFields:
    """The boxes shown, or the targets `kept_aside` by field name while the form has one for all periods."""

    boxes: tuple[PeriodField, ...] = ()
    question: SeasonQuestion | None = None
    kept_aside: tuple[tuple[str, str], ...] = ()


def period_fields(viewer: Viewer, form: GoalForm, preview: Preview) -> PeriodFields:
    """Return the boxes of the periods that result; those drawn before while these are not settled."""
    season = typed_season(form)
    if "is_seasonal" not in form.typed:
        aside = [(name, form.typed.get(name, "")) for name in form.typed if name.startswith(PERIOD_PREFIX)]
        return PeriodFields(kept_aside=tuple(aside))
    if season.held and (season.is_unsettled or not preview.is_seasonal or not preview.periods):
        boxes = _boxes(viewer, form, season.held.periods, season.held.interval)
        return PeriodFields(boxes, _question(viewer, season) if season.is_unsettled else None)
    if not preview.is_seasonal:
        return PeriodFields()
    return PeriodFields(_boxes(viewer, form, preview.periods, form.chosen_interval(), preview))


def _boxes(
    viewer: Viewer,
    form: GoalForm,
    periods: Sequence[Period],
    interval: Interval,
    preview: Preview | None = None,
) -> tuple[PeriodField, ...]:
    found: list[PeriodField] = []
    for at, period in enumerate(periods):
        name = f"{PERIOD_PREFIX}{period.start}"
        earlier, year = "", ""
        if preview is not None and preview.has_earlier:
            earlier = formats.rounded_amount(preview.earlier[at], preview.currency, viewer.language)
            year = str(preview.earlier_periods[at].start.year)
        label, error = _name(viewer, period, interval), form.period_errors.get(period.start, "")
        found.append(PeriodField(name, label, form.typed.get(name, ""), error, earlier, year))
    return tuple(found)


def _question(viewer: Viewer, season: TypedSeason) -> SeasonQuestion | None:
    if season.held is None:
        return None
    periods, interval = season.held.periods, season.held.interval
    names = {period.start: _name(viewer, period, interval) for period in periods}
    return SeasonQuestion(
        named=tuple(
            NamedTarget(names.get(day, str(day)), text)
            for day, text in list(season.placeless.items())[:_MOST_NAMED]
        ),
        count=len(season.placeless),
        drops=season.shape or "none",
        frequency=str(FREQUENCIES[interval]).lower(),
        duration=day_range(periods[0].start, periods[-1].end, viewer.language),
    )


def _name(viewer: Viewer, period: Period, interval: Interval) -> str:
    return short_period_name(period, interval, viewer.calendar, viewer.language, with_year=True)

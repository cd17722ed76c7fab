"""The preview beside the form: which periods result, their targets, and what they brought a year earlier."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _

from goalpost.domain.calendar import Interval, Period
from goalpost.domain.money import divide_half_up
from goalpost.goals.results import earlier_periods, earlier_results
from goalpost.goals.terms import MOST_PERIOD_TARGETS, GoalTerms
from goalpost.insights.formats import initial_of_period, short_period_name
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.typed_goal import typed_season
from goalpost.web.shell.viewer import Viewer

MOST_COLUMNS = 24
_PER_YEAR = {Interval.WEEKLY: 52, Interval.MONTHLY: 12, Interval.QUARTERLY: 4, Interval.YEARLY: 1}
_WIDTH, _LEFT, _TOP, _BOTTOM = 250, 6, 16, 144
_COLUMN = Decimal("0.66")
_POST_WIDER = Decimal("0.13")


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """One period in the preview's picture: SVG paths, empty where there is nothing to draw."""

    label: str
    middle: str
    bar: str
    post: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Amounts are minor units of `currency`, or counts when it is empty. Empty `periods` say nothing yet.

    `unreadable` are the targets that were typed but cannot be read, `fault` says how to write the first.
    `left` is what is left of a total to spread, none without one.
    """

    periods: tuple[Period, ...]
    runs_on: bool
    first: str
    last: str
    currency: str
    targets: tuple[int | None, ...]
    is_seasonal: bool
    earlier: tuple[int, ...]
    earlier_periods: tuple[Period, ...]
    unreadable: int
    fault: str
    why_none: str
    spread: int | None
    per_year: int
    columns: tuple[PreviewColumn, ...]

    @property
    def total(self) -> int:
        return sum(target or 0 for target in self.targets)

    @property
    def left(self) -> int | None:
        return None if self.spread is None else self.spread - self.total

    @property
    def average(self) -> int:
        """What the periods a year earlier brought on average, rounded half up."""
        return divide_half_up(sum(self.earlier), len(self.earlier))

    @property
    def pattern_ranges(self) -> tuple[Period, ...]:
        """The days that last year's pattern is taken from, each run of them once."""
        runs: list[Period] = []
        for period in self.earlier_periods:
            if runs and runs[-1].end == period.start:
                runs[-1] = Period(runs[-1].start, period.end)
            else:
                runs.append(period)
        return tuple(dict.fromkeys(runs))

    @property
    def has_earlier(self) -> bool:
        return any(self.earlier)

    @property
    def with_target(self) -> int:
        return sum(target is not None for target in self.targets)


def preview_of(viewer: Viewer, form: GoalForm) -> Preview:
    """Return the preview of what the form says now, however much is still missing."""
    periods = form.periods(today=viewer.today)
    _start, last = form.chosen_days()
    runs_on = last is None
    if runs_on:
        # Such a goal has twelve periods more than the current one: the first twelve tell enough.
        periods = periods[:12]
    is_seasonal = form.is_seasonal_now()
    targets, faults = _targets(form, periods, is_seasonal=is_seasonal)
    before = earlier_periods(periods, form.chosen_interval(), today=viewer.today)
    earlier = _earlier(viewer, form, periods)
    per_year = _PER_YEAR[form.chosen_interval()]
    return Preview(
        periods=periods,
        runs_on=runs_on,
        first=_name(viewer, form, periods[0]) if periods else "",
        last=_name(viewer, form, periods[-1]) if periods else "",
        currency=form.chosen_currency(),
        targets=targets,
        is_seasonal=is_seasonal,
        earlier=earlier,
        earlier_periods=before,
        unreadable=len(faults),
        fault=faults[0] if faults else "",
        why_none="" if periods else why_no_periods(form),
        spread=form.amount("fill_total") if is_seasonal else None,
        per_year=per_year * (targets[0] or 0) if targets else 0,
        columns=_columns(_labels(viewer, form, periods), targets, earlier)
        if len(periods) <= MOST_COLUMNS
        else (),
    )


def why_no_periods(form: GoalForm) -> str:
    """Return why the dates make no periods, as they are typed now."""
    start, last = form.chosen_days()
    if start is None or (last is None and form.has_end()):
        return _("Choose when the goal starts to see its periods.")
    if last is not None and last < start:
        return _("The end must not come before the start.")
    return _("These dates make too many periods. Choose a longer frequency or a shorter duration.")


def _targets(
    form: GoalForm, periods: Sequence[Period], *, is_seasonal: bool
) -> tuple[tuple[int | None, ...], list[str]]:
    """Return each period's target, none where none can be read, and what is wrong with those."""
    if not is_seasonal:
        fault = form.amount_fault("target")
        return (form.amount("target"),) * len(periods), [fault] if fault else []
    texts = typed_season(form).fitting
    read = [form.read_amount(texts.get(period.start, "")) for period in periods]
    return tuple(amount for amount, _fault in read), [fault for _amount, fault in read if fault]


def _name(viewer: Viewer, form: GoalForm, period: Period) -> str:
    return short_period_name(period, form.chosen_interval(), viewer.calendar, viewer.language, with_year=True)


def _labels(viewer: Viewer, form: GoalForm, periods: Sequence[Period]) -> list[str]:
    interval, calendar, language = form.chosen_interval(), viewer.calendar, viewer.language
    return [initial_of_period(period, interval, calendar, language) for period in periods]


def _earlier(viewer: Viewer, form: GoalForm, periods: Sequence[Period]) -> tuple[int, ...]:
    """Return last year's results; none unless they are in the targets' own currency.

    None either for more periods than can have targets of their own: no target would be held against them.
    """
    if len(periods) > MOST_PERIOD_TARGETS:
        return ()
    terms = draft_terms(form, periods)
    if terms is None or form.chosen_currency() not in {"", viewer.company.currency}:
        return ()
    ranges = earlier_periods(periods, terms.interval, today=viewer.today)
    return earlier_results(viewer.actor, viewer.company, terms, ranges) or ()


def draft_terms(form: GoalForm, periods: Sequence[Period]) -> GoalTerms | None:
    """Return what the form would count, as far as it says so; None while it does not say whose or when."""
    assignee = form.chosen_assignee()
    if assignee is None or not periods:
        return None
    typed = form.typed
    known_stages = {stage.id for pipeline in form.choices.pipelines for stage in pipeline.stages}
    stages = _chosen([typed.get("stage", "")], known_stages)
    return GoalTerms(
        title="",
        measure=form.measure,
        assignee=assignee,
        interval=form.chosen_interval(),
        metric=form.chosen_metric(),
        target=1,
        starts_on=periods[0].start,
        pipelines=_chosen(typed.getlist("pipelines"), {each.id for each in form.choices.pipelines}),
        stage_id=next(iter(stages), None),
        activity_types=_chosen(
            typed.getlist("activity_types"), {each.id for each in form.choices.activity_types}
        ),
    )


def _chosen(typed: Sequence[str], offered: AbstractSet[int]) -> frozenset[int]:
    """Return those offered that were typed. Compared as text: what was typed may be no number at all."""
    written = set(typed)
    return frozenset(each for each in offered if str(each) in written)


def _columns(
    labels: Sequence[str], targets: Sequence[int | None], earlier: Sequence[int]
) -> tuple[PreviewColumn, ...]:
    highest = max([*(target or 0 for target in targets), *earlier, 1])
    step = Decimal(_WIDTH - 2 * _LEFT) / max(len(labels), 1)
    width = step * _COLUMN

    def height(value: int) -> Decimal:
        return Decimal(_BOTTOM - _TOP) * max(value, 0) / highest

    if not any(targets) and not any(earlier):
        return ()
    found: list[PreviewColumn] = []
    for at, (label, target) in enumerate(zip(labels, targets, strict=True)):
        left = _LEFT + step * at + (step - width) / 2
        result = earlier[at] if at < len(earlier) else 0
        bar = f"M{_n(left)} {_BOTTOM}V{_n(_BOTTOM - height(result))}h{_n(width)}V{_BOTTOM}z" if result else ""
        post = ""
        if target:
            y, out = _BOTTOM - height(target), width * _POST_WIDER
            post = f"M{_n(left - out)} {_n(y + 5)}V{_n(y)}h{_n(width + 2 * out)}v5"
        found.append(PreviewColumn(label, _n(left + width / 2), bar, post))
    return tuple(found)


def _n(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.1"), ROUND_CEILING))

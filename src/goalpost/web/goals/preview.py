"""The preview beside the form: periods, their targets, and last year's results."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext as _

from goalpost.companies.currencies import DIGITS
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.money import divide_half_up
from goalpost.domain.targets import spread_by_pattern
from goalpost.goals.draft import GoalDraft
from goalpost.insights.formats import initial_of_period, short_period_name
from goalpost.web.goals.form import PERIOD_PREFIX, GoalForm
from goalpost.web.shell.typed import written_amount
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
    faulty: int
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
        return len(self.targets) - self.faulty


def preview_of(form: GoalForm) -> Preview:
    """Return the preview of the form, which may be incomplete."""
    draft, viewer = form.draft, form.viewer
    periods = form.shown_periods
    is_seasonal = draft.has_period_targets
    targets = _targets(form, periods)
    earlier = form.earlier
    return Preview(
        periods=periods,
        runs_on=draft.ends_on is None,
        first=_name(viewer, draft, periods[0]) if periods else "",
        last=_name(viewer, draft, periods[-1]) if periods else "",
        currency=draft.currency,
        targets=targets,
        faulty=_faulty(form, targets),
        is_seasonal=is_seasonal,
        earlier=earlier,
        earlier_periods=form.earlier_periods,
        unreadable=len(form.unreadable),
        fault=form.unreadable[0] if form.unreadable else "",
        why_none="" if periods else _why_no_periods(draft),
        spread=form.fill_total if is_seasonal else None,
        per_year=_PER_YEAR[draft.interval] * (targets[0] or 0) if targets else 0,
        columns=_columns(_labels(viewer, draft, periods), targets, earlier)
        if len(periods) <= MOST_COLUMNS
        else (),
    )


def _targets(form: GoalForm, periods: Sequence[Period]) -> tuple[int | None, ...]:
    """Return each period's target, none where none can be read."""
    draft = form.draft
    if not draft.has_period_targets:
        return (draft.target,) * len(periods)
    return tuple(draft.period_targets.get(period.start) for period in periods)


def _faulty(form: GoalForm, targets: Sequence[int | None]) -> int:
    """Return the number of invalid targets."""
    if form.draft.has_period_targets:
        return len(form.period_errors)
    return sum(target is None or target <= 0 for target in targets)


def _why_no_periods(draft: GoalDraft) -> str:
    """Return why the dates make no periods, as they are typed now."""
    if draft.starts_on is None or (draft.has_end and draft.ends_on is None):
        return _("Choose a start date to see the periods.")
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        return _("The end must not come before the start.")
    return _("These dates give too many periods. Choose longer periods or a shorter duration.")


def _name(viewer: Viewer, draft: GoalDraft, period: Period) -> str:
    return short_period_name(period, draft.interval, viewer.calendar, viewer.language, with_year=True)


def _labels(viewer: Viewer, draft: GoalDraft, periods: Sequence[Period]) -> list[str]:
    return [initial_of_period(each, draft.interval, viewer.calendar, viewer.language) for each in periods]


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


def fill(form: GoalForm, how: str) -> None:
    """Fill in the targets of all periods: `all`, `evenly`, `pattern`; else of those not drawn yet."""
    draft = form.draft
    is_spread = how in {"evenly", "pattern"}
    amount = form.fill_total if is_spread else draft.target
    if amount is None or not draft.has_period_targets or form.season.is_unsettled:
        return
    periods_now = draft.ended_periods
    shares: Sequence[int] = [amount] * len(periods_now)
    if is_spread:
        earlier = form.earlier if how == "pattern" else ()
        weights = [max(each, 0) for each in earlier] or [1] * len(periods_now)
        shares = _shared_out(amount, weights, draft.currency)
    is_forced = how in {"all", "evenly", "pattern"}
    texts = {
        f"{PERIOD_PREFIX}{period.start}": written_amount(share, draft.currency, form.viewer.language)
        for period, share in zip(periods_now, shares, strict=True)
        if is_forced or (share > 0 and f"{PERIOD_PREFIX}{period.start}" not in form.typed)
    }
    form.change(**texts)


def _shared_out(total: int, weights: Sequence[int], currency: str) -> tuple[int, ...]:
    """Share a total out by weights, in whole major units where it is a number of those itself."""
    unit = 10 ** DIGITS[currency] if currency else 1
    if total % unit:
        unit = 1
    return tuple(part * unit for part in spread_by_pattern(total // unit, weights))

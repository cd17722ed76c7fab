"""The counting rules a second time, as plainly as they read, straight from the tables.

Nothing here uses `goalpost.domain.counting` or the ledger: a mistake in both would have to be made twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from goalpost.companies.models import Company
from goalpost.crm.models import Activity, Deal, ExchangeRate, Stage, StageMove
from goalpost.domain.calendar import Period
from goalpost.domain.conversion import Conversion
from goalpost.domain.measures import Measure
from goalpost.ledger.models import SourceKind
from goalpost.ledger.questions import Selection, Total

DIGITS = {"EUR": 2, "USD": 2, "SEK": 2, "JPY": 0, "KWD": 3}
NOTHING = Total()


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One record counting once. Amounts in minor units of the company's currency."""

    kind: SourceKind
    source_id: int
    measure: Measure
    day: date
    owner_id: int
    pipeline_id: int
    item_id: int
    currency: str = ""
    amount: int = 0
    native_amount: int = 0
    unvalued: int = 0


class Recount:
    """Everything that counts in a company now."""

    def __init__(self, company_id: int) -> None:
        self.company = Company.objects.get(pk=company_id)
        self.zone = ZoneInfo(self.company.time_zone)
        self.stages = {stage.pk: stage for stage in Stage.objects.filter(company_id=company_id)}
        known = ExchangeRate.objects.filter(company_id=company_id).order_by("recorded_at")
        latest = {(rate.currency, rate.day): rate for rate in known}
        self.rates = sorted(latest.values(), key=lambda rate: rate.day)
        self.lines: list[Line] = []
        deals = {deal.pk: deal for deal in Deal.objects.filter(company_id=company_id)}
        moves: dict[int, list[StageMove]] = {deal_id: [] for deal_id in deals}
        for move in StageMove.objects.filter(company_id=company_id).order_by("number"):
            moves[move.deal_id].append(move)
        for deal in deals.values():
            if not deal.is_deleted:
                self._count_deal(deal, moves[deal.pk])
        for activity in Activity.objects.filter(company_id=company_id, is_deleted=False):
            self._count_activity(activity, deals[activity.deal_id].pipeline_id if activity.deal_id else 0)

    def total(
        self, selection: Selection, period: Period, *, only: Callable[[Line], bool] | None = None
    ) -> Total:
        """Return the total of a selection without spans; `only` says which lines of it count."""
        found = [line for line in self.behind(selection, period) if only is None or only(line)]
        worth = [self.told_in(selection.currency, line) for line in found]
        return Total(
            len(found),
            sum(amount for amount, _unvalued, _is_converted in worth),
            sum(unvalued for _amount, unvalued, _is_converted in worth),
            sum(is_converted for _amount, _unvalued, is_converted in worth),
        )

    def told_in(self, currency: str, line: Line) -> tuple[int, int, bool]:
        """Return amount and 0, or 0 and 1 where it is unknown, and whether it had to be converted."""
        if not currency:
            return line.amount, line.unvalued, False
        if line.currency == currency:
            return line.native_amount, 0, False
        known = [rate for rate in self.rates if rate.currency == currency]
        if line.unvalued or not known:
            return 0, 1, not line.unvalued
        rate = ([rate for rate in known if rate.day <= line.day] or known[:1])[-1].rate
        scale = Fraction(10 ** DIGITS[currency], 10 ** DIGITS[self.company.currency])
        return round(line.amount / Fraction(rate) * scale), 0, True

    def conversion(self, currency: str) -> Conversion | None:
        """Return what a goal in this currency converts with; None for the company's own."""
        if currency in {"", self.company.currency}:
            return None
        rates = [(rate.day, rate.rate) for rate in self.rates if rate.currency == currency]
        own = DIGITS[self.company.currency]
        return Conversion(currency, rates, digits=DIGITS[currency], company_digits=own)

    def behind(self, selection: Selection, period: Period) -> list[Line]:
        return [
            line
            for line in self.lines
            if line.measure == selection.measure
            and period.start <= line.day < period.end
            and _is_among(line.owner_id, selection.owners)
            and _is_among(line.pipeline_id, selection.pipelines)
            and _is_among(line.item_id, selection.items)
        ]

    def _day(self, moment: datetime, is_day: bool) -> date:  # noqa: FBT001  a column
        return (moment if is_day else moment.astimezone(self.zone)).date()

    def _count_deal(self, deal: Deal, moves: list[StageMove]) -> None:
        if deal.add_time:
            self._add(deal, Measure.DEALS_STARTED, self._day(deal.add_time, deal.add_time_is_day))
        if deal.status == "won" and deal.won_time:
            self._add(deal, Measure.DEALS_WON, self._day(deal.won_time, deal.won_time_is_day))
            self._add(deal, Measure.REVENUE_FORECAST, self._day(deal.won_time, deal.won_time_is_day))
        if deal.status == "open":
            self._add(
                deal, Measure.OPEN_VALUE, deal.expected_close_date or date.max, item_id=deal.stage_id or 0
            )
        if deal.status == "open" and deal.expected_close_date:
            of_stage = self.stages[deal.stage_id].probability if deal.stage_id else None
            chances = [chance for chance in (deal.probability, of_stage, 100) if chance is not None]
            self._add(deal, Measure.REVENUE_FORECAST, deal.expected_close_date, percent=chances[0])
        for stage in self.stages.values():
            entry = self._standing_entry(stage, moves)
            if entry and entry.moved_at:
                self._add(
                    deal,
                    Measure.DEALS_PROGRESSED,
                    self._day(entry.moved_at, entry.moved_at_is_day),
                    stage=stage,
                )

    def _standing_entry(self, stage: Stage, moves: list[StageMove]) -> StageMove | None:
        """Return the last move that entered the stage, unless a later one went back to before it."""
        came_from: list[Stage | None] = [None, *(self.stages[move.stage_id] for move in moves)]
        entered: StageMove | None = None
        for before, move in zip(came_from, moves, strict=False):
            arrived = self.stages[move.stage_id]
            if arrived.pipeline_id != stage.pipeline_id or before == arrived:
                continue
            is_skipped = (
                before is not None
                and before.pipeline_id == stage.pipeline_id
                and before.position < stage.position < arrived.position
            )
            if arrived == stage or is_skipped:
                entered = move
            elif arrived.position < stage.position:
                entered = None
        return entered

    def _add(
        self,
        deal: Deal,
        measure: Measure,
        day: date,
        *,
        percent: int = 100,
        stage: Stage | None = None,
        item_id: int = 0,
    ) -> None:
        pipeline_id, item_id = (stage.pipeline_id, stage.pk) if stage else (deal.pipeline_id, item_id)
        where = (day, deal.owner_id, pipeline_id, item_id, deal.currency)
        amount, unvalued = self._worth(deal, day, percent)
        native = round(Fraction(deal.value * percent, 100))
        self.lines.append(Line(SourceKind.DEAL, deal.pk, measure, *where, amount, native, unvalued))

    def _worth(self, deal: Deal, day: date, percent: int) -> tuple[int, int]:
        """Return the amount and 0, or 0 and 1 when nobody knows it."""
        exact = Fraction(deal.value * percent, 100)
        if deal.currency != self.company.currency:
            known = [rate for rate in self.rates if rate.currency == deal.currency]
            if not known:
                return 0, 1
            rate = ([rate for rate in known if rate.day <= day] or known[:1])[-1].rate
            exact *= Fraction(rate) * 10 ** DIGITS[self.company.currency]
            exact /= 10 ** DIGITS[deal.currency]
        return round(exact), 0  # Python rounds half to even

    def _count_activity(self, activity: Activity, pipeline_id: int) -> None:
        where = (activity.owner_id, pipeline_id, activity.type_id)
        if activity.add_time:
            day = self._day(activity.add_time, activity.add_time_is_day)
            self.lines.append(Line(SourceKind.ACTIVITY, activity.pk, Measure.ACTIVITIES_ADDED, day, *where))
        if activity.is_done and activity.marked_as_done_time:
            day = self._day(activity.marked_as_done_time, activity.marked_as_done_time_is_day)
            self.lines.append(
                Line(SourceKind.ACTIVITY, activity.pk, Measure.ACTIVITIES_COMPLETED, day, *where)
            )


def _is_among(number: int, chosen: Iterable[int] | None) -> bool:
    return chosen is None or number in chosen

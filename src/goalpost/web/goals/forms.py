"""The form that a goal is created and edited with: what was typed, read into goal terms.

It only reads: whether terms make sense is for `goals.terms.check_terms`, whose refusals come back to the
fields through `add_refusal`.
"""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from goalpost.companies.errors import InvalidInput
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.terms import GoalTerms
from goalpost.web.goals.typed_goal import PERIOD_PREFIX, TypedGoal, typed_season
from goalpost.web.shell.typed import NotADay, NotANumber, parse_amount, parse_day

# Where the refusals of check_terms are shown, when not at the field of the same name.
_SHOWN_AT = {"duration": "ends_on", "measure": None, "id": None, "": None}


class GoalForm(TypedGoal):
    """The whole form: `terms` when it can be read, else an error at each field that is at fault."""

    _terms: GoalTerms | None = None

    @property
    def terms(self) -> GoalTerms:
        """What the form says, once it is valid."""
        if self._terms is None:
            raise ValueError("The form has faults: ask is_valid() first.")
        return self._terms

    def clean(self) -> None:
        super().clean()
        assignee = self.chosen_assignee()
        if assignee is None and "assignee_kind" not in self.errors:
            self.add_error(self._assignee_field(), _("Choose who the goal is for."))
        start = self._require_day("starts_on")
        last = self._require_day("ends_on") if self.typed.get("ends_on", "").strip() else None
        if last and "is_seasonal" in self.typed and (refusal := self.too_many_periods()):
            self.add_error("is_seasonal", refusal)
        # The rules say these two as well, but only of a form that can be read: all faults are told at once.
        if start and last and last < start:
            self.add_error("ends_on", _("The end must not come before the start."))
        if self.measure is Measure.DEALS_PROGRESSED and not self.typed.get("stage", ""):
            self.add_error("stage", _("Choose the stage that deals enter."))
        if typed_season(self).is_unsettled:
            self.add_error("is_seasonal", _("Say what becomes of the targets without a period."))
        period_targets = self._clean_period_targets()
        target = self._clean_target(period_targets)
        if assignee and start and target is not None and not self.errors and not self.period_errors:
            self._terms = self._read(assignee, start, last, target, period_targets)

    def is_valid(self) -> bool:
        return super().is_valid() and self._terms is not None

    def add_refusal(self, refusal: InvalidInput) -> None:
        """Show what the rules refuse at the fields it is about."""
        for name, message in refusal.errors.items():
            if name == "assignee":
                self.add_error(self._assignee_field(), message)
            elif name == "period_targets":
                self.add_error("is_seasonal", message)
            else:
                field = _SHOWN_AT.get(name, name)
                self.add_error(field if field in self.fields else None, message)

    def _read(
        self,
        assignee: Assignee,
        start: date,
        last: date | None,
        target: int,
        period_targets: Mapping[date, int],
    ) -> GoalTerms:
        of = self.cleaned_data
        return GoalTerms(
            title=of["title"],
            measure=self.measure,
            assignee=assignee,
            interval=self.chosen_interval(),
            metric=self.chosen_metric(),
            target=target,
            starts_on=start,
            ends_on=last,
            currency=self.chosen_currency(),
            pipelines=frozenset(map(int, of["pipelines"])),
            stage_id=int(of["stage"]) if self.measure is Measure.DEALS_PROGRESSED and of["stage"] else None,
            activity_types=frozenset(
                map(int, of["activity_types"] if self.measure.counts_activities else ())
            ),
            period_targets=period_targets,
        )

    def _clean_target(self, period_targets: Mapping[date, int]) -> int | None:
        """Read the goal's own target. A seasonal goal needs none: the first period's then stands in."""
        if not self.typed.get("target", "").strip():
            if period_targets:
                return next(iter(period_targets.values()))
            if not self.is_seasonal_now():
                self.add_error("target", _("Enter a target."))
            return None
        try:
            return parse_amount(self.typed.get("target", ""), self.chosen_currency(), self.language)
        except NotANumber as error:
            self.add_error("target", str(error))
            return None

    def _clean_period_targets(self) -> dict[date, int]:
        start, _last = self.chosen_days()
        if start is None or not self.is_seasonal_now():
            return {}
        targets: dict[date, int] = {}
        for period in self.periods(today=start):
            typed = self.typed.get(f"{PERIOD_PREFIX}{period.start}", "")
            try:
                targets[period.start] = self._period_target(typed)
            except NotANumber as error:
                self.period_errors[period.start] = str(error)
        return targets

    def _period_target(self, typed: str) -> int:
        if not typed.strip():
            raise NotANumber(_("Enter a target."))
        target = parse_amount(typed, self.chosen_currency(), self.language)
        if target <= 0:
            raise NotANumber(_("Enter a target above zero."))
        return target

    def _require_day(self, name: str) -> date | None:
        typed = self.typed.get(name, "")
        if not typed.strip():
            self.add_error(name, _("Choose a day."))
            return None
        try:
            return parse_day(typed, self.language)
        except NotADay as error:
            self.add_error(name, str(error))
            return None

    def _assignee_field(self) -> str:
        kind = self.typed.get("assignee_kind", "")
        return kind if kind in {AssigneeKind.PERSON, AssigneeKind.TEAM} else "assignee_kind"

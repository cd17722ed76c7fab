"""Holds the results of teams against a recount, with the memberships read plainly from their rows."""

from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import NamedTuple

from django.db.models import Q

from goalpost.companies.actors import actor_for
from goalpost.companies.memberships import members_of, membership_events
from goalpost.companies.models import TeamMembership
from goalpost.domain.calendar import Period
from goalpost.domain.permissions import Assignee
from goalpost.goals.periods import selection_for
from goalpost.insights.changes import ChangesAsked
from goalpost.insights.report import Question, report
from goalpost.ledger import read
from goalpost.ledger.changes import total_as_known_at
from goalpost.ledger.questions import Question as LedgerQuestion
from goalpost.ledger.questions import Selection, Split, Total, sum_of
from tests.crm.audit import Audit
from tests.crm.naive_recount import Recount
from tests.goals.builders import TEAM, terms
from tests.people import Cast

Days = tuple[int, date, date]
"""A person, and the first and the last day that they are on a team."""


class Known(NamedTuple):
    """What a team was found to have at a moment. `scope` says of what, without whose."""

    moment: datetime
    team_id: int
    scope: Selection
    period: Period
    total: Total


class TeamAudit(Audit):
    """One company's ledger and teams, watched over time."""

    def __init__(self, cast: Cast, random: Random) -> None:
        super().__init__(cast.company_id, random)
        self.cast = cast
        self.known: list[Known] = []

    def check(self, now: datetime) -> Recount:
        """Assert also that teams have what their members brought, and that this is remembered."""
        recount = super().check(now)
        team_id = self.random.choice([self.cast.nordic.pk, self.cast.baltic.pk])
        scope = replace(self.selection(), owners=None)
        periods = [self.range() for _ in range(3)]
        expected = [self._total(recount, team_id, scope, period) for period in periods]
        selection = self._selection(team_id, scope)
        question = LedgerQuestion(selection, tuple(periods))
        assert read.totals(self.company_id, [question]) == [expected]
        by_person = read.totals_by(self.company_id, question, Split.OWNER)
        assert [sum_of(each) for each in zip(*by_person.values(), strict=True)] == (
            expected if by_person else []
        )
        if self.known:
            self._check_known(self.random.choice(self.known))
        self.known.append(Known(now, team_id, scope, periods[0], expected[0]))
        return recount

    def check_whole_memory(self) -> None:
        super().check_whole_memory()
        for known in self.known:
            self._check_known(known)

    def _check_known(self, known: Known) -> None:
        """Assert that it is known as what it was then, and that what is listed adds up to the difference."""
        moment, team_id, scope, period, then = known
        selection = self._selection(team_id, scope, at=moment)
        assert total_as_known_at(self.company_id, selection, period, moment) == then
        events = membership_events(self.company_id, team_id, since=moment)
        asked = ChangesAsked(moment, 10_000, memberships=events)
        question = Question(self._selection(team_id, scope), (period,), explain=asked)
        [answer] = report(actor_for(self.cast.astrid), [question])
        changes = answer.changes
        assert changes is not None
        assert changes.then == then
        moved = [move.by for move in changes.memberships if move.by is not None]
        listed = sum_of([*(line.by for line in changes.lines), *moved])
        # How many amounts had to be converted is told of totals alone.
        assert then.plus(*listed)[:3] == changes.now[:3] == answer.totals[0][:3]

    def _total(self, recount: Recount, team_id: int, scope: Selection, period: Period) -> Total:
        rows = TeamMembership.objects.filter(Q(superseded_at__isnull=True), team_id=team_id)
        days: list[Days] = [
            (user_id, first or date.min, last or date.max)
            for user_id, first, last in rows.values_list("user_id", "starts_on", "ends_on")
        ]
        return recount.total(
            scope,
            period,
            only=lambda line: any(
                user_id == line.owner_id and first <= line.day <= last for user_id, first, last in days
            ),
        )

    def _selection(self, team_id: int, scope: Selection, *, at: datetime | None = None) -> Selection:
        """Return what a goal of the team counts, within the scope."""
        members = members_of(self.company_id, [team_id], at=at)[team_id]
        own = selection_for(terms(self.cast, assignee=Assignee(TEAM, team_id)), members)
        return replace(scope, owners=own.owners, spans=own.spans)

"""Whatever people do, in whatever order: every result is what a naive recount of the records says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from goalpost.companies.memberships import MembershipChange, change_memberships, joining, leaving
from goalpost.crm.actions import setup
from goalpost.domain.membership import NEVER, Stay
from tests.crm.any_write import AnyWrite
from tests.crm.records import add_activity, add_deal
from tests.crm.watched_companies import days, picks, which_company
from tests.goals.team_audit import TeamAudit
from tests.people import NOW, make_company


class AnySequence(AnyWrite):
    """Writes of all kinds, and people who join, leave, come back, or were never there."""

    audit = TeamAudit

    @rule(at=which_company, pick=picks, day=st.none() | days)
    def join(self, at: int, pick: int, day: date | None) -> None:
        with self.acting(at) as actor:
            change = joining(actor, self.team(at, pick), self.person(at, pick).pk, day)
            change_memberships(actor=actor, changes=[change], now=self.now)

    @rule(at=which_company, pick=picks, day=st.none() | days)
    def leave(self, at: int, pick: int, day: date | None) -> None:
        with self.acting(at) as actor:
            change = leaving(actor, self.team(at, pick), self.person(at, pick).pk, day)
            change_memberships(actor=actor, changes=[change], now=self.now)

    @rule(at=which_company, pick=picks, first=days, stay=st.integers(1, 90), away=st.integers(0, 60))
    def be_there_twice(self, at: int, pick: int, first: date, stay: int, away: int) -> None:
        back = first + timedelta(days=stay + away)
        stays = (Stay(first, first + timedelta(days=stay)), Stay(back, back + timedelta(days=stay)))
        with self.acting(at) as actor:
            change = MembershipChange(self.team(at, pick), self.person(at, pick).pk, stays)
            change_memberships(actor=actor, changes=[change], now=self.now)

    @rule(at=which_company, pick=picks, day=days)
    def change_teams(self, at: int, pick: int, day: date) -> None:
        """Move a person on a day, and have another never have been on the team."""
        old, new = self.team(at, pick), self.team(at, pick + 1)
        person, other = self.person(at, pick).pk, self.person(at, pick + 1).pk
        with self.acting(at) as actor:
            changes = [leaving(actor, old, person, day), joining(actor, new, person, day)]
            changes.append(MembershipChange(old, other, NEVER))
            change_memberships(actor=actor, changes=changes, now=self.now)

    def team(self, at: int, pick: int) -> int:
        cast = self.casts[at]
        return (cast.nordic.pk, cast.baltic.pk)[pick // 4 % 2]


@pytest.mark.hypothesis
@pytest.mark.django_db
def test_after_any_sequence_of_writes_results_are_a_recount_and_the_past_stays_as_it_was_known() -> None:
    AnySequence.casts = [
        make_company("Nordlys"),
        make_company("Baltica", currency="JPY", time_zone="Asia/Tokyo"),
    ]
    for cast in AnySequence.casts:
        partners = setup.add_pipeline(actor=cast.operator, name="Partners", now=NOW)
        for name in ("Lead", "Talks", "Signed"):
            setup.add_stage(actor=cast.operator, pipeline_id=partners.pk, name=name, now=NOW)
        # So that the first step of a sequence has something to work on, and rates between which to choose.
        for month, rate in ((3, "0.75"), (9, "1.25"), (12, "3")):
            day = date(2025, month, 1)
            setup.set_rate(actor=cast.operator, currency="USD", day=day, rate=Decimal(rate), now=NOW)
        for stage in (0, 3):
            deal = add_deal(cast, stage=stage, expected_close_date=date(2026, 5, 1))
            add_activity(cast, deal_id=deal.pk)
    # Each sequence is 40 writes, each of them audited: a hundred take some minutes.
    how_many = settings().max_examples // 4
    run_state_machine_as_test(
        AnySequence, settings=settings(settings(), max_examples=how_many, stateful_step_count=40)
    )

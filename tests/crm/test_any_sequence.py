"""Whatever people do, in whatever order: the ledger says what a naive recount of the records says."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from goalpost.companies.actors import actor_for
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import User
from goalpost.crm import bulk
from goalpost.crm.actions import activities, deals, setup
from goalpost.crm.bulk import ActivityRecord, DealRecord
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.crm.posting import crm_write
from goalpost.crm.rules import company_rules
from goalpost.domain.counting import StageMove
from goalpost.domain.permissions import Actor
from goalpost.ledger.models import Reason
from tests.crm.audit import Audit
from tests.people import NOW, Cast, make_company

which_company = st.sampled_from([0, 0, 0, 1])
picks = st.integers(0, 59)
moments = st.one_of(
    st.datetimes(datetime(2024, 12, 25), datetime(2026, 4, 5), timezones=st.just(UTC)),  # noqa: DTZ001  zoned by the strategy
    # Around midnight at year's end, where days, months and time zones part ways.
    st.integers(0, 60 * 24).map(
        lambda minutes: datetime(2025, 12, 31, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
maybe_moments = st.none() | moments
days = st.dates(date(2024, 12, 25), date(2026, 4, 5))
values = st.integers(-10_000, 10_000_000_00)
currencies = st.sampled_from(["EUR", "EUR", "USD", "JPY", "KWD"])
percents = st.none() | st.integers(0, 100)
rates = st.decimals(Decimal("0.0001"), Decimal(900), places=4)
statuses = st.sampled_from(["open", "won", "lost"])
zones = st.sampled_from(["Europe/Stockholm", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata", "UTC"])


class AnySequence(RuleBasedStateMachine):
    """Two companies, several people, pipelines and currencies; every write there is."""

    casts: list[Cast]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.audits: list[Audit] = []

    @initialize(seed=st.integers(0, 2**32))
    def look_with(self, seed: int) -> None:
        self.audits = [Audit(cast.company_id, Random(seed + at)) for at, cast in enumerate(self.casts)]

    def teardown(self) -> None:
        try:
            for audit in self.audits:
                audit.check_untouched()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    # ---- what every rule asks

    @contextmanager
    def acting(self, at: int) -> Iterator[Actor]:
        """Give an admin of the company a moment to act in; what was refused must have changed nothing."""
        self.now += timedelta(minutes=7)
        try:
            yield actor_for(self.casts[at].astrid)
        except InvalidInput:
            self.audits[at].check_untouched()
        self.audits[at].check(self.now)
        self.audits[1 - at].check_untouched()

    def stage(self, at: int, pick: int) -> Stage:
        found = list(Stage.objects.filter(company_id=self.casts[at].company_id).order_by("id"))
        return found[pick % len(found)]

    def person(self, at: int, pick: int) -> User:
        return self.casts[at].people[pick % 4]

    def deal(self, at: int, pick: int, *, is_deleted: bool = False) -> Deal | None:
        """Return a deal, mostly one of the latest, so that one deal sees many changes."""
        found = Deal.objects.filter(company_id=self.casts[at].company_id, is_deleted=is_deleted)
        latest = list(found.order_by("-id")[:4])
        return latest[pick % len(latest)] if latest else None

    def activity(self, at: int, pick: int, *, is_deleted: bool = False) -> Activity | None:
        found = Activity.objects.filter(company_id=self.casts[at].company_id, is_deleted=is_deleted)
        latest = list(found.order_by("-id")[:4])
        return latest[pick % len(latest)] if latest else None

    def type_id(self, at: int, pick: int) -> int:
        return self.casts[at].activity_type(("call", "meeting")[pick % 2]).pk

    # ---- deals

    @rule(
        at=which_company,
        pick=picks,
        value=values,
        currency=currencies,
        probability=percents,
        close=st.none() | days,
        add_time=maybe_moments,
    )
    def create_deal(
        self,
        at: int,
        pick: int,
        value: int,
        currency: str,
        probability: int | None,
        close: date | None,
        add_time: datetime | None,
    ) -> None:
        with self.acting(at) as actor:
            deals.create_deal(
                actor=actor,
                stage_id=self.stage(at, pick).pk,
                now=self.now,
                title="Oars",
                owner_id=self.person(at, pick).pk,
                value=value,
                currency=currency,
                probability=probability,
                expected_close_date=close,
                add_time=add_time,
            )

    @rule(at=which_company, pick=picks, by=picks, value=values, currency=currencies)
    def change_worth_and_owner(self, at: int, pick: int, by: int, value: int, currency: str) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                owner_id = self.person(at, by).pk
                deals.change_deal(
                    actor=actor,
                    deal_id=deal.pk,
                    now=self.now,
                    value=value,
                    currency=currency,
                    owner_id=owner_id,
                )

    @rule(
        at=which_company, pick=picks, probability=percents, close=st.none() | days, is_archived=st.booleans()
    )
    def change_forecast(
        self,
        at: int,
        pick: int,
        probability: int | None,
        close: date | None,
        is_archived: bool,  # noqa: FBT001  drawn by name
    ) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.change_deal(
                    actor=actor,
                    deal_id=deal.pk,
                    now=self.now,
                    probability=probability,
                    expected_close_date=close,
                    is_archived=is_archived,
                )

    @rule(at=which_company, pick=picks, add_time=maybe_moments, won_time=maybe_moments)
    def change_moments(
        self, at: int, pick: int, add_time: datetime | None, won_time: datetime | None
    ) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.change_deal(
                    actor=actor, deal_id=deal.pk, now=self.now, add_time=add_time, won_time=won_time
                )

    @rule(at=which_company, pick=picks, to=picks, moved_at=maybe_moments)
    def move_deal(self, at: int, pick: int, to: int, moved_at: datetime | None) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                stage_id = self.stage(at, to).pk
                deals.move_deal(
                    actor=actor, deal_id=deal.pk, stage_id=stage_id, now=self.now, moved_at=moved_at
                )

    @rule(at=which_company, pick=picks, won_time=maybe_moments)
    def win_deal(self, at: int, pick: int, won_time: datetime | None) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.win_deal(actor=actor, deal_id=deal.pk, now=self.now, won_time=won_time)

    @rule(at=which_company, pick=picks, lost_time=maybe_moments)
    def lose_deal(self, at: int, pick: int, lost_time: datetime | None) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.lose_deal(actor=actor, deal_id=deal.pk, now=self.now, lost_time=lost_time)

    @rule(at=which_company, pick=picks)
    def reopen_deal(self, at: int, pick: int) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.reopen_deal(actor=actor, deal_id=deal.pk, now=self.now)

    @rule(at=which_company, pick=picks)
    def delete_deal(self, at: int, pick: int) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.delete_deal(actor=actor, deal_id=deal.pk, now=self.now)

    @rule(at=which_company, pick=picks)
    def restore_deal(self, at: int, pick: int) -> None:
        if deal := self.deal(at, pick, is_deleted=True):
            with self.acting(at) as actor:
                deals.restore_deal(actor=actor, deal_id=deal.pk, now=self.now)

    # ---- activities

    @rule(at=which_company, pick=picks, on_deal=st.booleans(), add_time=maybe_moments)
    def create_activity(self, at: int, pick: int, on_deal: bool, add_time: datetime | None) -> None:  # noqa: FBT001  drawn by name
        deal = self.deal(at, pick) if on_deal else None
        with self.acting(at) as actor:
            activities.create_activity(
                actor=actor,
                now=self.now,
                subject="Ring",
                type_id=self.type_id(at, pick),
                owner_id=self.person(at, pick).pk,
                deal_id=deal.pk if deal else None,
                add_time=add_time,
            )

    @rule(at=which_company, pick=picks, to=picks, on_deal=st.booleans(), add_time=maybe_moments)
    def change_activity(self, at: int, pick: int, to: int, on_deal: bool, add_time: datetime | None) -> None:  # noqa: FBT001  drawn by name
        if activity := self.activity(at, pick):
            deal = self.deal(at, to) if on_deal else None
            with self.acting(at) as actor:
                activities.change_activity(
                    actor=actor,
                    activity_id=activity.pk,
                    now=self.now,
                    type_id=self.type_id(at, to),
                    owner_id=self.person(at, to).pk,
                    deal_id=deal.pk if deal else None,
                    add_time=add_time,
                )

    @rule(at=which_company, pick=picks, done_at=maybe_moments)
    def complete_activity(self, at: int, pick: int, done_at: datetime | None) -> None:
        if activity := self.activity(at, pick):
            with self.acting(at) as actor:
                activities.complete_activity(
                    actor=actor, activity_id=activity.pk, now=self.now, done_at=done_at
                )

    @rule(at=which_company, pick=picks)
    def reopen_activity(self, at: int, pick: int) -> None:
        if activity := self.activity(at, pick):
            with self.acting(at) as actor:
                activities.reopen_activity(actor=actor, activity_id=activity.pk, now=self.now)

    @rule(at=which_company, pick=picks, is_back=st.booleans())
    def delete_or_restore_activity(self, at: int, pick: int, is_back: bool) -> None:  # noqa: FBT001  drawn by name
        if activity := self.activity(at, pick, is_deleted=is_back):
            act = activities.restore_activity if is_back else activities.delete_activity
            with self.acting(at) as actor:
                act(actor=actor, activity_id=activity.pk, now=self.now)

    # ---- the rules they count by

    @rule(at=which_company, pick=picks, probability=percents)
    def change_stage_probability(self, at: int, pick: int, probability: int | None) -> None:
        with self.acting(at) as actor:
            setup.change_stage_probability(
                actor=actor, stage_id=self.stage(at, pick).pk, probability=probability, now=self.now
            )

    @rule(at=which_company, currency=currencies, day=days, rate=rates)
    def set_rate(self, at: int, currency: str, day: date, rate: Decimal) -> None:
        with self.acting(at) as actor:
            setup.set_rate(actor=actor, currency=currency, day=day, rate=rate, now=self.now)

    @rule(at=which_company, zone=zones)
    def change_time_zone(self, at: int, zone: str) -> None:
        with self.acting(at) as actor:
            setup.change_time_zone(actor=actor, time_zone=zone, now=self.now)

    @rule(at=which_company, pick=picks)
    def add_stage(self, at: int, pick: int) -> None:
        with self.acting(at) as actor:
            pipeline_id = self.stage(at, pick).pipeline_id
            setup.add_stage(actor=actor, pipeline_id=pipeline_id, name=f"Stage of {self.now}", now=self.now)

    # ---- by the thousand

    @rule(
        at=which_company,
        rows=st.lists(
            st.tuples(picks, statuses, values, currencies, maybe_moments, st.none() | days), max_size=5
        ),
    )
    def insert_deals(
        self, at: int, rows: list[tuple[int, str, int, str, datetime | None, date | None]]
    ) -> None:
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.IMPORT) as pen:
            records = [self.deal_record(at, *row) for row in rows]
            made = [(record, [StageMove(record.stage_id, record.add_time)]) for record in records]
            bulk.insert_deals(pen, company_rules(actor.company_id), made)

    @rule(
        at=which_company,
        rows=st.lists(
            st.tuples(picks, statuses, values, currencies, maybe_moments, st.none() | days), max_size=4
        ),
        moved_at=maybe_moments,
    )
    def update_deals(
        self,
        at: int,
        rows: list[tuple[int, str, int, str, datetime | None, date | None]],
        moved_at: datetime | None,
    ) -> None:
        company_id = self.casts[at].company_id
        latest = list(Deal.objects.filter(company_id=company_id).order_by("-id")[: len(rows)])
        changed = {deal.pk: self.deal_record(at, *row) for deal, row in zip(latest, rows, strict=False)}
        moves = {
            deal.pk: [StageMove(changed[deal.pk].stage_id, moved_at)]
            for deal in latest
            if deal.stage_id != changed[deal.pk].stage_id
        }
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.SYNC) as pen:
            bulk.update_deals(pen, company_rules(company_id), changed, moves)

    @rule(at=which_company, rows=st.lists(st.tuples(picks, maybe_moments, maybe_moments), max_size=5))
    def insert_activities(self, at: int, rows: list[tuple[int, datetime | None, datetime | None]]) -> None:
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.IMPORT) as pen:
            records = [self.activity_record(at, *row) for row in rows]
            bulk.insert_activities(pen, company_rules(actor.company_id), records)

    @rule(at=which_company, rows=st.lists(st.tuples(picks, maybe_moments, maybe_moments), max_size=4))
    def update_activities(self, at: int, rows: list[tuple[int, datetime | None, datetime | None]]) -> None:
        company_id = self.casts[at].company_id
        latest = Activity.objects.filter(company_id=company_id).order_by("-id")[: len(rows)]
        changed = {
            activity.pk: self.activity_record(at, *row) for activity, row in zip(latest, rows, strict=False)
        }
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.SYNC) as pen:
            bulk.update_activities(pen, company_rules(company_id), changed)

    def deal_record(
        self,
        at: int,
        pick: int,
        status: str,
        value: int,
        currency: str,
        moment: datetime | None,
        close: date | None,
    ) -> DealRecord:
        stage = self.stage(at, pick)
        return DealRecord(
            title="Imported",
            owner_id=self.person(at, pick).pk,
            organization="",
            pipeline_id=stage.pipeline_id,
            stage_id=stage.pk,
            status=status,
            value=value,
            currency=currency,
            probability=pick if pick % 2 else None,
            add_time=moment,
            won_time=moment if status == "won" else None,
            lost_time=moment if status == "lost" else None,
            expected_close_date=close,
            stage_change_time=None,
            external_id=None,
            import_key=None,
            is_archived=pick % 5 == 0,
            is_deleted=pick % 7 == 0,
            updated_at=self.now,
        )

    def activity_record(
        self, at: int, pick: int, add_time: datetime | None, done_time: datetime | None
    ) -> tuple[ActivityRecord, int]:
        deal = self.deal(at, pick) if pick % 2 else None
        record = ActivityRecord(
            subject="Imported",
            type_id=self.type_id(at, pick),
            owner_id=self.person(at, pick).pk,
            deal_id=deal.pk if deal else None,
            add_time=add_time,
            due_date=None,
            is_done=pick % 3 > 0,
            marked_as_done_time=done_time if pick % 3 else None,
            external_id=None,
            import_key=None,
            is_deleted=pick % 7 == 0,
            updated_at=self.now,
        )
        return record, deal.pipeline_id if deal else 0


@pytest.mark.django_db
def test_after_any_sequence_of_writes_the_ledger_is_a_recount_of_the_records() -> None:
    AnySequence.casts = [
        make_company("Nordlys"),
        make_company("Baltica", currency="JPY", time_zone="Asia/Tokyo"),
    ]
    for cast in AnySequence.casts:
        partners = setup.add_pipeline(actor=cast.operator, name="Partners", now=NOW)
        for name in ("Lead", "Talks", "Signed"):
            setup.add_stage(actor=cast.operator, pipeline_id=partners.pk, name=name, now=NOW)
    run_state_machine_as_test(AnySequence, settings=settings(settings(), stateful_step_count=25))

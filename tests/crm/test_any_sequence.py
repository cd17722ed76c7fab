"""Whatever people do, in whatever order: the ledger says what a naive recount of the records says."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from goalpost.crm import bulk
from goalpost.crm.actions import setup
from goalpost.crm.bulk import ActivityRecord, DealRecord
from goalpost.crm.models import Activity, Deal
from goalpost.crm.posting import company_rules, crm_write
from goalpost.domain.counting import Moment, StageMove
from goalpost.ledger.models import Reason
from tests.crm.records import add_activity, add_deal
from tests.crm.single_edits import SingleEdits
from tests.crm.watched_companies import (
    currencies,
    days,
    maybe_moments,
    percents,
    picks,
    rates,
    statuses,
    values,
    which_company,
    zones,
)
from tests.people import NOW, make_company


class AnySequence(SingleEdits):
    """Single edits, changes to the rules, and writes by the thousand."""

    # ---- the rules they count by

    @rule(at=which_company, pick=picks, probability=percents)
    def change_stage_probability(self, at: int, pick: int, probability: int | None) -> None:
        deal = self.deal(at, pick)
        stage_id = (deal.stage_id or 0) if deal else self.stage(at, pick).pk
        with self.acting(at) as actor:
            setup.change_stage_probability(
                actor=actor, stage_id=stage_id, probability=probability, now=self.now
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
        self, at: int, rows: list[tuple[int, str, int, str, Moment | None, date | None]]
    ) -> None:
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.IMPORT) as writer:
            records = [self.deal_record(at, *row) for row in rows]
            made = [(record, [StageMove(record.stage_id or 0, record.add_time)]) for record in records]
            bulk.insert_deals(writer, company_rules(actor.company_id), made)

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
        rows: list[tuple[int, str, int, str, Moment | None, date | None]],
        moved_at: Moment | None,
    ) -> None:
        company_id = self.casts[at].company_id
        latest = list(Deal.objects.filter(company_id=company_id).order_by("-id")[: len(rows)])
        changed = {deal.pk: self.deal_record(at, *row) for deal, row in zip(latest, rows, strict=False)}
        moves = {
            deal.pk: [StageMove(changed[deal.pk].stage_id or 0, moved_at)]
            for deal in latest
            if deal.stage_id != changed[deal.pk].stage_id
        }
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.SYNC) as writer:
            bulk.update_deals(writer, company_rules(company_id), changed, moves)

    @rule(at=which_company, rows=st.lists(st.tuples(picks, maybe_moments, maybe_moments), max_size=5))
    def insert_activities(self, at: int, rows: list[tuple[int, Moment | None, Moment | None]]) -> None:
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.IMPORT) as writer:
            records = [self.activity_record(at, *row) for row in rows]
            bulk.insert_activities(writer, company_rules(actor.company_id), records)

    @rule(at=which_company, rows=st.lists(st.tuples(picks, maybe_moments, maybe_moments), max_size=4))
    def update_activities(self, at: int, rows: list[tuple[int, Moment | None, Moment | None]]) -> None:
        company_id = self.casts[at].company_id
        latest = Activity.objects.filter(company_id=company_id).order_by("-id")[: len(rows)]
        changed = {
            activity.pk: self.activity_record(at, *row) for activity, row in zip(latest, rows, strict=False)
        }
        with self.acting(at) as actor, crm_write(actor, now=self.now, reason=Reason.SYNC) as writer:
            bulk.update_activities(writer, company_rules(company_id), changed)

    def deal_record(
        self,
        at: int,
        pick: int,
        status: str,
        value: int,
        currency: str,
        moment: Moment | None,
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
        self, at: int, pick: int, add_time: Moment | None, done_time: Moment | None
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


@pytest.mark.hypothesis
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
        # So that the first step of a sequence has something to work on, and rates between which to choose.
        for month, rate in ((3, "0.75"), (9, "1.25"), (12, "3")):
            day = date(2025, month, 1)
            setup.set_rate(actor=cast.operator, currency="USD", day=day, rate=Decimal(rate), now=NOW)
        for stage in (0, 3):
            deal = add_deal(cast, stage=stage, expected_close_date=date(2026, 5, 1))
            add_activity(cast, deal_id=deal.pk)
    # Each sequence is 40 writes, each of them audited: a hundred take some minutes.
    how_many = settings().max_examples // 2
    run_state_machine_as_test(
        AnySequence, settings=settings(settings(), max_examples=how_many, stateful_step_count=40)
    )

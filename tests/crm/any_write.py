"""All that is written to records and to the rules they count by: one at a time, and by the thousand."""

from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import rule

from goalpost.crm import bulk
from goalpost.crm.actions import setup
from goalpost.crm.bulk import ActivityRecord, DealRecord
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.crm.posting import company_rules, crm_write
from goalpost.domain.counting import Moment, StageMove
from goalpost.ledger.models import Reason
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


class AnyWrite(SingleEdits):
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

    @rule(at=which_company, pick=picks, random=st.randoms(use_true_random=False))
    def reorder_stages(self, at: int, pick: int, random: Random) -> None:
        pipeline_id = self.stage(at, pick).pipeline_id
        own = Stage.objects.filter(company_id=self.casts[at].company_id, pipeline_id=pipeline_id)
        ids = list(own.order_by("id").values_list("id", flat=True))
        random.shuffle(ids)
        with self.acting(at) as actor:
            setup.change_stage_order(actor=actor, pipeline_id=pipeline_id, stage_ids=ids, now=self.now)

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

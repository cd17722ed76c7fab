"""Everything that people do to single deals and activities."""

from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import rule

from goalpost.crm.actions import activities, deals
from goalpost.domain.counting import Moment
from tests.crm.watched_companies import (
    WatchedCompanies,
    close_dates,
    currencies,
    maybe_moments,
    percents,
    picks,
    values,
    which_company,
)


class SingleEdits(WatchedCompanies):
    # ---- deals

    @rule(
        at=which_company,
        pick=picks,
        value=values,
        currency=currencies,
        probability=percents,
        close=close_dates,
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
        add_time: Moment | None,
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

    @rule(at=which_company, pick=picks, probability=percents, close=close_dates, is_archived=st.booleans())
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
    def change_moments(self, at: int, pick: int, add_time: Moment | None, won_time: Moment | None) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.change_deal(
                    actor=actor, deal_id=deal.pk, now=self.now, add_time=add_time, won_time=won_time
                )

    @rule(at=which_company, pick=picks, to=picks, moved_at=maybe_moments)
    def move_deal(self, at: int, pick: int, to: int, moved_at: Moment | None) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                stage_id = self.stage(at, to).pk
                deals.move_deal(
                    actor=actor, deal_id=deal.pk, stage_id=stage_id, now=self.now, moved_at=moved_at
                )

    @rule(at=which_company, pick=picks, won_time=maybe_moments)
    def win_deal(self, at: int, pick: int, won_time: Moment | None) -> None:
        if deal := self.deal(at, pick):
            with self.acting(at) as actor:
                deals.win_deal(actor=actor, deal_id=deal.pk, now=self.now, won_time=won_time)

    @rule(at=which_company, pick=picks, lost_time=maybe_moments)
    def lose_deal(self, at: int, pick: int, lost_time: Moment | None) -> None:
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
    def create_activity(self, at: int, pick: int, on_deal: bool, add_time: Moment | None) -> None:  # noqa: FBT001  drawn by name
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
    def change_activity(self, at: int, pick: int, to: int, on_deal: bool, add_time: Moment | None) -> None:  # noqa: FBT001  drawn by name
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
    def complete_activity(self, at: int, pick: int, done_at: Moment | None) -> None:
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

"""Rules that concern many records: a job counts them, and results stay as they are until all are counted."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from goalpost.companies.errors import InvalidInput
from goalpost.crm import rule_changes
from goalpost.crm.actions.deals import change_deal, delete_deal, move_deal, win_deal
from goalpost.crm.actions.setup import (
    change_stage_order,
    change_stage_probability,
    change_time_zone,
    set_rate,
)
from goalpost.crm.models import Deal, ExchangeRate, Stage
from goalpost.crm.rule_changes import recounts_under_way
from goalpost.crm.seals import update_sealed
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure
from goalpost.jobs.models import Job, State
from goalpost.jobs.worker import run_next
from goalpost.ledger import read
from goalpost.ledger.models import Book, Posting, Reason, Staged
from goalpost.ledger.post import Act, writing
from goalpost.ledger.questions import Selection
from goalpost.ledger.staging import staged_lines
from tests.crm.records import ALWAYS, add_activity, add_deal, days, total, utc
from tests.jobs.draining import drain
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

DEALS = 9
LATE = utc(2026, 2, 1, 23, 30)
"""The second of February in Stockholm, the first in London."""
FIRST = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_changes, "AT_ONCE", 3)
    monkeypatch.setattr(rule_changes, "BATCH", 2)


@pytest.fixture
def cast() -> Cast:
    cast = make_company()
    set_rate(actor=cast.operator, currency="USD", day=FIRST, rate=Decimal("0.5"), now=NOW)
    for number in range(DEALS):
        deal = add_deal(cast, value=100_00, currency="USD", add_time=LATE)
        if number % 3 == 0:
            win_deal(actor=cast.operator, deal_id=deal.pk, now=NOW)
        add_activity(cast, add_time=LATE)
    return cast


def new_rate(cast: Cast, rate: str = "0.9") -> None:
    set_rate(actor=cast.as_astrid, currency="USD", day=FIRST, rate=Decimal(rate), now=NOW)


def run_steps(steps: int) -> None:
    """Run the next job until it would begin its transaction after so many, as a worker that is stopped."""
    left = iter([False] * steps)
    assert run_next("stopped", timezone.now(), is_stopping=lambda: next(left, True))


def started(cast: Cast) -> int:
    return total(cast, Measure.DEALS_STARTED).amount


def test_results_and_rule_stay_until_the_job_is_done_and_change_with_one_posting(cast: Cast) -> None:
    before, version = started(cast), Book.objects.get(company=cast.company).version
    new_rate(cast)
    for _ in range(2):
        run_steps(2)
        assert started(cast) == before == DEALS * 50_00
        assert ExchangeRate.objects.latest("recorded_at").rate == Decimal("0.5")
        assert Book.objects.get(company=cast.company).version == version
        assert not list(differences(cast.company_id)), "and they are right"
    [job] = recounts_under_way(cast.company_id)
    assert job.progress["of"] == DEALS
    assert 0 < job.progress["done"] < DEALS
    drain()
    assert started(cast) == DEALS * 90_00
    assert ExchangeRate.objects.latest("recorded_at").rate == Decimal("0.9")
    posting = Posting.objects.get(company=cast.company, version__gt=version)
    assert (posting.reason, posting.note, posting.actor_id) == (Reason.RULE, "rate USD", cast.astrid.pk)
    assert not list(differences(cast.company_id))
    assert not Staged.objects.exists()
    assert not recounts_under_way(cast.company_id)


@pytest.mark.parametrize("steps", range(1, 6))
def test_what_is_written_meanwhile_is_counted_by_the_new_rule_too(cast: Cast, steps: int) -> None:
    new_rate(cast)
    run_steps(steps)
    first, second, third, *_ = Deal.objects.order_by("id").values_list("id", flat=True)
    last = Deal.objects.latest("id").pk
    change_deal(actor=cast.as_astrid, deal_id=first, now=NOW, value=200_00)
    change_deal(actor=cast.as_astrid, deal_id=last, now=NOW, value=300_00)
    change_deal(actor=cast.as_astrid, deal_id=third, now=NOW, currency="EUR")
    delete_deal(actor=cast.as_astrid, deal_id=second, now=NOW)
    add_deal(cast, value=400_00, currency="USD", add_time=LATE)
    assert started(cast) == (2 + 3 + 4 + 5) * 50_00 + 100_00
    assert not list(differences(cast.company_id))
    drain()
    assert started(cast) == (2 + 3 + 4 + 5) * 90_00 + 100_00
    assert not list(differences(cast.company_id))


def test_what_is_written_just_before_the_switch_is_sealed_as_it_is_posted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = Deal.objects.order_by("id").values_list("id", flat=True)

    def read_too_early(company_id: int) -> list[str]:
        lines = staged_lines(company_id)
        change_deal(actor=cast.as_astrid, deal_id=first, now=NOW, value=200_00)
        delete_deal(actor=cast.as_astrid, deal_id=second, now=NOW)
        return lines

    monkeypatch.setattr(rule_changes, "staged_lines", read_too_early)
    new_rate(cast)
    drain()
    assert started(cast) == (2 + DEALS - 2) * 90_00
    assert not list(differences(cast.company_id))
    assert not Staged.objects.exists()


def test_few_records_are_counted_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_changes, "AT_ONCE", DEALS)
    new_rate(cast)
    assert started(cast) == DEALS * 90_00
    assert not Job.objects.exists()


def test_changes_are_made_in_the_order_they_were_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_rate(cast, "0.7")
    run_steps(2)
    monkeypatch.setattr(rule_changes, "AT_ONCE", 1000)
    new_rate(cast, "0.8")
    assert len(recounts_under_way(cast.company_id)) == 2, "a small one waits for the one under way"
    Job.objects.filter(pk=recounts_under_way(cast.company_id)[0].pk).update(priority=-5)
    run_next("impatient", timezone.now())
    assert started(cast) == DEALS * 50_00
    Job.objects.update(run_at=timezone.now())
    for _ in range(4):
        drain()
        Job.objects.filter(state=State.WAITING).update(run_at=timezone.now())
    assert ExchangeRate.objects.latest("recorded_at").rate == Decimal("0.8")
    assert started(cast) == DEALS * 80_00
    assert list(Posting.objects.filter(note="rate USD").values_list("note", flat=True)) == ["rate USD"] * 2
    assert not list(differences(cast.company_id))


def test_a_rule_that_changes_by_other_means_has_the_recount_start_over(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = rule_changes._count

    def count_too_early(*arguments: Any) -> None:
        count(*arguments)
        with writing(Act(cast.company_id, NOW)) as writer:
            update_sealed(writer, Stage, [stage.pk for stage in cast.stages], probability=None)

    change_time_zone(actor=cast.as_astrid, time_zone="Europe/London", now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(rule_changes, "_count", count_too_early)
        drain()
    assert Job.objects.get().state == State.WAITING
    assert set(days(cast, Measure.DEALS_STARTED)) == {date(2026, 2, 2)}
    Job.objects.update(run_at=timezone.now())
    drain()
    assert Job.objects.get().state == State.DONE
    assert set(days(cast, Measure.DEALS_STARTED)) == {date(2026, 2, 1)}
    assert not list(differences(cast.company_id))


CHANGES: dict[str, Callable[[Cast], object]] = {
    "rate": new_rate,
    "probability": lambda cast: change_stage_probability(
        actor=cast.as_astrid, stage_id=cast.stages[0].pk, probability=5, now=NOW
    ),
    "time zone": lambda cast: change_time_zone(actor=cast.as_astrid, time_zone="Europe/London", now=NOW),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_kind_of_change_ends_as_if_it_had_been_made_at_once(
    cast: Cast, change: Callable[[Cast], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(cast)
    assert recounts_under_way(cast.company_id)
    drain()
    assert Job.objects.get().state == State.DONE
    assert not list(differences(cast.company_id))
    by_job = [(measure, total(cast, measure), days(cast, measure)) for measure in Measure]
    monkeypatch.setattr(rule_changes, "AT_ONCE", 1000)
    change(cast)
    assert [(measure, total(cast, measure), days(cast, measure)) for measure in Measure] == by_job


def test_another_companys_recount_is_its_own(cast: Cast) -> None:
    other = make_company("Baltica")
    new_rate(cast)
    run_steps(2)
    add_deal(other)
    assert not Staged.objects.filter(company=other.company).exists()
    assert not recounts_under_way(other.company_id)
    drain()
    assert not list(differences(other.company_id))


def test_another_order_of_stages_counts_the_deals_that_moved_anew(cast: Cast) -> None:
    first, second, third, *others = (stage.pk for stage in cast.stages)
    for deal in Deal.objects.filter(status="open"):
        move_deal(actor=cast.operator, deal_id=deal.pk, stage_id=second, now=NOW)
    entered = Selection(Measure.DEALS_PROGRESSED, items=frozenset({third}))
    assert read.total(cast.company_id, entered, ALWAYS).count == 0
    order = [first, third, second, *others]
    assert change_stage_order(actor=cast.operator, pipeline_id=cast.pipeline.pk, stage_ids=order, now=NOW)
    drain()
    assert [stage.pk for stage in cast.stages] == order
    assert read.total(cast.company_id, entered, ALWAYS).count == 6
    assert list(differences(cast.company_id)) == []
    same = change_stage_order(actor=cast.operator, pipeline_id=cast.pipeline.pk, stage_ids=order, now=NOW)
    assert same is None
    with pytest.raises(InvalidInput, match="each stage"):
        change_stage_order(actor=cast.operator, pipeline_id=cast.pipeline.pk, stage_ids=order[1:], now=NOW)

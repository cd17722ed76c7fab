"""The page of pipelines and stages: what it shows, saves, and says before figures move."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.companies.models import AuditEntry
from goalpost.crm import rule_changes
from goalpost.crm.actions.deals import move_deal
from goalpost.crm.actions.pipelines import rename_stage
from goalpost.crm.models import Pipeline, Stage
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure
from goalpost.ledger.models import Posting
from tests.crm.records import add_deal, total
from tests.goals.builders import set_goal
from tests.jobs.draining import drain
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/pipelines"


@pytest.fixture
def admin(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.astrid)


def fields(browser: Client, cast: Cast, **changes: object) -> dict[str, object]:
    """Return what the page would send, with some fields changed."""
    stages = Stage.objects.filter(company=cast.company).order_by("position")
    sent: dict[str, object] = {"state": value_of(browser.get(PAGE), "state")}
    sent["order"] = [str(stage.pk) for stage in stages]
    return sent | changes


def moved_on(cast: Cast) -> None:
    """Set a goal for deals that reach the third stage, and move a deal from the first to the second."""
    set_goal(cast, measure=Measure.DEALS_PROGRESSED, stage_id=cast.stages[2].pk, title="Demos")
    deal = add_deal(cast)
    move_deal(actor=cast.operator, deal_id=deal.pk, stage_id=cast.stages[1].pk, now=NOW)


def third_before_second(cast: Cast) -> list[str]:
    """Return an order by which that deal skipped the third stage, and so entered it."""
    first, second, third, *others = (str(stage.pk) for stage in cast.stages)
    return [first, third, second, *others]


def order_of(cast: Cast) -> list[str]:
    stages = Stage.objects.filter(company=cast.company).order_by("position")
    return [str(pk) for pk in stages.values_list("pk", flat=True)]


def test_it_says_how_many_stages_a_pipeline_has(cast: Cast, admin: Client) -> None:
    assert f"{len(cast.stages)} stages" in text(admin.get(PAGE))


def test_everybody_reads_it_and_only_an_admin_changes_it(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    page = browser.get(PAGE)
    assert cast.stages[0].name in text(page)
    assert "savebar" not in html(page)
    assert browser.post(PAGE, {}).status_code == 403
    assert browser.post(f"{PAGE}/add", {"name": "Partners"}).status_code == 403


def test_names_and_rotting_days_are_saved_at_once(cast: Cast, admin: Client) -> None:
    stage = cast.stages[0]
    sent = fields(admin, cast, **{f"name-{stage.pk}": "New", f"rots-{stage.pk}": "14"})
    assert admin.post(PAGE, sent).status_code == 302
    stage.refresh_from_db()
    assert (stage.name, stage.rotting_days) == ("New", 14)
    assert AuditEntry.objects.filter(company=cast.company, changes__has_key="stage_name").exists()
    assert not list(differences(cast.company_id))


def test_an_order_says_first_which_results_it_moves(cast: Cast, admin: Client) -> None:
    moved_on(cast)
    entered = total(cast, Measure.DEALS_PROGRESSED).count
    before, version = order_of(cast), Posting.objects.filter(company=cast.company).count()
    wanted = third_before_second(cast)
    sent = fields(admin, cast, order=wanted)
    review = admin.post(PAGE, sent)
    assert "Demos" in text(review)
    assert "0 becomes 1" in text(review)
    assert order_of(cast) == before
    assert Posting.objects.filter(company=cast.company).count() == version
    assert not list(differences(cast.company_id)), "and nothing was written"
    applied = admin.post(PAGE, {**sent, "seen": value_of(review, "seen")})
    assert applied.status_code == 302
    assert order_of(cast) == wanted
    assert total(cast, Measure.DEALS_PROGRESSED).count == entered + 1
    assert not list(differences(cast.company_id))


def test_what_was_not_seen_is_not_applied(cast: Cast, admin: Client) -> None:
    moved_on(cast)
    wanted = third_before_second(cast)
    sent = fields(admin, cast, order=wanted)
    review = admin.post(PAGE, sent)
    moved_on(cast)
    again = admin.post(PAGE, {**sent, "seen": value_of(review, "seen")})
    assert again.status_code == 200
    assert order_of(cast) != wanted


def test_without_scripts_a_button_moves_a_stage_and_saves_nothing(cast: Cast, admin: Client) -> None:
    second = cast.stages[1]
    before = order_of(cast)
    page = admin.post(PAGE, fields(admin, cast, do=f"up-{second.pk}"))
    assert html(page).index(f'name="name-{second.pk}"') < html(page).index(f'name="name-{cast.stages[0].pk}"')
    assert order_of(cast) == before


@pytest.mark.parametrize("typed", ["101", "-1", "half", "1e1"])
def test_a_probability_is_refused_at_its_field_and_stays_as_typed(
    cast: Cast, admin: Client, typed: str
) -> None:
    stage = cast.stages[0]
    page = admin.post(PAGE, fields(admin, cast, **{f"probability-{stage.pk}": typed}))
    assert page.status_code == 422
    assert "Probability: 0 to 100" in text(page)
    assert value_of(page, f"probability-{stage.pk}") == typed


def test_a_name_that_is_taken_is_refused_and_nothing_else_is_saved(cast: Cast, admin: Client) -> None:
    first, second, *_ = cast.stages
    sent = fields(admin, cast, **{f"rots-{first.pk}": "9", f"name-{second.pk}": first.name})
    page = admin.post(PAGE, sent)
    assert page.status_code == 422
    assert "The pipeline already has a stage with that name." in text(page)
    first.refresh_from_db()
    assert first.rotting_days is None


def test_the_second_of_two_admins_is_told(cast: Cast, admin: Client) -> None:
    sent = fields(admin, cast, **{f"name-{cast.stages[0].pk}": "Mine"})
    rename_stage(actor=cast.as_astrid, stage_id=cast.stages[0].pk, name="Theirs", now=NOW)
    page = admin.post(PAGE, sent)
    assert page.status_code == 409
    assert "Somebody else changed the pipelines" in text(page)
    assert value_of(page, f"name-{cast.stages[0].pk}") == "Mine"
    assert Stage.objects.get(pk=cast.stages[0].pk).name == "Theirs"


def test_many_deals_are_recounted_by_a_job_and_the_page_waits(
    cast: Cast, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_changes, "AT_ONCE", 0)
    moved_on(cast)
    wanted = third_before_second(cast)
    sent = fields(admin, cast, order=wanted)
    review = admin.post(PAGE, sent)
    assert "recounted by a job" in text(review)
    admin.post(PAGE, {**sent, "seen": value_of(review, "seen")})
    page = admin.get(PAGE)
    assert "Until then, nothing can be changed here." in text(page)
    assert "savebar" not in html(page)
    drain()
    assert order_of(cast) == wanted
    assert "savebar" in html(admin.get(PAGE))


def test_pipelines_and_stages_are_added(cast: Cast, admin: Client) -> None:
    assert admin.post(f"{PAGE}/add", {"name": "Partners"}).status_code == 302
    added = Pipeline.objects.get(company=cast.company, name="Partners")
    assert admin.post(f"{PAGE}/add", {"name": "Met", "pipeline": str(added.pk)}).status_code == 302
    assert list(added.stages.values_list("name", flat=True)) == ["Met"]
    refused = admin.post(f"{PAGE}/add", {"name": "Met", "pipeline": str(added.pk)})
    assert refused.status_code == 422
    assert "The pipeline already has a stage with that name." in text(refused)
    assert not list(differences(cast.company_id))


def test_the_number_of_queries_does_not_grow_with_the_stages(cast: Cast, admin: Client) -> None:
    admin.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        admin.get(PAGE)
    for number in range(8):
        admin.post(f"{PAGE}/add", {"name": f"Pipeline {number}"})
        admin.post(f"{PAGE}/add", {"name": f"Stage {number}", "pipeline": str(cast.pipeline.pk)})
    admin.get(PAGE)
    with CaptureQueriesContext(connection) as many:
        admin.get(PAGE)
    assert len(many) == len(few)

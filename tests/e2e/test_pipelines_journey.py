"""An admin changes the order of stages by keys and by mouse, and sees what moves before it is applied."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from goalpost.crm.actions.deals import move_deal
from goalpost.crm.models import Stage
from goalpost.crm.verify import differences
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from tests.crm.records import add_deal
from tests.e2e.conftest import SignIn
from tests.e2e.test_accessibility import faults
from tests.e2e.today import TODAY
from tests.goals.builders import set_goal
from tests.people import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def names(cast: Cast) -> list[str]:
    return list(
        Stage.objects.filter(company=cast.company).order_by("position").values_list("name", flat=True)
    )


def test_a_stage_is_moved_and_what_that_moves_is_seen_first(cast: Cast, sign_in: SignIn) -> None:
    first, second, third, *others = names(cast)
    now = datetime.now(UTC)
    set_goal(
        cast,
        title="Demos",
        measure=Measure.DEALS_PROGRESSED,
        stage_id=cast.stages[2].pk,
        interval=Interval.MONTHLY,
        starts_on=TODAY.replace(day=1),
        ends_on=None,
    )
    deal = add_deal(cast, now=now)
    move_deal(actor=cast.operator, deal_id=deal.pk, stage_id=cast.stages[1].pk, now=now)
    page = sign_in(cast.astrid)
    page.goto("/settings/pipelines")
    expect(page.get_by_role("region", name="Unsaved changes")).to_be_hidden()

    grip = page.get_by_role("button", name=f"Move {third}.")
    grip.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("status").filter(has_text=f"{third}, position 2 of 5")).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.get_by_role("status").filter(has_text=f"{third}, position 3 of 5")).to_be_attached()

    target = page.get_by_role("button", name=f"Move {second}.").bounding_box()
    assert target is not None
    grip.hover()
    page.mouse.down()
    page.mouse.move(target["x"] + 5, target["y"] + 2, steps=5)
    page.mouse.up()
    expect(page.get_by_role("status").filter(has_text=f"{third}, position 2 of 5")).to_be_attached()

    page.get_by_role("button", name="Review what moves").click()
    review = page.get_by_role("alert")
    expect(review).to_contain_text("What these changes move")
    expect(review).to_contain_text("Demos")
    assert faults(page) == []
    assert names(cast) == [first, second, third, *others], "nothing is saved yet"
    page.get_by_role("button", name="Apply changes").click()
    expect(page.get_by_text("Pipelines saved")).to_be_visible()
    assert names(cast) == [first, third, second, *others]
    assert not list(differences(cast.company_id))

"""What a keystroke in the form and an edit in place cost: questions to the database, and files passed."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponseBase
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions.setup import add_pipeline, add_stage
from tests.goals.builders import set_goal
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.goals.test_goal_form import HTMX, typed

OF_THE_VIEWER, OF_THE_CHOICES, OF_THE_LEDGER, OF_THE_NAME = 3, 6, 2, 1


def queries_of(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)


def files_of(ask: Callable[[], object]) -> set[str]:
    """Return the files of the product that are passed through, wherever a function of them is called."""
    package, found = str(settings.PACKAGE_DIR), set[str]()

    def called(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(package):
            found.add(frame.f_code.co_filename.removeprefix(package))

    sys.setprofile(called)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return found


def test_the_preview_asks_for_each_thing_once_however_much_there_is(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    browser.get("/goals/new")  # the first request of a session notes where it is
    most = OF_THE_VIEWER + OF_THE_CHOICES + OF_THE_LEDGER + OF_THE_NAME
    data = typed(cast, pipelines=str(cast.pipeline.pk))
    assert queries_of(lambda: browser.post("/goals/preview", data, headers=HTMX)) <= most
    for name in ("Partners", "Renewals"):
        pipeline = add_pipeline(actor=cast.operator, name=name, now=NOW)
        add_stage(actor=cast.operator, pipeline_id=pipeline.pk, name="Lead in", now=NOW)
    longer = data | {"is_seasonal": "on", "ends_on": "2028-02-29"}
    for change in ({}, {"fill": "pattern", "fill_total": "1,000"}, {"fill": "all"}, {"keep": "1"}):
        assert queries_of(lambda: browser.post("/goals/preview", longer | change, headers=HTMX)) <= most  # noqa: B023


@pytest.mark.parametrize(
    ("detail", "data", "most"),
    [
        ("title", {"title": "Spring wins"}, 22),
        ("target", {"target": "12"}, 22),
        ("duration", {"starts_on": "2026-02-01", "ends_on": "2026-08-31"}, 22),
    ],
)
def test_an_edit_in_place_is_short_and_asks_little(
    cast: Cast, signed_in: SignedIn, detail: str, data: dict[str, str], most: int
) -> None:
    browser = signed_in(cast.astrid)
    browser.get("/goals/new")
    first, second = set_goal(cast), set_goal(cast, title="Another")

    def edit(public_id: str) -> HttpResponseBase:
        address = f"/goals/{public_id}/edit/{detail}"
        answer = browser.post(address, data | {"version": "1"}, headers=HTMX)
        assert answer.status_code == 302
        return answer

    assert queries_of(lambda: edit(first.public_id)) <= most
    assert len(files_of(lambda: edit(second.public_id))) <= 30

"""The audit log on its page and as a file: settings, people and goals in one, filtered, for admins only."""

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from goalpost.companies.company import change_periods
from goalpost.companies.models import PermissionSet
from goalpost.companies.permission_sets import add_permission_set
from goalpost.domain.permissions import BOTH
from goalpost.goals.models import GoalChange
from goalpost.web.settings import audit_log
from tests.goals.builders import set_goal
from tests.people import NOW, Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import rows, text

pytestmark = pytest.mark.django_db
PAGE, FILE = "/settings/log", "/settings/log.csv"


@pytest.fixture
def busy(cast: Cast, signed_in: SignedIn) -> Cast:
    """Let an admin change a set from their browser, and a goal be set."""
    row = PermissionSet.objects.get(company=cast.company, name="Regular user")
    ticked = {
        f"had-{row.pk}": "export,share_dashboards,use_api",
        f"set-{row.pk}": ["export"],
        "action": "save",
    }
    signed_in(cast.astrid).post("/settings/permissions", ticked, REMOTE_ADDR="192.0.2.7")
    set_goal(cast, title="Deals won by everybody")
    return cast


def test_it_says_who_did_what_from_where_and_from_what_to_what(busy: Cast, signed_in: SignedIn) -> None:
    told = [" ".join(row) for row in rows(signed_in(busy.astrid).get(PAGE), "audit-log")]
    [changed] = [line for line in told if "changed Regular user" in line]
    assert "Astrid 192.0.2.7" in changed
    assert "Use the API: on → off" in changed
    assert any("created Deals won by everybody Goal" in line for line in told), "goals are in the same log"


def test_a_day_of_another_year_is_written_with_its_own(cast: Cast, signed_in: SignedIn) -> None:
    then = datetime(2025, 12, 19, 15, 42, tzinfo=UTC)
    change_periods(actor=cast.as_astrid, week_start=6, fiscal_month=1, now=then)
    assert "19 Dec 2025, 16:42" in text(signed_in(cast.astrid).get(PAGE))


def test_it_is_filtered_by_person_kind_and_days(busy: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(busy.astrid)
    for query, is_there in {
        f"person={busy.astrid.pk}": True,
        f"person={busy.david.pk}": False,
        "area=permissions": True,
        "area=goals": False,
        "from=2026-03-18&to=2026-03-18": True,
        "to=2026-03-17": False,
        "from=2026-03-19": False,
        "area=nonsense&person=x&from=yesterday&page=-1": True,
    }.items():
        assert ("changed Regular user" in text(astrid.get(f"{PAGE}?{query}"))) is is_there, query
    assert "Nothing matches" in text(astrid.get(f"{PAGE}?to=2000-01-01"))


def test_it_is_paged(cast: Cast, signed_in: SignedIn) -> None:
    for number in range(51):
        add_permission_set(actor=cast.as_astrid, name=f"Set {number:02}", permissions=BOTH, now=NOW)
    astrid = signed_in(cast.astrid)
    assert "Set 50" in text(astrid.get(PAGE), "audit-log")
    assert "Set 00" not in text(astrid.get(PAGE), "audit-log")
    assert "Set 00" in text(astrid.get(f"{PAGE}?page=2"), "audit-log")


def test_the_file_holds_all_that_matches(busy: Cast, signed_in: SignedIn) -> None:
    add_permission_set(actor=busy.as_astrid, name="=HYPERLINK(0)", permissions=BOTH, now=NOW)
    answer = signed_in(busy.astrid).get(f"{FILE}?area=permissions")
    assert isinstance(answer, StreamingHttpResponse)
    table = list(csv.reader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [line[5].strip("'") for line in table[1:]] == ["Regular user", "=HYPERLINK(0)"]
    assert not table[2][5].startswith("="), "no formula in whatever opens it"


def test_the_file_reads_the_log_through_once_however_long_it_is(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "_CHUNK", 2)
    for number in range(7):
        add_permission_set(actor=cast.as_astrid, name=f"Set {number}", permissions=BOTH, now=NOW)
    astrid = signed_in(cast.astrid)
    with CaptureQueriesContext(connection) as asked:
        answer = astrid.get(f"{FILE}?area=permissions")
        assert isinstance(answer, StreamingHttpResponse)
        table = list(csv.reader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [line[5] for line in table[1:]] == [f"Set {number}" for number in reversed(range(7))]
    assert sum('FROM "companies_auditentry"' in query["sql"] for query in asked) == 1


def test_it_is_for_admins_of_the_company(busy: Cast, signed_in: SignedIn) -> None:
    for person in (busy.bjorn, busy.cilla):
        assert signed_in(person).get(PAGE).status_code == 403
        assert signed_in(person).get(FILE).status_code == 403
    other = make_company("Elsewhere")
    assert "Regular user" not in text(signed_in(other.astrid).get(PAGE))


def test_the_address_stands_with_what_was_done_to_goals(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    signed_in(cast.astrid).post(f"/goals/{goal.public_id}/delete", REMOTE_ADDR="192.0.2.9")
    assert GoalChange.objects.filter(company=cast.company).latest("id").address == "192.0.2.9"


def test_what_was_done_in_another_year_says_so(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    add_permission_set(actor=cast.as_astrid, name="Night shift", permissions=BOTH, now=NOW)
    assert "2 Mar, 10:00" in text(signed_in(cast.astrid).get(PAGE), "audit-log")
    clock.move_to(NOW.replace(year=2027))
    assert "2 Mar 2026, 10:00" in text(signed_in(cast.astrid).get(PAGE), "audit-log")

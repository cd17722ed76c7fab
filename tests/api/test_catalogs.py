"""People and what goals refer to, in Pipedrive's shapes, of one's own company only."""

from datetime import date, timedelta

import pytest
import time_machine

from goalpost.companies.actions import add_team
from goalpost.companies.currencies import BY_ID
from goalpost.companies.memberships import MembershipChange, add_member, change_memberships
from goalpost.crm.actions.setup import add_activity_type, add_pipeline, add_stage
from goalpost.domain.membership import Stay
from tests.api.caller import ApiCaller, caller
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(cast: Cast) -> ApiCaller:
    make_company("Elsewhere")
    return caller(cast.cilla)


def second(api: ApiCaller) -> ApiCaller:
    """Return the same caller of the API's second version."""
    return ApiCaller(api.token, "/api/v2")


def test_users_are_told_with_all_that_is_known_of_them(cast: Cast, api: ApiCaller) -> None:
    reply = api.get("/users")
    assert [user["name"] for user in reply.body["data"]] == ["Astrid", "Björn", "Cilla", "David"]
    assert reply.body["additional_data"]["pagination"]["more_items_in_collection"] is False
    astrid, _bjorn, cilla, _david = reply.body["data"]
    assert cilla == {
        "id": cast.cilla.pk,
        "name": "Cilla",
        "email": "cilla@nordlys.example",
        "default_currency": "EUR",
        "locale": "en_US",
        "phone": None,
        "activated": False,
        "created": "2026-03-02 09:00:00",
        "modified": None,
        "access": [
            {"app": app, "admin": False, "permission_set_id": str(cast.cilla.permission_set_id)}
            for app in ("sales", "global")
        ],
        "active_flag": True,
        "is_admin": 0,
        "timezone_name": "Europe/Stockholm",
        "timezone_offset": "+01:00",
        "icon_url": None,
        "is_you": True,
        "is_deleted": False,
    }
    assert (astrid["is_admin"], astrid["is_you"], astrid["access"][1]["admin"]) == (1, False, True)


def test_a_deactivated_user_is_told_as_such(cast: Cast, api: ApiCaller) -> None:
    cast.david.is_active = False
    cast.david.save(update_fields=["is_active"])
    assert api.get(f"/users/{cast.david.pk}").body["data"]["active_flag"] is False
    assert len(api.get("/users").body["data"]) == 4


def test_the_caller_learns_the_companys_id(cast: Cast, api: ApiCaller) -> None:
    cast.cilla.language = "sv"
    cast.cilla.save(update_fields=["language"])
    me = api.get("/users/me").body["data"]
    assert (me["id"], me["company_id"], me["company_name"]) == (cast.cilla.pk, cast.company_id, "Nordlys")
    assert me["company_domain"] == "nordlys"
    assert me["language"] == {"language_code": "sv", "country_code": "SE"}
    assert api.get(f"/users/{cast.cilla.pk}").body["data"].items() <= me.items()


def test_the_offset_is_the_one_of_today(cast: Cast, api: ApiCaller) -> None:
    with time_machine.travel(NOW + timedelta(days=60)):
        assert api.get("/users/me").body["data"]["timezone_offset"] == "+02:00"


def test_teams_are_told_with_their_members(cast: Cast, api: ApiCaller) -> None:
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.astrid.pk)
    nordic, baltic = api.get("/legacyTeams").body["data"]
    assert nordic == {
        "id": cast.nordic.pk,
        "name": "Nordic",
        "description": "",
        "manager_id": cast.bjorn.pk,
        "users": [cast.astrid.pk, cast.cilla.pk],
        "active_flag": 1,
        "deleted_flag": 0,
        "add_time": "2026-03-02 09:00:00",
    }
    assert ("manager_id" in baltic, baltic["users"]) == (False, [cast.david.pk])
    assert api.get(f"/legacyTeams/{cast.nordic.pk}").body["data"] == nordic


def test_memberships_are_told_with_their_days(cast: Cast, api: ApiCaller) -> None:
    stays = (Stay(None, date(2026, 2, 1)), Stay(date(2026, 5, 1)))
    changes = [MembershipChange(cast.nordic.pk, cast.david.pk, stays)]
    change_memberships(actor=cast.operator, changes=changes, now=NOW)
    assert api.get(f"/legacyTeams/{cast.nordic.pk}/memberships").body["data"] == [
        {"user_id": cast.cilla.pk},
        {"user_id": cast.david.pk, "end": "2026-01-31"},
        {"user_id": cast.david.pk, "start": "2026-05-01"},
    ]
    assert api.get(f"/legacyTeams/{cast.nordic.pk}").body["data"]["users"] == [cast.cilla.pk]
    assert api.get("/legacyTeams/999999/memberships").status == 404


def test_teams_come_in_the_order_asked_for_and_without_members_if_asked(cast: Cast, api: ApiCaller) -> None:
    add_team(actor=cast.operator, name="Aland", now=NOW)
    by_name = [team["name"] for team in api.get("/legacyTeams", order_by="name").body["data"]]
    assert by_name == ["Aland", "Baltic", "Nordic"]
    by_id = [team["name"] for team in api.get("/legacyTeams").body["data"]]
    assert by_id == ["Nordic", "Baltic", "Aland"]
    assert len(api.get("/legacyTeams", order_by="active_flag").body["data"]) == 3
    assert all("users" not in team for team in api.get("/legacyTeams", skip_users="1").body["data"])
    reply = api.get("/legacyTeams", order_by="size")
    assert (reply.status, reply.error.split(":")[0]) == (400, "order_by")


@pytest.mark.parametrize("path", ["/users", "/legacyTeams"])
@pytest.mark.parametrize("thing", ["theirs", "0", "-1", "x", "9" * 30, "1.5"])
def test_what_is_absent_or_of_another_company_is_not_found(api: ApiCaller, path: str, thing: str) -> None:
    if thing == "theirs":
        there = make_company("Third")
        thing = str(there.astrid.pk if path == "/users" else there.nordic.pk)
    reply = api.get(f"{path}/{thing}")
    assert reply.status == 404
    assert reply.body["errorCode"] == 404


def test_activity_types_come_in_their_order(cast: Cast, api: ApiCaller) -> None:
    add_activity_type(actor=cast.operator, name="Site visit", now=NOW)
    types = api.get("/activityTypes").body["data"]
    assert [kind["key_string"] for kind in types] == [
        "call",
        "meeting",
        "task",
        "deadline",
        "email",
        "lunch",
        "site_visit",
    ]
    assert types[0] == {
        "id": cast.activity_type("call").pk,
        "order_nr": 1,
        "name": "Call",
        "key_string": "call",
        "icon_key": "call",
        "active_flag": True,
        "color": "",
        "is_custom_flag": False,
        "add_time": "",
        "update_time": "",
    }
    assert (types[-1]["is_custom_flag"], types[-1]["icon_key"]) == (True, "task")


def test_currencies_are_found_by_name_or_code(api: ApiCaller) -> None:
    euro = {
        "id": 978,
        "code": "EUR",
        "name": "Euro",
        "decimal_points": 2,
        "symbol": "€",
        "active_flag": True,
        "is_custom_flag": False,
    }
    assert euro in api.get("/currencies", term="euro").body["data"]
    assert api.get("/currencies", term="eur").body["data"][-1] == euro
    assert [each["decimal_points"] for each in api.get("/currencies", term="jpy").body["data"]] == [0]
    assert api.get("/currencies", term="doubloon").body["data"] == []
    assert {each["id"] for each in api.get("/currencies").body["data"]} == set(BY_ID)


def test_pipelines_have_the_shape_of_the_second_version(cast: Cast, api: ApiCaller) -> None:
    body = second(api).get("/pipelines").body
    assert body == {
        "success": True,
        "data": [
            {
                "id": cast.pipeline.pk,
                "name": cast.pipeline.name,
                "order_nr": 1,
                "is_deleted": False,
                "is_deal_probability_enabled": True,
            }
        ],
        "additional_data": {"next_cursor": None},
    }


def test_stages_have_the_shape_of_the_second_version(cast: Cast, api: ApiCaller) -> None:
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    sure = add_stage(actor=cast.operator, pipeline_id=partners.pk, name="Sure", now=NOW)
    assert second(api).get("/stages", pipeline_id=partners.pk).body["data"] == [
        {
            "id": sure.pk,
            "order_nr": 1,
            "name": "Sure",
            "is_deleted": False,
            "deal_probability": 100,
            "pipeline_id": partners.pk,
            "is_deal_rot_enabled": False,
            "days_to_rotten": None,
        }
    ]
    first = second(api).get("/stages", pipeline_id=cast.pipeline.pk).body["data"]
    assert [stage["deal_probability"] for stage in first] == [20, 35, 50, 65, 80]
    assert len(second(api).get("/stages").body["data"]) == 6
    assert second(api).get("/stages", pipeline_id=987654).body["data"] == []


def test_pages_follow_each_other_and_hold_everything_once(cast: Cast, api: ApiCaller) -> None:
    seen: list[int] = []
    query: dict[str, object] = {"limit": 2}
    for _page in range(3):
        body = second(api).get("/stages", **query).body
        seen.extend(stage["id"] for stage in body["data"])
        query["cursor"] = body["additional_data"]["next_cursor"]
    assert query["cursor"] is None
    assert seen == [stage.pk for stage in cast.stages]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "many"),
        ("cursor", "abc"),
        ("cursor", "é"),
        ("cursor", "YWZ0ZXI6eA=="),
        ("pipeline_id", "x"),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_name(api: ApiCaller, name: str, value: str) -> None:
    reply = second(api).get("/stages", **{name: value})
    assert reply.status == 400
    assert reply.error.startswith(f"{name}: ")
    assert set(reply.body) == {"success", "error", "error_info", "errorCode", "data", "additional_data"}

"""The guard over statements sees one that leaves its company, and lets those pass that stay."""

import pytest

from goalpost.companies.models import Team
from goalpost.crm.models import Stage
from goalpost.goals.models import Goal
from tests.company_guard import OWNED, guarded, offence
from tests.people import make_company

STAYS = {
    "a filter": 'SELECT * FROM "crm_deal" WHERE "crm_deal"."company_id" = %s',
    "a join": 'SELECT 1 FROM "crm_stage" INNER JOIN "crm_pipeline" ON ("crm_stage"."pipeline_id" = '
    '"crm_pipeline"."id" AND ("crm_stage"."company_id" = ("crm_pipeline"."company_id"))) '
    'WHERE "crm_stage"."company_id" = %s',
    "an alias": 'SELECT 1 FROM "crm_deal" U0 WHERE U0."company_id" = %s',
    "a raw statement": "DELETE FROM ledger_standing WHERE company_id = %s AND id IN (1, 2)",
    "a lock of its own": 'SELECT 1 FROM "companies_companylock" WHERE "company_id" = %s FOR NO KEY UPDATE',
    "an insert": 'INSERT INTO "crm_deal" ("company_id", "title") VALUES (7, 8)',
    "a table of all": 'SELECT * FROM "companies_user" WHERE "companies_user"."email" = %s',
}
LEAVES = {
    "a lock on a table of all": 'SELECT "id" FROM "companies_company" WHERE "id" = %s FOR NO KEY UPDATE',
    "no filter": 'SELECT * FROM "crm_deal" WHERE "crm_deal"."id" = %s',
    "another filter": 'UPDATE "crm_deal" SET "company_id" = "company_id" WHERE "crm_deal"."owner_id" = %s',
    "a deletion": 'DELETE FROM "crm_deal" WHERE "crm_deal"."id" IN (%s)',
    "several companies": 'SELECT * FROM "crm_deal" WHERE "crm_deal"."company_id" IN (%s)',
    "a loose join": 'SELECT 1 FROM "crm_stage" INNER JOIN "crm_pipeline" ON ("crm_stage"."pipeline_id" = '
    '"crm_pipeline"."id") WHERE "crm_stage"."company_id" = %s',
    "a loose subquery": 'SELECT 1 FROM "crm_deal" WHERE "crm_deal"."company_id" = %s AND EXISTS '
    '(SELECT 1 FROM "crm_activity" U0 WHERE U0."deal_id" = "crm_deal"."id")',
}


@pytest.mark.parametrize("sql", STAYS.values(), ids=STAYS.keys())
def test_a_statement_that_stays_in_the_company_passes(sql: str) -> None:
    assert offence(sql, [7], 7) == ""


@pytest.mark.parametrize("sql", LEAVES.values(), ids=LEAVES.keys())
def test_a_statement_that_may_leave_the_company_is_found(sql: str) -> None:
    assert offence(sql, [7], 7)


def test_a_question_about_another_company_is_found() -> None:
    assert offence(STAYS["a filter"], [8], 7) == "company 8 is asked about"
    assert offence(STAYS["a join"], [8], 7) == "company 8 is asked about"


@pytest.mark.django_db
def test_the_guard_watches_what_really_runs() -> None:
    cast = make_company()
    with guarded(cast.company_id):
        assert Team.objects.filter(company_id=cast.company_id).count() == 2
        assert not Goal.objects.select_related("stage").filter(company=cast.company)
    for leaving in (Team.objects.all(), Stage.objects.filter(pk=1), Team.objects.filter(company_id=0)):
        with pytest.raises(AssertionError, match="company"), guarded(cast.company_id):
            list(leaving)


def test_the_guard_knows_the_tables() -> None:
    assert {"goals_goal", "crm_deal", "ledger_entry", "companies_team"} <= OWNED
    assert not OWNED & {"companies_company", "companies_user"}

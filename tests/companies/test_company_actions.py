"""Companies, people, teams, permission sets and tokens: who may make them, and what they may hold."""

import pytest

from goalpost.companies import actions
from goalpost.companies.actors import permissions_of
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company, PermissionSet
from goalpost.domain.permissions import Permission, Role
from tests.people import NOW

pytestmark = pytest.mark.django_db


def create(name: str, *, currency: str = "EUR", time_zone: str = "Europe/Stockholm") -> Company:
    return actions.create_company(name=name, currency=currency, time_zone=time_zone, now=NOW)


# ---- companies


def test_a_company_starts_with_permission_sets_that_show_nothing_of_others() -> None:
    company = create(" Åre Ski & Sons ")
    assert (company.name, company.slug, company.currency) == ("Åre Ski & Sons", "are-ski-sons", "EUR")
    assert (company.week_start, company.fiscal_month, company.plan) == (0, 1, "enterprise")
    sets = PermissionSet.objects.filter(company=company)
    assert {(row.name, row.role, row.is_built_in) for row in sets} == {
        ("Team manager", Role.MANAGER, True),
        ("Regular user", Role.REGULAR, True),
    }
    for row in sets:
        assert permissions_of(row) == {Permission.SHARE_DASHBOARDS, Permission.EXPORT, Permission.USE_API}


def test_companies_of_one_name_get_slugs_of_their_own() -> None:
    assert [create("Nordlys").slug for _ in range(3)] == ["nordlys", "nordlys-2", "nordlys-3"]
    assert create("Nordlys 2").slug == "nordlys-2-2"
    assert [create("北京").slug for _ in range(2)] == ["company", "company-2"]


def test_a_long_name_makes_a_slug_that_fits() -> None:
    names = ["x" * 200, "x" * 199, "x" * 198 + "y"]
    slugs = [create(name).slug for name in names]
    assert len(set(slugs)) == 3
    assert all(len(slug) <= 60 for slug in slugs)


@pytest.mark.parametrize(
    ("name", "currency", "time_zone", "field"),
    [
        ("", "EUR", "UTC", "name"),
        (" \t ", "EUR", "UTC", "name"),
        ("x" * 201, "EUR", "UTC", "name"),
        ("a\x00b", "EUR", "UTC", "name"),
        ("half a \ud83d pair", "EUR", "UTC", "name"),
        ("Nordlys", "eur", "UTC", "currency"),
        ("Nordlys", "EURO", "UTC", "currency"),
        ("Nordlys", "", "UTC", "currency"),
        ("Nordlys", "XAU", "UTC", "currency"),  # gold has no minor unit
        ("Nordlys", "EUR", "Stockholm", "time_zone"),
        ("Nordlys", "EUR", "", "time_zone"),
        ("Nordlys", "EUR", "../../etc/passwd", "time_zone"),
    ],
)
def test_a_company_that_cannot_be_is_refused_by_field(
    name: str, currency: str, time_zone: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create(name, currency=currency, time_zone=time_zone)
    assert refused.value.field == field
    assert not Company.objects.exists()

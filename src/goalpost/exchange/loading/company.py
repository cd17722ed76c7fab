"""Which company an import is for."""

from django.db import DatabaseError, connection

from goalpost.companies.models import Company
from goalpost.exchange.unusable import Unusable


def find_company(slug: str | None) -> Company:
    """Return the company of that slug, or the only one.

    Raises Unusable, listing what there is, or saying why the database cannot be used.
    """
    try:
        companies = _companies()
    except DatabaseError as error:
        raise Unusable(f"The database cannot be used: {str(error).strip()}") from error
    if not companies:
        raise Unusable(
            "There is no company here yet. Set one up with: goalpost init (see goalpost init --help)."
        )
    if slug is None and len(companies) == 1:
        return next(iter(companies.values()))
    if slug not in companies:
        asked = "There are several companies" if slug is None else f"There is no company {slug!r}"
        raise Unusable(f"{asked}. Say which with --company SLUG: {', '.join(companies)}.")
    return companies[slug]


def _companies() -> dict[str, Company]:
    """Return the companies by slug, none where the tables were not made yet. Raises DatabaseError."""
    if Company._meta.db_table not in connection.introspection.table_names():
        return {}
    return {company.slug: company for company in Company.objects.order_by("slug")}

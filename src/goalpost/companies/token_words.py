"""Tokens and days: what a person types and reads at the command line and on pages."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from goalpost.companies.models import Company
from goalpost.companies.tokens import TokenLine


def end_of_day(company: Company, day: date) -> datetime:
    """Return the moment at which the day is over in the company's time zone."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(company.time_zone))


def last_day(company: Company, moment: datetime) -> date:
    """Return the last day of which something that ends at the moment is good."""
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(company.time_zone)).date()


def told(line: TokenLine, company: Company) -> str:
    """Return a token as one line of plain English, its number first."""
    parts = [
        f"{line.id:>6}",
        line.name or "(no name)",
        "read-only" if line.is_read_only else "full",
        f"created {line.created_at:%Y-%m-%d}",
        f"last used {line.used_at:%Y-%m-%d %H:%M} UTC" if line.used_at else "never used",
    ]
    if line.expires_at is not None:
        parts.append(f"{'expired' if line.has_expired else 'expires'} {last_day(company, line.expires_at)}")
    return "  ".join(parts)

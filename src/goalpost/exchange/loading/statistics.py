"""What the database should know of its tables after thousands of new rows, so that it plans well."""

from django.db import connection, models

from goalpost.companies.models import TeamMembership, User
from goalpost.crm.models import Activity, Deal, StageMove
from goalpost.exchange.reading.fields import FileKind
from goalpost.ledger.models import CompanyDayTally, Entry, OwnerMonthTally, Posting, Standing

_LEDGER: tuple[type[models.Model], ...] = (Posting, Entry, Standing, CompanyDayTally, OwnerMonthTally)
_TOUCHED: dict[FileKind, tuple[type[models.Model], ...]] = {
    FileKind.USERS: (User, TeamMembership),
    FileKind.DEALS: (Deal, StageMove, *_LEDGER),
    FileKind.ACTIVITIES: (Activity, *_LEDGER),
}
_SQLITE_SAMPLE = 1_000


def refresh_statistics(kind: FileKind) -> None:
    """Look at the tables an import of this kind writes to."""
    tables = [connection.ops.quote_name(model._meta.db_table) for model in _TOUCHED[kind]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {', '.join(tables)}")
            return
        # A sample of each index is enough, and takes no longer for a million rows than for a thousand.
        cursor.execute(f"PRAGMA analysis_limit={_SQLITE_SAMPLE}")
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("PRAGMA optimize")

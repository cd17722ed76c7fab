"""What one pass over a file shares: who acts, when, whether for real, and the report."""

from datetime import datetime
from itertools import count

from goalpost.domain.permissions import Actor
from goalpost.exchange.loading.report import Report


class Session:
    """One pass over a file. `batch` is the number of the transaction open now, whose moment is `now`."""

    def __init__(self, actor: Actor, report: Report, now: datetime) -> None:
        self.actor = actor
        self.report = report
        self.now = now
        self.batch = 0
        self._provisional_ids = count(1)

    @property
    def company_id(self) -> int:
        return self.actor.company_id

    @property
    def is_dry_run(self) -> bool:
        return self.report.is_dry_run

    def start_batch(self, now: datetime) -> None:
        self.now = now
        self.batch += 1

    def provisional_id(self) -> int:
        """Return an id for what a dry run would create. It is negative, so it meets no real one."""
        return -next(self._provisional_ids)

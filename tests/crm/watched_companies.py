"""Two companies for any sequence of writes, audited after each, and what the writes are drawn from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from goalpost.companies.actors import actor_for
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.domain.permissions import Actor
from tests.crm.audit import Audit
from tests.people import NOW, Cast

which_company = st.sampled_from([0, 0, 0, 1])
picks = st.integers(0, 59)
moments = st.one_of(
    st.datetimes(datetime(2024, 12, 25), datetime(2026, 4, 5), timezones=st.just(UTC)),  # noqa: DTZ001  zoned by the strategy
    # Around midnight at year's end, where days, months and time zones part ways.
    st.integers(0, 60 * 24).map(
        lambda minutes: datetime(2025, 12, 31, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
days = st.dates(date(2024, 12, 25), date(2026, 4, 5))
maybe_moments = st.none() | moments | days
"""A moment, a day of which no time is known, or nothing."""
values = st.integers(-10_000, 10_000_000_00)
currencies = st.sampled_from(["EUR", "USD", "USD", "JPY", "KWD"])
percents = st.none() | st.sampled_from([0, 7, 35, 50, 100])
close_dates = st.none() | days | days
rates = st.decimals(Decimal("0.0001"), Decimal(900), places=4)
statuses = st.sampled_from(["open", "won", "lost"])
zones = st.sampled_from(["Europe/Stockholm", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata", "UTC"])


class WatchedCompanies(RuleBasedStateMachine):
    """Two companies, several people, pipelines and currencies. What a test leaves is rolled back."""

    casts: list[Cast]
    audit: Callable[[Cast, Random], Audit]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.audits: list[Audit] = []

    @initialize(seed=st.integers(0, 2**32))
    def look_with(self, seed: int) -> None:
        self.audits = [self.audit(cast, Random(seed + at)) for at, cast in enumerate(self.casts)]
        for audit in self.audits:
            audit.start()

    def teardown(self) -> None:
        try:
            for audit in self.audits:
                audit.check_untouched()
                audit.check_clean()
                audit.check_whole_memory()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    # ---- what every rule asks

    @contextmanager
    def acting(self, at: int) -> Iterator[Actor]:
        """Give an admin of the company a moment to act in; what was refused must have changed nothing."""
        self.now += timedelta(minutes=7)
        try:
            yield actor_for(self.casts[at].astrid)
        except InvalidInput:
            self.audits[at].check_untouched()
        self.audits[at].check(self.now)
        self.audits[1 - at].check_untouched()

    def stage(self, at: int, pick: int) -> Stage:
        found = list(Stage.objects.filter(company_id=self.casts[at].company_id).order_by("id"))
        return found[pick % len(found)]

    def person(self, at: int, pick: int) -> User:
        return self.casts[at].people[pick % 4]

    def deal(self, at: int, pick: int, *, is_deleted: bool = False) -> Deal | None:
        """Return a deal, mostly one of the latest, so that one deal sees many changes."""
        found = Deal.objects.filter(company_id=self.casts[at].company_id, is_deleted=is_deleted)
        latest = list(found.order_by("-id")[:4])
        return latest[pick % len(latest)] if latest else None

    def activity(self, at: int, pick: int, *, is_deleted: bool = False) -> Activity | None:
        found = Activity.objects.filter(company_id=self.casts[at].company_id, is_deleted=is_deleted)
        latest = list(found.order_by("-id")[:4])
        return latest[pick % len(latest)] if latest else None

    def type_id(self, at: int, pick: int) -> int:
        return self.casts[at].activity_type(("call", "meeting")[pick % 2]).pk

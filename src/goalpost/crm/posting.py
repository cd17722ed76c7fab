"""Posts changed records to the ledger by the current rules: every write of records ends here."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from goalpost.companies.currencies import DIGITS
from goalpost.companies.models import Company
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.crm.rates import rates_known
from goalpost.crm.recount import BATCH, recount, recount_deal, title_keys
from goalpost.domain.alphabet import sort_key
from goalpost.domain.changes import PostingAction
from goalpost.domain.counting import Rates, Rules, StageMove, StageRule
from goalpost.domain.permissions import Actor
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.post import Act, PostingWriter, writing
from goalpost.storage.bulk_rows import read_rows


class StoredRates(Rates):
    """A company's rates, read lazily by currency: most edits need none.

    `added` holds, by currency, a day and a rate that are treated as stored.
    """

    __slots__ = ("_added", "_company_id", "_read")

    def __init__(self, company_id: int, added: Mapping[str, tuple[date, Decimal]] | None = None) -> None:
        super().__init__({})
        self._company_id = company_id
        self._added = added or {}
        self._read: dict[str, Rates] = {}

    def on(self, currency: str, day: date) -> Decimal | None:
        if currency not in self._read:
            rates = rates_known(self._company_id, [currency])[currency]
            if currency in self._added:
                rates |= [self._added[currency]]
            self._read[currency] = Rates({currency: list(rates.items())})
        return self._read[currency].on(currency, day)


def company_rules(company_id: int) -> Rules:
    """Return the rules in two queries, and one more for each foreign currency used.

    Read them while the book is locked if the result is posted.
    """
    ((time_zone, currency),) = read_rows(Company, ("time_zone", "currency"), id=company_id)
    stages = cast(
        "list[tuple[int, int, int, int]]",
        read_rows(Stage, ("id", "pipeline", "position", "probability"), company=company_id),
    )
    return Rules(
        time_zone=ZoneInfo(str(time_zone)),
        currency=str(currency),
        stages={
            stage_id: StageRule(pipeline_id, position, probability)
            for stage_id, pipeline_id, position, probability in stages
        },
        rates=StoredRates(company_id),
        digits=DIGITS,
    )


@contextmanager
def crm_write(
    actor: Actor,
    *,
    now: datetime,
    reason: Reason = Reason.EDIT,
    note: str = "",
    action: PostingAction = PostingAction.UNKNOWN,
    at: datetime | None = None,
) -> Iterator[PostingWriter]:
    """Lock the company's book for a write to its records, in one transaction.

    `at` is when it happened in the source, for a replayed history; by default `now`.
    """
    with writing(Act(actor.company_id, now, actor.user_id or None, reason, note, action, at)) as writer:
        yield writer


def reconcile(writer: PostingWriter, *, deals: Sequence[int] = (), activities: Sequence[int] = ()) -> None:
    """Post the current contributions of the records, in batches that fit in memory."""
    company_id = writer.act.company_id
    rules = company_rules(company_id)
    for kind, ids in ((SourceKind.DEAL, deals), (SourceKind.ACTIVITY, activities)):
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            writer.reconcile(
                kind, recount(kind, company_id, rules, batch), title_keys(kind, company_id, batch)
            )


def reconcile_deal(writer: PostingWriter, deal: Deal, moves: Sequence[StageMove]) -> None:
    """Post the current contributions of one saved deal, without reading it again."""
    wanted = {deal.pk: recount_deal(deal, moves, company_rules(writer.act.company_id))}
    writer.reconcile(SourceKind.DEAL, wanted, {deal.pk: sort_key(deal.title)})


def linked_activities(company_id: int, deal_id: int) -> list[int]:
    """Return the activities linked to the deal: they count in its pipeline."""
    return list(
        Activity.objects.filter(company_id=company_id, deal_id=deal_id)
        .order_by("id")
        .values_list("id", flat=True)
    )

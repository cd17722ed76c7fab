"""From changed records to the ledger: the one call that every write to the CRM ends with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from goalpost.crm.models import Activity, Deal
from goalpost.crm.recount import BATCH, recount, recount_deal, title_keys
from goalpost.crm.rules import company_rules
from goalpost.domain.alphabet import sort_key
from goalpost.domain.happenings import Deed
from goalpost.domain.permissions import Actor
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.post import Act, Pen, writing


@contextmanager
def crm_write(
    actor: Actor, *, now: datetime, reason: Reason = Reason.EDIT, note: str = "", deed: Deed = Deed.UNKNOWN
) -> Iterator[Pen]:
    """Open the company's book for a write to its records, in one transaction."""
    with writing(Act(actor.company_id, now, actor.user_id or None, reason, note, deed)) as pen:
        yield pen


def reconcile(pen: Pen, *, deals: Sequence[int] = (), activities: Sequence[int] = ()) -> None:
    """Post what the records named count towards now. Works in batches, so that any number fits in memory."""
    company_id = pen.act.company_id
    rules = company_rules(company_id)
    for kind, ids in ((SourceKind.DEAL, deals), (SourceKind.ACTIVITY, activities)):
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            pen.reconcile(kind, recount(kind, company_id, rules, batch), title_keys(kind, company_id, batch))


def reconcile_deal(pen: Pen, deal: Deal) -> None:
    """Post what one deal counts towards now that it is saved, without reading it again."""
    wanted = {deal.pk: recount_deal(deal, company_rules(pen.act.company_id))}
    pen.reconcile(SourceKind.DEAL, wanted, {deal.pk: sort_key(deal.title)})


def linked_activities(company_id: int, deal_id: int) -> list[int]:
    """Return the activities that count in the deal's pipeline, which moves take along."""
    return list(
        Activity.objects.filter(company_id=company_id, deal_id=deal_id)
        .order_by("id")
        .values_list("id", flat=True)
    )

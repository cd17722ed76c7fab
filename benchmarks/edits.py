"""Figure d: one edit of a deal, posting included, as any page or request makes it."""

from random import Random
from statistics import median
from time import perf_counter

from benchmarks.company import NOW, Imported
from benchmarks.figures import Figure, Unit
from goalpost.crm.actions.deals import change_deal
from goalpost.crm.models import Deal

_EDITS = 300
_MILLISECONDS_AT_MOST = 5


def one_edit(company: Imported) -> list[Figure]:
    """Change the value of deals all over the company, one transaction each, and keep every commit durable."""
    random = Random(1)  # noqa: S311  figures, not secrets
    first = Deal.objects.filter(company=company.company).earliest("id").pk
    taken: list[float] = []
    for edit in range(_EDITS):
        deal_id = first + random.randrange(company.deals)
        value = random.randrange(100, 5_000_000) + edit
        start = perf_counter()
        change_deal(actor=company.actor, deal_id=deal_id, now=NOW, value=value)
        taken.append((perf_counter() - start) * 1000)
    what = f"one edit of a deal with its posting at {company.deals:,} deals"
    return [Figure("d", what, median(taken), Unit.MILLISECONDS, at_most=_MILLISECONDS_AT_MOST)]

"""Figure d: one edit of a deal, posting included, as any page or request makes it, against a plain save."""

from datetime import timedelta
from functools import partial
from random import Random

from django.db import connection

from benchmarks.company import NOW, Imported
from benchmarks.figures import Figure, Unit
from benchmarks.timing import medians, taken_by
from goalpost.crm.actions.deals import change_deal
from goalpost.crm.models import Deal

_EDITS = 300
_SAVES_AT_MOST = {"sqlite": 5.5, "postgresql": 4.7}
"""What 5 ms were on two quiet cores, in plain saves and commits of the same deal."""


def one_edit(company: Imported) -> list[Figure]:
    """Change the value of deals all over the company, one transaction each, and keep every commit durable.

    The yardstick, by turns with it, is Django's own save and commit of the same deal, without permissions and
    ledger.
    """
    random = Random(1)  # noqa: S311  figures, not secrets
    actor = company.actor
    ids = list(Deal.objects.filter(company=company.company).values_list("id", flat=True))
    # A record's seal is the product's to write: the sum of all stands in the book.
    columns = [field.name for field in Deal._meta.concrete_fields if field.name not in {"id", "seal"}]
    edits, saves = [], []
    for turn in range(_EDITS):
        deal = Deal.objects.get(company=company.company, pk=random.choice(ids))
        deal.value, deal.updated_at = random.randrange(100, 5_000_000) + turn, NOW + timedelta(seconds=turn)
        change = partial(change_deal, actor=actor, deal_id=deal.pk, now=NOW, value=deal.value)
        edits.append(taken_by(change))
        saves.append(taken_by(partial(deal.save, update_fields=columns)))
    edit, save = medians(edits), medians(saves)
    return [
        Figure(
            "d",
            f"one edit of a deal with its posting at {company.deals:,} deals",
            edit.clock,
            Unit.MILLISECONDS,
            at_most=_SAVES_AT_MOST[connection.vendor],
            ratio=edit.processor / save.processor,
        ),
        Figure("d", "… a plain save and commit of the same deal", save.clock, Unit.MILLISECONDS),
    ]

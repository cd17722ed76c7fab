"""Which deal an activity of a file is linked to: told by external id or by title."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from goalpost.crm.models import Deal
from goalpost.exchange.loading.names import fold
from goalpost.exchange.loading.refusal import RowRefused

_SEVERAL = -1
_PAGE = 5_000


class LinkedDeal(NamedTuple):
    id: int
    pipeline_id: int


class LinkedDeals:
    """The company's deals as activities speak of them; `look_up` comes before each batch.

    Titles are indexed the first time one is needed, at some 110 bytes a deal: the table has no index on them.
    """

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id
        self._by_title: dict[int, int] | None = None
        self._found: dict[str, LinkedDeal | None] = {}

    def look_up(self, texts: Iterable[str]) -> None:
        """Find the deals of a batch's texts, and forget those of the last one's."""
        wanted = {text for text in texts if text}
        self._found.clear()
        own = Deal.objects.filter(company_id=self._company_id)
        rows = own.filter(external_id__in=wanted).values_list("external_id", "id", "pipeline_id")
        for external_id, deal_id, pipeline_id in rows:
            self._found[str(external_id)] = LinkedDeal(deal_id, pipeline_id)
        titles = wanted - self._found.keys()
        if titles:
            self._look_up_titles(titles)

    def deal(self, text: str) -> LinkedDeal:
        """Return a deal looked up. Raises RowRefused when there is none, or several have the title."""
        found = self._found.get(text)
        if found is None:
            if text in self._found:
                raise RowRefused(f"Several deals are titled “{text}”: give the deal's external id instead.")
            raise RowRefused(
                f"No deal has the external id or the title “{text}”: import the deals first, or mend it."
            )
        return found

    def pipelines(self, deal_ids: Iterable[int]) -> dict[int, int]:
        """Return the pipeline each deal is in now."""
        rows = Deal.objects.filter(company_id=self._company_id, id__in=set(deal_ids))
        return dict(rows.values_list("id", "pipeline_id"))

    def _look_up_titles(self, titles: set[str]) -> None:
        if self._by_title is None:
            self._by_title = self._index_titles()
        ids: dict[int, list[str]] = {}
        for title in titles:
            deal_id = self._by_title.get(_digest(title))
            if deal_id == _SEVERAL:
                self._found[title] = None
            elif deal_id is not None:
                ids.setdefault(deal_id, []).append(title)
        rows = Deal.objects.filter(company_id=self._company_id, id__in=list(ids))
        for deal_id, title, pipeline_id in rows.values_list("id", "title", "pipeline_id"):
            for asked in ids[deal_id]:
                # A digest may meet another title's; then there is no such deal.
                if fold(asked) == fold(title):
                    self._found[asked] = LinkedDeal(deal_id, pipeline_id)

    def _index_titles(self) -> dict[int, int]:
        by_title: dict[int, int] = {}
        deals = Deal.objects.filter(company_id=self._company_id, is_deleted=False).order_by("id")
        last = 0
        while page := list(deals.filter(id__gt=last).values_list("id", "title")[:_PAGE]):
            for deal_id, title in page:
                if by_title.setdefault(_digest(title), deal_id) != deal_id:
                    by_title[_digest(title)] = _SEVERAL
            last = page[-1][0]
        return by_title


def _digest(title: str) -> int:
    return int.from_bytes(blake2b(fold(title).encode(), digest_size=8).digest())

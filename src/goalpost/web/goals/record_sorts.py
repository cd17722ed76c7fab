"""The heads of a list of records: what it is sorted by, and where each of them leads."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.measures import Measure
from goalpost.goals.record_order import LATEST, RecordOrder, Sorting, orders_of
from goalpost.web.goals.words import DAY_COLUMNS

_NAMES: dict[RecordOrder, StrOrPromise] = {
    RecordOrder.TITLE: gettext_lazy("Deal"),
    RecordOrder.OWNER: gettext_lazy("Owned by"),
    RecordOrder.PLACE: gettext_lazy("Stage"),
    RecordOrder.VALUE: gettext_lazy("Value"),
}
_NAMES_OF_ACTIVITIES: dict[RecordOrder, StrOrPromise] = {
    RecordOrder.TITLE: gettext_lazy("Activity"),
    RecordOrder.PLACE: gettext_lazy("Activity type"),
}
# The latest and the largest first, names from A to Z.
_DESCENDS = {RecordOrder.DAY, RecordOrder.VALUE}


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column, how the list is sorted by it (`aria-sort`, empty when it is not), and where its head leads.

    `url` is empty for a column that tells nothing apart.
    """

    name: StrOrPromise
    order: str
    direction: str
    url: str


@dataclass(frozen=True, slots=True)
class ColumnHeads:
    title: ColumnHead
    owner: ColumnHead
    place: ColumnHead
    day: ColumnHead
    value: ColumnHead

    @property
    def first_direction(self) -> str:
        """How the first column is sorted, which holds title, owner and stage one below the other."""
        return self.title.direction or self.owner.direction or self.place.direction


def sorting_of(text: str, measure: Measure) -> Sorting:
    """Return what the address asks for, `value` or `-value`; the latest first when it is nothing known."""
    name = text.removeprefix("-")
    if name in set(RecordOrder) and (order := RecordOrder(name)) in orders_of(measure):
        return Sorting(order, is_descending=text.startswith("-"))
    return LATEST


def sorting_text(sorting: Sorting) -> str:
    """Return the sorting as addresses have it, empty for the one that needs no saying."""
    return "" if sorting == LATEST else f"{'-' if sorting.is_descending else ''}{sorting.by}"


def heads_of(measure: Measure, sorting: Sorting, address: Callable[[str], str]) -> ColumnHeads:
    """Return the heads; `address` makes one of a sorting's text."""
    known = orders_of(measure)

    def head(order: RecordOrder) -> ColumnHead:
        name = DAY_COLUMNS[measure] if order is RecordOrder.DAY else _NAMES[order]
        if measure.counts_activities:
            name = _NAMES_OF_ACTIVITIES.get(order, name)
        is_chosen = sorting.by is order
        is_next_descending = not sorting.is_descending if is_chosen else order in _DESCENDS
        direction = "descending" if sorting.is_descending else "ascending"
        return ColumnHead(
            name=name,
            order=order.value,
            direction=direction if is_chosen else "",
            url=address(sorting_text(Sorting(order, is_next_descending))) if order in known else "",
        )

    return ColumnHeads(
        title=head(RecordOrder.TITLE),
        owner=head(RecordOrder.OWNER),
        place=head(RecordOrder.PLACE),
        day=head(RecordOrder.DAY),
        value=head(RecordOrder.VALUE),
    )

"""The envelopes of lists and single things outside the goals service, and pages by cursor."""

import base64
import re
from collections.abc import Iterable
from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import Field
from typing_extensions import TypedDict

from goalpost.companies.errors import InvalidInput

_T = TypeVar("_T")

LARGEST_PAGE: Final = 500
_CURSOR = re.compile(r"after:([0-9]{1,16})", re.ASCII)

PageSize = Annotated[int, Field(ge=1, le=LARGEST_PAGE)]


class Pagination(TypedDict):
    start: int
    limit: int
    more_items_in_collection: bool


class PaginationInfo(TypedDict):
    pagination: Pagination


class CursorInfo(TypedDict):
    next_cursor: str | None


class One(TypedDict, Generic[_T]):
    success: Literal[True]
    data: _T


class Whole(TypedDict, Generic[_T]):
    """A list in full: these lists have one page."""

    success: Literal[True]
    data: list[_T]
    additional_data: PaginationInfo


class Page(TypedDict, Generic[_T]):
    """One page of a list; `next_cursor` asks for the next, null means it was the last."""

    success: Literal[True]
    data: list[_T]
    additional_data: CursorInfo


def whole(items: list[_T]) -> Whole[_T]:
    pagination = Pagination(start=0, limit=len(items), more_items_in_collection=False)
    return {"success": True, "data": items, "additional_data": {"pagination": pagination}}


def one(item: _T) -> One[_T]:
    return {"success": True, "data": item}


def page(items: list[_T], last_id: int | None) -> Page[_T]:
    """Return a page that ends with the item of `last_id`; None when nothing follows."""
    cursor = None if last_id is None else base64.urlsafe_b64encode(f"after:{last_id}".encode()).decode()
    return {"success": True, "data": items, "additional_data": {"next_cursor": cursor}}


def ids_on_page(ids: Iterable[int], cursor: str | None, limit: int) -> tuple[list[int], int | None]:
    """Return the ids on a page, and the last of them when more follow. Raises InvalidInput."""
    first = _after(cursor)
    left = sorted(each for each in ids if each > first)
    return left[:limit], left[limit - 1] if len(left) > limit else None


def _after(cursor: str | None) -> int:
    """Return the id that a page starts after, 0 for the first. Raises InvalidInput."""
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except ValueError:
        text = ""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise InvalidInput("Give the next_cursor of the page before.", field="cursor")
    return int(found[1])

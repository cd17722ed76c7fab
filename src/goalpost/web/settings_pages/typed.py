"""What was typed into a form of the settings, kept when something in it is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, QueryDict

from goalpost.companies.errors import InvalidInput
from goalpost.web.goals.kept_form import kept, tell_it_is_back

LARGEST_ID = 2**53
NO_ERRORS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent, or as it begins, with what is wrong with each field."""

    values: Mapping[str, str]
    chosen: Mapping[str, frozenset[int]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def general_error(self) -> str:
        """What is wrong with no field of its own."""
        return self.errors.get("", "") or self.errors.get("user", "")

    def refused(self, refusal: InvalidInput) -> "Typed":
        return Typed(self.values, self.chosen, refusal.errors)


def typed(request: HttpRequest, fields: Sequence[str], lists: Sequence[str] = ()) -> Typed:
    """Return the fields named from what was sent."""
    return _filled(request.POST, fields, lists)


def kept_or(request: HttpRequest, begin: Typed, fields: Sequence[str], lists: Sequence[str] = ()) -> Typed:
    """Return what the person had typed here when their session ended, else the form as it begins."""
    back = kept(request, request.user.pk or 0)
    if back is None:
        return begin
    tell_it_is_back(request)
    return _filled(back, fields, lists)


def _filled(data: QueryDict, fields: Sequence[str], lists: Sequence[str]) -> Typed:
    return Typed(
        {name: data.get(name, "") for name in fields},
        {name: ids(data.getlist(name)) for name in lists},
    )


def ids(texts: Sequence[str]) -> frozenset[int]:
    """Return the numbers among the texts that a row may have."""
    return frozenset(number for text in texts if (number := id_in(text)) is not None)


def id_in(text: str) -> int | None:
    """Return the number of a row, or None for a text that is none."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LARGEST_ID)):
        return None
    return int(text) if int(text) <= LARGEST_ID else None

"""The ways an action or a query says no. The skins turn them into pages, JSON and exit codes."""

from collections.abc import Mapping
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


class InvalidInput(ValueError):
    """What was given cannot be used.

    `errors` holds a message for each field at fault, in order; the empty field name stands for the whole.
    """

    def __init__(self, message: str, *, field: str = "", others: Mapping[str, str] = _NONE) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.errors: dict[str, str] = {field: message, **others}

    @classmethod
    def of(cls, errors: Mapping[str, str]) -> "InvalidInput":
        """Return one refusal for several faults; the first one speaks for all."""
        (field, message), *others = errors.items()
        return cls(message, field=field, others=dict(others))


class NotAllowed(Exception):
    """The actor may see the thing but lacks the right to do this to it."""


class NotFound(Exception):
    """There is no such thing for this actor: absent, another company's, or hidden."""


class KeyUsed(Exception):
    """The idempotency key of this request was used before, for another request. Nothing was written."""


class Changed(Exception):
    """Somebody else changed the thing since the actor read it. Nothing was written."""

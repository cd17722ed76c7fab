"""Errors of actions and queries. Pages, API and command line turn them into responses and exit codes."""

from collections.abc import Mapping
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


class InvalidInput(ValueError):
    """Invalid input.

    `errors` has a message for each invalid field, in order; the empty name is the whole input.
    """

    def __init__(self, message: str, *, field: str = "", others: Mapping[str, str] = _NONE) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.errors: dict[str, str] = {field: message, **others}

    @classmethod
    def of(cls, errors: Mapping[str, str]) -> "InvalidInput":
        """Return one error for several fields; the first message represents all."""
        (field, message), *others = errors.items()
        return cls(message, field=field, others=dict(others))


class NotAllowed(Exception):
    """The actor may see the object but not do this to it."""


class NotFound(Exception):
    """The object does not exist for this actor: absent, another company's, or hidden."""


class KeyUsed(Exception):
    """The idempotency key was used before with another request. Nothing was written."""


class Changed(Exception):
    """The object was changed since the actor read it. Nothing was written."""

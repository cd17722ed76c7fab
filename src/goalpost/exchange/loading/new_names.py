"""What somebody or something new may be called.

Asked before anything is created for a row, and in a dry run, which creates nothing, just the same.
"""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from goalpost.companies.checks import checked_name
from goalpost.companies.errors import InvalidInput
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.reading.fields import NAME_LENGTH


def check_person_name(name: str) -> None:
    """Raise RowRefused unless a person may be called so."""
    _check(name, "a person's name")


def check_team_name(name: str) -> None:
    """Raise RowRefused unless a team may be called so."""
    _check(name, "a team's name")


def check_type_name(name: str) -> None:
    """Raise RowRefused unless a kind of activity may be called so."""
    _check(name, "an activity type")
    if len(name.lower()) > NAME_LENGTH:  # its key; some letters are two when small
        raise RowRefused(f"“{name}” cannot be an activity type: it is too long in small letters.")


def check_email(email: str) -> None:
    """Raise RowRefused unless mail can be sent there."""
    try:
        validate_email(email)
    except ValidationError:
        raise RowRefused(f"“{email}” is not an e-mail address.") from None


def _check(name: str, what: str) -> None:
    try:
        checked_name(name)
    except InvalidInput as error:
        raise RowRefused(f"“{name}” cannot be {what}: {error.message}") from None

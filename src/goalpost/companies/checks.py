"""Validation of people's details before any write. Messages say what to do."""

import unicodedata

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _

from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor, may_administer

# Bidirectional formatting characters, which could reverse neighbouring text.
_TURNS_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Invisible categories: controls, formats, surrogates, separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_legible(text: str) -> bool:
    """Whether a name has visible characters, and none that break lines or text direction."""
    kinds = {unicodedata.category(character) for character in text}
    return not kinds <= _UNSEEN and not kinds & _BREAKING and not _TURNS_DIRECTION & set(text)


def checked_name(name: str, *, longest: int = 200) -> str:
    """Return the name without surrounding white space. Raises InvalidInput."""
    clean = name.strip()
    if not is_legible(clean) or len(clean) > longest:
        raise InvalidInput(
            _("Enter a name of 1 to %(longest)d characters.") % {"longest": longest}, field="name"
        )
    return clean


def set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from error
    user.set_password(password)


def free_email(email: str) -> str:
    """Return the address in lower case. Raises InvalidInput for an invalid or used one."""
    email = email.strip().lower()
    try:
        MaxLengthValidator(254)(email)  # the column's length, and the longest that mail is sent to
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput(
            _("“%(email)s” is not an e-mail address.") % {"email": email}, field="email"
        ) from error
    if User.objects.filter(email=email).exists():
        raise InvalidInput(_("This e-mail address is already in use."), field="email")
    return email


def found_user(company_id: int, user_id: int) -> User:
    user = User.objects.filter(company_id=company_id, pk=user_id).first()
    if user is None:
        raise InvalidInput(_("There is no such user."), field="user")
    return user


def require_admin(actor: Actor) -> None:
    if not may_administer(actor):
        raise NotAllowed(_("Only an admin may do this."))

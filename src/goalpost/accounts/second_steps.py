"""Two-step sign-in: authenticator apps, passkeys and recovery codes, stored by django-allauth."""

from io import BytesIO
from typing import ClassVar

import qrcode
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import InvalidToken
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from goalpost.accounts.secret_box import secret_box
from goalpost.accounts.sign_in import client_address, log_wrong_code
from goalpost.companies.models import User

_BOX = "second-steps"


class SecondSteps(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That did not match. Try again."),
        "cannot_delete_authenticator": _("Two-step sign-in cannot be turned off."),
        "cannot_generate_recovery_codes": _("Recovery codes come with two-step sign-in. Turn it on first."),
    }

    def encrypt(self, text: str) -> str:
        return secret_box(_BOX).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; one encrypted with an unknown key becomes empty, which matches no code."""
        try:
            return secret_box(_BOX).decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return ""

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code: dark on white in either theme, so that cameras can read it."""
        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue().decode()

    def get_totp_issuer(self) -> str:
        return "Goalpost"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Goalpost"}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:  # noqa: A002, ARG002  allauth's signature
        name = user.name if isinstance(user, User) else ""
        return gettext("Passkey of %(name)s") % {"name": name}


def spend_code(user_id: int, code: str) -> bool:
    """Note that an app's code was used. Returns False when it was before: each works once."""
    steps_valid = 2 * app_settings.TOTP_TOLERANCE + 1
    key = f"goalpost.totp.used?user={user_id}&code={normalize_user_code(code)}"
    return bool(cache.add(key, "y", timeout=app_settings.TOTP_PERIOD * steps_valid))


class _OnceMixin:
    """Refuses a code that was used: allauth forgets it after half a minute, and takes it for longer."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # of allauth's form
        is_of_app = self.authenticator.type == Authenticator.Type.TOTP  # type: ignore[attr-defined]
        if is_of_app and not spend_code(self.user.pk, code):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_OnceMixin, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of a sign-in. A wrong code is logged like a wrong password."""

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        super()._emit_authentication_failed(authenticator)
        log_wrong_code(self.user, address=client_address(context.request), now=timezone.now())


class CodeAgainForm(_OnceMixin, ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step asked for again, before security settings change."""


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """Turns the app on. The code that shows that it works signs nobody in."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        spend_code(self.user.pk, code)
        return code

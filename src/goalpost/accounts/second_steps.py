"""Two-step sign-in: authenticator apps, passkeys and recovery codes, stored by django-allauth."""

from io import BytesIO
from typing import ClassVar

import qrcode
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from goalpost.accounts.secret_box import secret_box
from goalpost.accounts.sign_in import client_address, log_wrong_code
from goalpost.companies.models import User

_BOX = "second-steps"

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


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second step of a sign-in. A wrong code is logged like a wrong password."""

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        super()._emit_authentication_failed(authenticator)
        log_wrong_code(self.user, address=client_address(context.request), now=timezone.now())

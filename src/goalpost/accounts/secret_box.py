"""Encryption of stored secrets with the server's secret key."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def secret_box(purpose: str) -> MultiFernet:
    """Return the cipher for one purpose. It also decrypts with the keys of SECRET_KEY_FALLBACKS."""
    keys = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"goalpost.{purpose} {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

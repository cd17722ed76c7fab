"""What is kept but must not be read in a copy of the database: locked with the server's secret key."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def secret_box(purpose: str) -> MultiFernet:
    """Return the lock of one purpose. What an earlier key of SECRET_KEY_FALLBACKS locked it opens too."""
    keys = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"goalpost.{purpose} {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

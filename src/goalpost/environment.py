"""What the environment tells: values by name, and the secret key. Every variable is GOALPOST_<name>."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# What Django's own deployment check asks for.
_SECRET_KEY_LENGTH = 50


def read(name: str, default: str = "") -> str:
    """Return GOALPOST_<name>, or the content of the file that GOALPOST_<name>_FILE names."""
    variable = f"GOALPOST_{name}"
    if path := os.environ.get(f"{variable}_FILE"):
        if variable in os.environ:
            raise ImproperlyConfigured(f"Set {variable} or {variable}_FILE, not both.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{variable}_FILE cannot be read: {error}") from error
    return os.environ.get(variable, default)


def read_whole_number(name: str, default: int, *, least: int = 0) -> int:
    text = read(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"GOALPOST_{name} must be a whole number from {least}, not {text!r}.")
    return int(text)


def secret_key(folder: Path) -> str:
    """Return the configured key, or the one kept in the folder, made on first use (mode 0600)."""
    key = read("SECRET_KEY")
    if not key:
        path = folder / "secret_key"
        if not path.exists():
            _make_secret_key(path)
        key = path.read_text(encoding="utf-8").strip()
        if len(key) < _SECRET_KEY_LENGTH:
            raise ImproperlyConfigured(
                f"{path} is damaged. Remove it to have a new key made; people sign in anew."
            )
    if len(key) < _SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(f"GOALPOST_SECRET_KEY must have at least {_SECRET_KEY_LENGTH} characters.")
    return key


def _make_secret_key(path: Path) -> None:
    """Write a new key whole or not at all; when another process was first, its key stays."""
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=".secret_key")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(partial, path)
    finally:
        Path(partial).unlink()

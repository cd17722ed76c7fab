"""Addresses of static files for templates."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Content-hashed addresses once files are collected; plain ones before (tests, a fresh check-out)."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[str, str] = {}

    def stored_name(self, name: str) -> str:
        stored: str = super().stored_name(name) if self.hashed_files else name
        return stored

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002  Django's signature
        """Return a file's address, cached: collected files do not change while a server runs."""
        if force or not self.hashed_files:
            address: str = super().url(name, force)
            return address
        if name not in self._addresses:
            self._addresses[name] = super().url(name)
        return self._addresses[name]

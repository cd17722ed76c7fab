"""Builds served files that are not in git: the chart library, compiled translations, hashed static files.

`python -m goalpost.web.shell.assets` builds the first two; `ensure_built` also collects the static files, for
`goalpost serve`. What is already up to date is left alone.
"""

import hashlib
import secrets
import sys
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

SHELL = Path(__file__).resolve().parent
CHART_LIBRARY = SHELL / "static" / "build" / "vega.js"
LOCALES = SHELL.parent / "locale"

_FINGERPRINT = ".fingerprint"


class AssetsError(Exception):
    """A file that the pages need cannot be built; the message says what to do."""


def build_chart_library(target: Path = CHART_LIBRARY) -> bool:
    """Write Vega, Vega-Lite and Vega-Embed as one ES module. Returns whether it was stale."""
    stamp = f"// Vega for Goalpost, from vl-convert {version('vl-convert-python')}. Built, do not edit.\n"
    if target.exists():
        with target.open(encoding="utf-8") as file:
            if file.readline() == stamp:
                return False
    # Imported here: it takes a second that a fresh start can spare.
    import vl_convert  # noqa: PLC0415

    _write(target, (stamp + vl_convert.javascript_bundle("export default vegaEmbed;")).encode())
    return True


def compile_translations(folder: Path = LOCALES) -> list[Path]:
    """Compile every catalogue that changed since it was compiled. Returns the files written."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as text:
            catalog = read_po(text, abort_invalid=True)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        _write(target, compiled.getvalue())
        written.append(target)
    return written


def collect_static_files() -> bool:
    """Copy the static files, with hashed names, to STATIC_ROOT. Returns whether anything had changed.

    Needs Django to be set up.
    """
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    known = Path(settings.STATIC_ROOT) / _FINGERPRINT
    fingerprint = _static_fingerprint()
    if known.exists() and known.read_text(encoding="utf-8") == fingerprint:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    _write(known, fingerprint.encode())
    return True


def ensure_built() -> None:
    """Build everything that is stale. Needs Django to be set up."""
    build_chart_library()
    compile_translations()
    collect_static_files()


def _static_fingerprint() -> str:
    """Return a fingerprint of the static files' names, sizes and times."""
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{file.st_size}\0{file.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _write(target: Path, content: bytes) -> None:
    """Write a file atomically: a killed build leaves no partial file, and two at once do not meet."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        raise AssetsError(
            f"{target} cannot be written ({error.strerror}). Run `python -m goalpost.web.shell.assets` "
            "as a user who may write there."
        ) from error


def main() -> int:
    try:
        if build_chart_library():
            sys.stdout.write(f"Built {CHART_LIBRARY}\n")
        for path in compile_translations():
            sys.stdout.write(f"Compiled {path}\n")
    except AssetsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

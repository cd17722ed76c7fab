"""Whether a workbook's archive is safe to unpack, asked before anything of it is unpacked."""

import zipfile
from pathlib import Path

from goalpost.exchange.unusable import Unusable

ZIP_MARK = b"PK\x03\x04"
OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0"

_MAX_PARTS = 5_000
_MAX_UNPACKED = 2 << 30
# A workbook of a million rows packs some 10 : 1, a very uniform one 60 : 1; bombs pack 1000 : 1.
_MAX_RATIO = 200
_RATIO_COUNTS_FROM = 50 << 20
_ENCRYPTED = 0x1


def check_archive(path: Path) -> None:
    """Raise Unusable unless the file is a workbook of a size and a packing that are believable.

    The sizes are those the archive states; unpacking stops at the stated size, so a lie is not worth telling.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unusable(f"{path.name} is a damaged workbook ({error}). Save it again, or as CSV.") from None
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unusable(f"{path.name} is not an Excel workbook (.xlsx). Save it as XLSX or CSV.")
    if len(parts) > _MAX_PARTS:
        raise Unusable(f"{path.name} has {len(parts):,} parts, more than a workbook needs. Save it as CSV.")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Unusable(f"{path.name} is protected by a password. Save it without one.")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    is_too_dense = unpacked > _RATIO_COUNTS_FROM and unpacked > packed * _MAX_RATIO
    if unpacked > _MAX_UNPACKED or is_too_dense:
        raise Unusable(
            f"{path.name} would unpack to {unpacked / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB, more than a"
            " table needs. Save the table alone as CSV."
        )

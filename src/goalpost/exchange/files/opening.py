"""Opens a file by what is in it, not by what its name ends with."""

from pathlib import Path

from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import Sheet
from goalpost.exchange.files.csv_sheet import CsvSheet
from goalpost.exchange.files.rejects import RejectsSheet, is_rejects_header
from goalpost.exchange.files.xlsx_sheet import OLE_SIGNATURE, ZIP_SIGNATURE, XlsxSheet


def open_sheet(
    path: Path, encoding: str | None = None, delimiter: str | None = None, name: str | None = None
) -> Sheet:
    """Return the table in a CSV or XLSX file, a rejects file without the two columns it was given.

    What a person does not say of the file is found out; `name` is a workbook's sheet. Raises Unusable when
    the file is missing, unreadable, empty or of another kind.
    """
    signature = _first_bytes(path)
    if signature.startswith(OLE_SIGNATURE):
        raise Unusable(
            f"{path.name} is an old Excel file (.xls) or has a password. Save it as XLSX or CSV without one."
        )
    sheet: Sheet
    if signature.startswith(ZIP_SIGNATURE):
        _refuse_options(path, "a workbook", {"--encoding": encoding, "--delimiter": delimiter})
        sheet = XlsxSheet(path, sheet=name)
    else:
        _refuse_options(path, "a CSV file", {"--sheet": name})
        sheet = CsvSheet(path, encoding=encoding, delimiter=_one_sign(delimiter))
    return RejectsSheet(sheet) if is_rejects_header(sheet.header) else sheet


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(ZIP_SIGNATURE))
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None


def _refuse_options(path: Path, kind: str, options: dict[str, str | None]) -> None:
    for name, value in options.items():
        if value is not None:
            raise Unusable(f"{name} says nothing about {kind}: leave it out for {path.name}.")


def _one_sign(delimiter: str | None) -> str | None:
    if delimiter in ("tab", "\\t"):
        return "\t"
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n '):
        raise Unusable(f'--delimiter {delimiter!r}: give one sign, such as "," or ";", or the word tab.')
    return delimiter

"""Opens a file by what is in it, not by what its name ends with."""

from dataclasses import dataclass
from pathlib import Path

from goalpost.exchange.sheets.cell import Sheet
from goalpost.exchange.sheets.csv_sheet import CsvSheet
from goalpost.exchange.sheets.rejects import FromRejects, is_rejects_header
from goalpost.exchange.sheets.xlsx_archive import OLD_OFFICE_MARK, ZIP_MARK
from goalpost.exchange.sheets.xlsx_sheet import XlsxSheet
from goalpost.exchange.unusable import Unusable


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """What a person says of the file itself; what is not said is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


def open_sheet(path: Path, options: SheetOptions) -> Sheet:
    """Return the table in a CSV or XLSX file, a rejects file without the two columns it was given.

    Raises Unusable when the file is missing, unreadable, empty or of another kind.
    """
    mark = _first_bytes(path)
    if mark.startswith(OLD_OFFICE_MARK):
        raise Unusable(
            f"{path.name} is an old Excel file (.xls) or has a password. Save it as XLSX or CSV without one."
        )
    sheet: Sheet
    if mark.startswith(ZIP_MARK):
        of_text = {"--encoding": options.encoding, "--delimiter": options.delimiter}
        _refuse_options(path, "a workbook", of_text)
        sheet = XlsxSheet(path, sheet=options.sheet)
    else:
        _refuse_options(path, "a CSV file", {"--sheet": options.sheet})
        sheet = CsvSheet(path, encoding=options.encoding, delimiter=_one_sign(options.delimiter))
    return FromRejects(sheet) if is_rejects_header(sheet.header) else sheet


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(ZIP_MARK))
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

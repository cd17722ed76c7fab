"""Which sign parts the cells of a CSV file."""

import csv
import io
import re
from itertools import islice

_CANDIDATES = ",;\t|"
_SAMPLE_RECORDS = 50
_SPREADSHEET_HINT = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


def told_by_first_line(line: str) -> str | None:
    """Return the delimiter that a first line `sep=;` names, as Excel writes it."""
    match = _SPREADSHEET_HINT.fullmatch(line)
    return match.group(1) if match else None


def find_delimiter(sample: str) -> str:
    """Return what parts the sample's rows most evenly, the finer of two such signs; if none does, a comma."""
    return max(_CANDIDATES, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(record) for record in islice(records, _SAMPLE_RECORDS) if any(record)]
    except csv.Error:
        return (0.0, 0)
    if not widths or widths[0] == 1:
        return (0.0, 0)
    return (widths.count(widths[0]) / len(widths), widths[0])

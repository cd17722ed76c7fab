"""How a row is known again: by its external id, else by a key made of what seldom changes in it."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import blake2b

from goalpost.exchange.loading.refusal import RowRefused

_DIGEST_BYTES = 16
_SEPARATOR = "\x1f"


class Identities:
    """What the file's rows so far are known by.

    Holds some 110 bytes a row, so that a file of a million fits in memory.
    """

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._alike: dict[bytes, int] = {}

    def claim(self, external_id: str, line: int) -> None:
        """Take an external id for a line. Raises RowRefused when an earlier line has it."""
        first = self._lines.setdefault(external_id, line)
        if first != line:
            raise RowRefused(
                f"has the same external id as line {first:,}: “{external_id}”. Keep the row that is true."
            )

    def key(self, parts: Sequence[str]) -> tuple[str, bool]:
        """Return the import key of a row without an external id, and whether an earlier row is alike.

        Rows alike in all parts are numbered in the order of the file, so that none is lost.
        """
        digest = _digest(_SEPARATOR.join(parts))
        number = self._alike.get(digest, 0) + 1
        self._alike[digest] = number
        if number == 1:
            return digest.hex(), False
        return _digest(f"{digest.hex()}{_SEPARATOR}{number}").hex(), True


def moment_part(moment: datetime | date | None) -> str:
    return "" if moment is None else moment.isoformat()


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()

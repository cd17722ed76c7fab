"""Seals: a hash for each posting over the one before it, its own content and its entries.

They form a hash chain per company, which breaks where a posting or an entry is altered, deleted or inserted
afterwards; `chain_differences` checks it. Entries of a posting are hashed in the order of their text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from goalpost.ledger.models import Book, Entry, Posting

ENTRY = (
    "source_kind",
    "source_id",
    "measure",
    "day",
    "owner_id",
    "pipeline_id",
    "item_id",
    "currency",
    "count",
    "amount",
    "native_amount",
    "unvalued",
)
_POSTING = ("version", "at", "recorded_at", "actor_id", "reason", "note", "action")
NO_BOOK = "The company’s book is not there any more."
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class PostingContent:
    """The hashed content of a posting, apart from its entries."""

    version: int
    at: datetime
    recorded_at: datetime
    actor_id: int | None
    reason: str
    note: str
    action: str


def line_of(entry: Iterable[object]) -> str:
    """Return the text of an entry, its fields in the order of `ENTRY`."""
    return "|".join(map(str, entry))


def seal_of(previous: str, posting: PostingContent, entry_lines: Iterable[str]) -> str:
    """Return the posting's seal in hexadecimal digits. `previous` is empty for a company's first posting."""
    content = (
        previous,
        posting.version,
        posting.at.astimezone(UTC).isoformat(),
        posting.recorded_at.astimezone(UTC).isoformat(),
        posting.actor_id or 0,
        posting.reason,
        posting.note,
        posting.action,
    )
    digest = sha256(repr(content).encode())
    for line in sorted(entry_lines):
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def chain_differences(company_id: int) -> Iterator[str]:
    """Yield a line for every place where postings or entries are not what was written."""
    book = Book.objects.filter(company_id=company_id).first()
    if book is None:
        yield NO_BOOK
    postings = Posting.objects.filter(company_id=company_id).order_by("version")
    entries = _entry_lines(company_id)
    held = next(entries, None)
    last, seal, last_at = 0, "", None
    for kept, *content in postings.values_list("seal", *_POSTING).iterator(chunk_size=_CHUNK):
        posting = PostingContent(*content)
        for missing in range(last + 1, posting.version):
            yield f"Posting {missing}: is not there any more."
        lines: list[str] = []
        while held is not None and held[0] <= posting.version:
            if held[0] == posting.version:
                lines = held[1]
            else:
                yield _orphans(*held)
            held = next(entries, None)
        if seal_of(seal, posting, lines) != kept:
            yield f"Posting {posting.version} of {posting.at:%Y-%m-%d %H:%M}: it or its entries were altered."
        last, seal, last_at = posting.version, kept, posting.at
    for orphans in chain([held] if held is not None else [], entries):
        yield _orphans(*orphans)
    if book is not None and (book.version, book.seal, book.last_posted_at) != (last, seal, last_at):
        yield f"The book is at version {book.version}, its last posting is {last}: one of them was altered."


def restore_book(company_id: int) -> bool:
    """Make a book that was deleted anew, at the last posting there is. Returns whether it had to be."""
    if Book.objects.filter(company_id=company_id).exists():
        return False
    last = Posting.objects.filter(company_id=company_id).order_by("-version").first() or Posting(version=0)
    Book.objects.create(company_id=company_id, version=last.version, last_posted_at=last.at, seal=last.seal)
    return True


def _entry_lines(company_id: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the entries' texts of each posting, in the order of the postings, in one query."""
    rows: Any = Entry.objects.filter(company_id=company_id).order_by("version").values_list("version", *ENTRY)
    for version, of_one in groupby(rows.iterator(chunk_size=_CHUNK), key=itemgetter(0)):
        yield version, [line_of(entry) for _, *entry in of_one]


def _orphans(version: int, lines: list[str]) -> str:
    return f"Posting {version}: is not there, but has {len(lines)} entries."

"""Resolves names in files, validates new ones, and identifies rows that come again."""

import re
import shlex
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from goalpost.accounts.actions import add_person
from goalpost.companies.checks import checked_name
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import User
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.models import PersonId
from goalpost.exchange.report import NameKind, Session

_DIGEST_BYTES = 16
_SEPARATOR = "\x1f"


@lru_cache(maxsize=20_000)
def fold_name(name: str) -> str:
    """Return a name for comparison: NFC, single spaces, case-folded."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", name).split()).casefold())


_LAST_FIRST = re.compile(r"([^,\d@]+), *([^,\d@]+)")
_AFTER_NAMES = "jr sr ii iii iv phd md mba esq cpa inc llc ltd gmbh ab oy as sa bv"


def first_name_first(name: str) -> str:
    """Return a person's name with the first name first: `Doe, Jane` as `Jane Doe`."""
    match = _LAST_FIRST.fullmatch(name)
    if match is None or match[2].casefold().replace(".", "").strip() in _AFTER_NAMES.split():
        return name
    return f"{match[2].strip()} {match[1].strip()}"


def check_name(name: str, what: str) -> None:
    """Raise RowRefused unless the name is valid. Called before anything is created, and in a dry run too."""
    try:
        checked_name(name)
    except InvalidInput as error:
        raise RowRefused(f"“{name}” cannot be {what}: {error.message}") from None


def check_email(email: str) -> None:
    """Raise RowRefused unless it is a valid e-mail address."""
    try:
        validate_email(email)
    except ValidationError:
        raise RowRefused(f"“{email}” is not an e-mail address.") from None


def check_source(external_id: str, elsewhere: Mapping[str, str]) -> None:
    """Raise RowRefused for an id of a record with a source, when the file's source is unknown."""
    if source := elsewhere.get(external_id):
        raise RowRefused(
            f"A record from {source} has the id “{external_id}”. If this file comes from there, say so with"
            f" --source {shlex.quote(source)}; else with another name.",
            f"has the id of a record from {source}. If this file comes from there, say so with"
            f" --source {shlex.quote(source)}; else with another name.",
            external_id,
        )


class Identities:
    """The keys of the file's rows so far.

    Holds some 110 bytes a row, so that a file of a million fits in memory.
    """

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._alike: dict[bytes, int] = {}

    def claim(self, external_id: str, line: int) -> None:
        """Record an external id of a line. Raises RowRefused when an earlier line has it."""
        first = self._lines.setdefault(external_id, line)
        if first != line:
            raise RowRefused(
                f"has the same external id as line {first:,}: “{external_id}”. Keep the right row.",
                "has the same external id as an earlier row. Keep the right row.",
                external_id,
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


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


class PersonIds:
    """The ids of the company's people in the file's source program, and in others.

    Ids of different programs are independent. In a file without a source an id means the only person who has
    it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_source: dict[tuple[str, str], int] = {}
        self._anywhere: defaultdict[str, set[int]] = defaultdict(set)
        self._identified: set[int] = set()
        known = PersonId.objects.filter(company_id=session.company_id)
        for user_id, source, own_id in known.values_list("user_id", "source", "external_id"):
            self._index(user_id, source, own_id)

    def person(self, own_id: str) -> int | None:
        """Return who has the id. Raises RowRefused where people of several programs have it."""
        source = self._session.source
        found = self._by_source.get((source, own_id))
        if found is not None or source:
            return found if found is not None else self._by_source.get(("", own_id))
        everywhere = self._anywhere.get(own_id, set())
        if len(everywhere) > 1:
            raise RowRefused(
                f"{len(everywhere)} people of several programs have the id “{own_id}”: say where the file"
                " comes from with --source NAME."
            )
        return next(iter(everywhere), None)

    def has_another(self, user_id: int) -> bool:
        """Whether the person has an id in the file's program: whoever has a new one is somebody else."""
        return user_id in self._identified

    def remember(self, user_id: int, own_id: str) -> bool:
        """Record a person's id; return whether it is new."""
        session = self._session
        if self._by_source.get((session.source, own_id)) == user_id:
            return False
        if not session.is_dry_run:
            PersonId.objects.create(
                company_id=session.company_id, user_id=user_id, source=session.source, external_id=own_id
            )
        self._index(user_id, session.source, own_id)
        return True

    def _index(self, user_id: int, source: str, own_id: str) -> None:
        self._by_source[source, own_id] = user_id
        self._anywhere[own_id].add(user_id)
        if source == self._session.source:
            self._identified.add(user_id)


class People:
    """The company's people by id, by e-mail address and by name."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read_in = 0
        self._found: dict[tuple[str, str], int] = {}
        self._by_email: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._read()

    def find(self, name: str, own_id: str = "") -> int | None:
        """Return the person of an id, an e-mail address or a name; None for somebody new.

        Raises RowRefused for an ambiguous name, or one that is invalid for a new person.
        """
        found = self._found.get((name, own_id))
        if found is None:
            found = self._look_up(name, own_id)
            if found is None and self._session.is_stale(self._read_in):
                # Somebody else may have added them meanwhile; while the book is locked nobody can.
                self._read()
                found = self._look_up(name, own_id)
            if found is None:
                check_name(first_name_first(name or own_id), "a person's name")
                return None
            if not own_id:
                self._found[name, own_id] = found
        return found

    def find_or_add(self, name: str, own_id: str = "") -> int:
        """Return the person, created if new, whose id is remembered. Raises RowRefused as `find` does."""
        found = self._found.get((name, own_id))
        if found is None:
            found = self.find(name, own_id)
            if found is None:
                found = self._add(name or own_id)
            if own_id:
                self._ids.remember(found, own_id)
            self._found[name, own_id] = found
        return found

    def _look_up(self, name: str, own_id: str) -> int | None:
        by_id = self._ids.person(own_id or name)
        if by_id is not None:
            return by_id
        text = name or own_id
        by_email = self._by_email.get(text.lower())
        if by_email is not None:
            return by_email
        ids = self._by_name.get(fold_name(text)) or self._by_name.get(fold_name(first_name_first(text)), [])
        if own_id:
            ids = [user_id for user_id in ids if not self._ids.has_another(user_id)]
        if len(ids) > 1:
            raise RowRefused(f"{len(ids)} people are named “{text}”: give the e-mail address instead.")
        return ids[0] if ids else None

    def _add(self, text: str) -> int:
        session, name = self._session, first_name_first(text)
        user_id = session.provisional_id()
        if not session.is_dry_run:
            user_id = add_person(actor=session.actor, name=name, now=session.now).pk
        self._by_name.setdefault(fold_name(name), []).append(user_id)
        session.report.add_name(NameKind.PERSON, name)
        return user_id

    def _read(self) -> None:
        by_name: dict[str, list[int]] = defaultdict(list)
        people = User.objects.filter(company_id=self._session.company_id)
        for user_id, name, email in people.values_list("id", "name", "email"):
            by_name[fold_name(name)].append(user_id)
            if email:
                self._by_email[email.lower()] = user_id
        self._by_name = dict(by_name)
        self._ids = PersonIds(self._session)
        self._read_in = self._session.batch

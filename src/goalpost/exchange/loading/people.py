"""Whom a file's names and e-mail addresses mean. Who is missing is created, without an e-mail address."""

from collections import defaultdict

from goalpost.companies.actions import add_user
from goalpost.companies.models import User
from goalpost.exchange.loading.names import fold
from goalpost.exchange.loading.new_names import check_person_name
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.loading.report import NameKind
from goalpost.exchange.loading.session import Session


class People:
    """The company's people by e-mail address and by name."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read_in = 0
        self._found: dict[str, int] = {}
        self._by_email: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._read()

    def find(self, text: str) -> int | None:
        """Return the person of a name or an e-mail address, None for somebody new.

        Raises RowRefused when several have the name, or nobody new may be called so.
        """
        found = self._found.get(text)
        if found is None:
            found = self._look_up(text)
            if found is None and self._may_be_stale():
                # Somebody else may have added them since; the book is open now, so the answer holds.
                self._read()
                found = self._look_up(text)
            if found is None:
                check_person_name(text)
                return None
            self._found[text] = found
        return found

    def find_or_add(self, text: str) -> int:
        """Return the person, created if new. Raises RowRefused as `find` does."""
        found = self.find(text)
        if found is None:
            found = self._found[text] = self._add(text)
        return found

    def _may_be_stale(self) -> bool:
        return self._read_in != self._session.batch and not self._session.is_dry_run

    def _look_up(self, text: str) -> int | None:
        by_email = self._by_email.get(text.lower())
        if by_email is not None:
            return by_email
        ids = self._by_name.get(fold(text), [])
        if len(ids) > 1:
            raise RowRefused(f"{len(ids)} people are named “{text}”: give the e-mail address instead.")
        return ids[0] if ids else None

    def _add(self, name: str) -> int:
        session = self._session
        if session.is_dry_run:
            user_id = session.provisional_id()
        else:
            user_id = add_user(actor=session.actor, name=name, now=session.now).pk
        self._by_name[fold(name)] = [user_id]
        session.report.add_name(NameKind.PERSON, name)
        return user_id

    def _read(self) -> None:
        by_name: dict[str, list[int]] = defaultdict(list)
        people = User.objects.filter(company_id=self._session.company_id).order_by("id")
        for user_id, name, email in people.values_list("id", "name", "email"):
            by_name[fold(name)].append(user_id)
            if email:
                self._by_email[email.lower()] = user_id
        self._by_name = dict(by_name)
        self._read_in = self._session.batch

"""What a file's words for kinds of activities mean. A kind that is missing is created."""

from goalpost.crm.actions.setup import DEFAULT_ACTIVITY_TYPES, add_activity_type
from goalpost.crm.models import ActivityType
from goalpost.exchange.loading.names import fold
from goalpost.exchange.loading.new_names import check_type_name
from goalpost.exchange.loading.report import NameKind
from goalpost.exchange.loading.session import Session


class ActivityTypes:
    """The company's activity types by name and by key."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read_in = 0
        self._types: dict[str, int] = {}
        self._read()

    def find(self, name: str) -> int | None:
        """Return the type of a name or key, without one the company's first; None for a new one.

        Raises RowRefused when no new one may be called so.
        """
        if not name:
            return next(iter(self._types.values()), None)
        found = self._types.get(fold(name))
        if found is None and self._may_be_stale():
            # Somebody else may have added it since; the book is open now, so the answer holds.
            self._read()
            found = self._types.get(fold(name))
        if found is None:
            check_type_name(name)
        return found

    def find_or_add(self, name: str) -> int:
        """Return the type, created if new. Raises RowRefused as `find` does."""
        found = self.find(name)
        return self._add(name or DEFAULT_ACTIVITY_TYPES[0][0]) if found is None else found

    def _may_be_stale(self) -> bool:
        return self._read_in != self._session.batch and not self._session.is_dry_run

    def _add(self, name: str) -> int:
        session = self._session
        if session.is_dry_run:
            type_id = session.provisional_id()
        else:
            type_id = add_activity_type(actor=session.actor, name=name, now=session.now).pk
        self._types[fold(name)] = type_id
        session.report.add_name(NameKind.ACTIVITY_TYPE, name)
        return type_id

    def _read(self) -> None:
        types = ActivityType.objects.filter(company_id=self._session.company_id).order_by("position", "id")
        rows = list(types.values_list("id", "name", "key"))
        self._types.clear()
        for type_id, name, _ in rows:
            self._types.setdefault(fold(name), type_id)
        for type_id, _, key in rows:
            self._types.setdefault(fold(key), type_id)
        self._read_in = self._session.batch

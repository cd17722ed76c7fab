"""Validation of records before any write. Messages say what to do."""

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from goalpost.companies.currencies import CURRENCIES
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import User
from goalpost.crm.models import Activity, ActivityType, Deal, Stage
from goalpost.crm.seals import reseal
from goalpost.domain.counting import Moment, StageMove
from goalpost.domain.money import LARGEST_VALUE
from goalpost.domain.permissions import (
    Actor,
    Permission,
    may,
    may_administer,
    may_change_records_of,
    may_see_records_of,
)
from goalpost.ledger.post import PostingWriter
from goalpost.storage.bulk_rows import is_storable, overwrite_rows, read_rows

LONGEST_NOTE = 10_000
"""Characters of a note."""

LONGEST_DURATION = 24 * 60
"""Minutes of an activity."""

_Record = TypeVar("_Record", Deal, Activity)


def checked_text(text: str, *, field: str, longest: int = 500, is_required: bool = True) -> str:
    """Return the text without surrounding white space. Raises InvalidInput."""
    clean = text.strip()
    if is_required and not clean:
        raise InvalidInput(_("Enter text."), field=field)
    if not is_storable(clean):
        raise InvalidInput(_("Remove the characters that are not text."), field=field)
    if len(clean) > longest:
        raise InvalidInput(_("Use at most %(longest)d characters.") % {"longest": longest}, field=field)
    return clean


def checked_currency(code: str) -> str:
    if code not in CURRENCIES:
        raise InvalidInput(
            _("Use a three-letter ISO 4217 currency code such as EUR, not “%(code)s”.") % {"code": code},
            field="currency",
        )
    return code


def checked_value(value: int) -> int:
    """Return an amount in minor units that every client can hold exactly."""
    if abs(value) > LARGEST_VALUE:
        raise InvalidInput(_("The value is too large."), field="value")
    return value


def checked_probability(probability: int | None) -> int | None:
    if probability is not None and not 0 <= probability <= 100:  # noqa: PLR2004  percent
        raise InvalidInput(_("Use a probability from 0 to 100 percent."), field="probability")
    return probability


def checked_time_of_day(minutes: int | None) -> int | None:
    if minutes is not None and not 0 <= minutes < LONGEST_DURATION:
        raise InvalidInput(_("Use a time from 00:00 to 23:59."), field="due_time")
    return minutes


def checked_duration(minutes: int | None) -> int | None:
    if minutes is not None and not 0 < minutes <= LONGEST_DURATION:
        raise InvalidInput(_("Use a duration from 1 minute to 24 hours."), field="duration")
    return minutes


def checked_moment(moment: Moment | None, *, field: str) -> Moment | None:
    """Return the moment or day, when it has a day in every time zone. Raises InvalidInput."""
    if moment is None:
        return None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise InvalidInput(_("Include the time zone in the time."), field=field)
    if not MINYEAR < moment.year < MAXYEAR:
        raise InvalidInput(_("Enter a time between the years 2 and 9998."), field=field)
    return moment


def found_stage(company_id: int, stage_id: int) -> Stage:
    stage = Stage.objects.filter(company_id=company_id, id=stage_id).first()
    if stage is None:
        raise InvalidInput(_("There is no such stage."), field="stage")
    return stage


def found_owner(company_id: int, user_id: int) -> User:
    owner = User.objects.filter(company_id=company_id, id=user_id).first()
    if owner is None:
        raise InvalidInput(_("There is no such user."), field="owner")
    return owner


def found_type(company_id: int, type_id: int) -> ActivityType:
    kind = ActivityType.objects.filter(company_id=company_id, id=type_id).first()
    if kind is None:
        raise InvalidInput(_("There is no such activity type."), field="type")
    return kind


def found_deal(actor: Actor, deal_id: int) -> Deal:
    """Return a deal that the actor may see, to link to. Raises InvalidInput alike for a hidden one."""
    deal = Deal.objects.filter(company_id=actor.company_id, id=deal_id, is_deleted=False).first()
    if deal is None or not may_see_records_of(actor, deal.owner_id):
        raise InvalidInput(_("There is no such deal."), field="deal")
    return deal


def record_to_change(model: type[_Record], actor: Actor, record_id: int, *, is_deleted: bool) -> _Record:
    """Return a record that the actor may write, as it is stored.

    Raises NotFound alike for one that is absent, hidden or (not) deleted, NotAllowed for one seen only.
    """
    record = stored_record(model, actor.company_id, record_id)
    if (
        record is None
        or record.is_deleted is not is_deleted
        or not may_see_records_of(actor, record.owner_id)
    ):
        raise NotFound
    require_record_right(actor, record.owner_id)
    return record


def stored_record(model: type[_Record], company_id: int, record_id: int) -> _Record | None:
    """Return the stored record, deleted or not, without the ORM: every edit begins with this."""
    columns = [field.attname for field in model._meta.concrete_fields]
    rows = read_rows(model, columns, company=company_id, id=record_id)
    return model.from_db(DEFAULT_DB_ALIAS, columns, rows[0]) if rows else None


def stored_values(record: Deal | Activity) -> dict[str, object]:
    """Return the values of the record's row by column, so that an edit writes only what it changed."""
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def is_changed(record: Deal | Activity, before: dict[str, object]) -> bool:
    return stored_values(record) != before


def save_changes(
    writer: PostingWriter,
    record: Deal | Activity,
    before: dict[str, object],
    *,
    now: datetime,
    moves: Sequence[StageMove] = (),
) -> None:
    """Write the columns that are not as they were `before`, under a seal over them and a deal's `moves`."""
    changed = [column for column, value in stored_values(record).items() if value != before[column]]
    record.updated_at = now
    reseal(writer, record, moves)
    columns = ("company_id", "id", *changed, "updated_at", "seal")
    overwrite_rows(type(record), columns, [tuple(getattr(record, column) for column in columns)])


def require_record_right(actor: Actor, *owner_ids: int) -> None:
    """Raise NotAllowed unless the actor may write records of these owners."""
    if not all(may_change_records_of(actor, owner_id) for owner_id in owner_ids):
        raise NotAllowed(_("You may change only your own records and those of your team that you see."))


def require_dates_right(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may set when a deal was closed."""
    if not may(actor, Permission.EDIT_CLOSED_DATES):
        raise NotAllowed(_("Your permission set does not let you choose when a deal was won or lost."))


def require_admin(actor: Actor) -> None:
    if not may_administer(actor):
        raise NotAllowed(_("Only an admin may do this."))

"""The fields that a file of users, deals or activities may have."""

from dataclasses import dataclass
from enum import Enum, StrEnum

NAME_LENGTH = 200
TITLE_LENGTH = 500
EMAIL_LENGTH = 254


class FileKind(StrEnum):
    USERS = "users"
    DEALS = "deals"
    ACTIVITIES = "activities"


class CellKind(Enum):
    """What a field's cells hold. Text can be read from any cell, so it goes along with every other kind."""

    TEXT = "text"
    TIME = "time"
    AMOUNT = "amount"
    PERCENT = "percent"
    BOOLEAN = "yes or no"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Field:
    """A field, by its name on the command line.

    `is_required`: the file has a column for it, or `--default` says it. `is_repeatable`: several columns may
    feed it. `max_length` is of its text, in characters.
    """

    name: str
    kind: CellKind = CellKind.TEXT
    is_required: bool = False
    is_repeatable: bool = False
    max_length: int = NAME_LENGTH


FIELDS: dict[FileKind, tuple[Field, ...]] = {
    FileKind.USERS: (
        Field("name", is_required=True),
        Field("email", max_length=EMAIL_LENGTH),
        Field("team", is_repeatable=True),
        Field("manager", max_length=EMAIL_LENGTH),
        Field("active", CellKind.BOOLEAN),
    ),
    FileKind.DEALS: (
        Field("external_id"),
        Field("title", is_required=True, max_length=TITLE_LENGTH),
        Field("owner", is_required=True, max_length=EMAIL_LENGTH),
        Field("organization", max_length=TITLE_LENGTH),
        Field("pipeline"),
        Field("stage"),
        Field("status", CellKind.STATUS),
        Field("value", CellKind.AMOUNT),
        Field("currency"),
        Field("probability", CellKind.PERCENT),
        Field("add_time", CellKind.TIME),
        Field("close_time", CellKind.TIME),
        Field("won_time", CellKind.TIME),
        Field("lost_time", CellKind.TIME),
        Field("expected_close_date", CellKind.TIME),
        Field("stage_change_time", CellKind.TIME),
    ),
    FileKind.ACTIVITIES: (
        Field("external_id"),
        Field("subject", is_required=True, max_length=TITLE_LENGTH),
        Field("type"),
        Field("owner", is_required=True, max_length=EMAIL_LENGTH),
        Field("deal", max_length=TITLE_LENGTH),
        Field("add_time", CellKind.TIME),
        Field("due_date", CellKind.TIME),
        Field("done", CellKind.BOOLEAN),
        Field("marked_as_done_time", CellKind.TIME),
    ),
}

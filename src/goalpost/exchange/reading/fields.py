"""The fields that a file of users, deals or activities may have, and the names programs give them.

From Pipedrive (`Deal - Won time`, `Affär - Titel`), HubSpot (`Deal Name`, `Create Date`), Salesforce
(`Opportunity Owner`, `StageName`), Zoho, Odoo and hand-made tables. Compared without case, accents, spaces
and signs: `Deal - Won time` is `dealwontime`. Where a file has several of a field's names, the first is it.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum, StrEnum

NAME_LENGTH = 200
TITLE_LENGTH = 500
EMAIL_LENGTH = 254
SOURCE_LENGTH = 50


class FileKind(StrEnum):
    USERS = "users"
    DEALS = "deals"
    ACTIVITIES = "activities"
    HISTORY = "history"


class CellKind(Enum):
    """The kind of a field's cells. Text can be read from any cell, so it fits every other kind."""

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
        Field("external_id"),
        Field("name", is_required=True),
        Field("first_name"),
        Field("last_name"),
        Field("email", max_length=EMAIL_LENGTH),
        Field("team", is_repeatable=True),
        Field("manager", max_length=EMAIL_LENGTH),
        Field("active", CellKind.BOOLEAN),
    ),
    FileKind.DEALS: (
        Field("external_id"),
        Field("title", is_required=True, max_length=TITLE_LENGTH),
        Field("owner", is_required=True, max_length=EMAIL_LENGTH),
        Field("owner_id"),
        Field("organization", max_length=TITLE_LENGTH),
        Field("pipeline"),
        Field("stage"),
        Field("status", CellKind.STATUS),
        Field("is_closed", CellKind.BOOLEAN),
        Field("is_won", CellKind.BOOLEAN),
        Field("is_lost", CellKind.BOOLEAN),
        Field("deleted", CellKind.BOOLEAN),
        Field("value", CellKind.AMOUNT),
        Field("won_value", CellKind.AMOUNT),
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
        Field("owner_id"),
        Field("deal", max_length=TITLE_LENGTH),
        Field("add_time", CellKind.TIME),
        Field("due_date", CellKind.TIME),
        Field("done", CellKind.BOOLEAN),
        Field("deleted", CellKind.BOOLEAN),
        Field("marked_as_done_time", CellKind.TIME),
    ),
    FileKind.HISTORY: (
        Field("deal", is_required=True, max_length=TITLE_LENGTH),
        Field("stage"),
        Field("moment", CellKind.TIME, is_required=True),
        Field("pipeline"),
        Field("field"),
        Field("old"),
        Field("new"),
    ),
}


ALTERNATIVES: dict[str, tuple[str, ...]] = {"owner": ("owner_id",), "name": ("first_name", "last_name")}
"""Fields that can replace a required one."""


def find_kind_field(kind: "FileKind", header: str) -> str | None:
    """Return the field that a header is known for in files of a kind."""
    folded = fold_header(header)
    return next((name for name, known in KNOWN_HEADERS[kind].items() if folded in known), None)


def fold_header(header: str) -> str:
    """Return a header for comparison: letters and digits only, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", header.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


_CREATED = (
    "created|created date|create date|created at|created on|created time|creation date|date created"
    "|date added|skapad|skapad den|skapad datum|skapandedatum|datum skapad|tillagd"
)
_OWNER_IDS = (
    "owner id|deal owner id|opportunity owner id|hubspot owner id|assigned by id|user id|assigned to id"
)
_DEALS = {
    "external_id": (
        "external id|deal id|opportunity id|record id|deal pipedrive system id|id|affär id|externt id"
    ),
    "title": (
        "title|deal title|deal name|opportunity name|name|deal|opportunity"
        "|titel|affär titel|affärstitel|affärsnamn|namn"
    ),
    "owner": (
        "owner|deal owner|opportunity owner|owner email|owner name|sales rep|salesperson"
        "|assigned to|user|ägare|affär ägare|affärsägare|ansvarig|säljare|propietario|besitzer|proprietaire"
        "|proprietario|responsavel|ответственный"
    ),
    "owner_id": _OWNER_IDS,
    "organization": (
        "organization|organisation|deal organization|deal organisation|organization name"
        "|account name|account|associated company|associated company primary"
        "|primary associated company|company name|company|customer|affär organisation|företag"
        "|företagsnamn|bolag|kund"
    ),
    "pipeline": "pipeline|deal pipeline|pipeline name|affär pipeline|affär trakt|trakt",
    "stage": (
        "stage|deal stage|stage name|pipeline stage|affär fas|affär steg|affär stadie|fas|steg|stadie"
        "|etapa|phase|etape|fase|стадия"
    ),
    "status": "status|deal status|affär status|estado|statut",
    "is_closed": "is closed",
    "is_won": "is won|is closed won",
    "is_lost": "is lost|is closed lost",
    "deleted": "deleted|is deleted|deleted flag|deal deleted|raderad|är raderad|affär raderad|borttagen",
    "value": (
        "value|deal value|amount|deal amount|expected revenue|importe|betrag|montant|valor|сумма"
        "|värde|affär värde|affärsvärde|belopp|summa|ordervärde"
    ),
    "won_value": "actual revenue|won value|closed value",
    "currency": (
        "currency|deal currency|deal currency of value|currency of value|amount currency"
        "|opportunity currency|currency code|currency iso code|valuta|affär valuta"
        "|affär värdets valuta|valutakod"
    ),
    "probability": "probability|deal probability|win probability|sannolikhet|affär sannolikhet",
    "add_time": (
        "add time|deal add time|deal deal created|deal created|deal created date"
        "|affär affär skapad|affär skapad|" + _CREATED
    ),
    "close_time": (
        "close time|deal close time|deal deal closed on|deal closed on|closed on|close date"
        "|closed date|closing date|closed at|fecha de cierre|abschlussdatum|date de cloture"
        "|data de fechamento|affär affär stängd|affär stängd|stängd|stängningsdatum"
        "|avslutsdatum"
    ),
    "won_time": (
        "won time|deal won time|won date|won at|date won|affär vunnen tid|affär vunnen|vunnen tid"
        "|vunnen|vunnen den|vinstdatum"
    ),
    "lost_time": (
        "lost time|deal lost time|lost date|lost at|date lost|affär förlorad tid|affär förlorad"
        "|förlorad tid|förlorad|förlorad den|förlustdatum"
    ),
    "expected_close_date": (
        "expected close date|deal expected close date|expected close|expected closing date|expected closing"
        "|förväntat stängningsdatum|affär förväntat stängningsdatum|förväntat avslutsdatum"
        "|förväntat avslut|beräknat avslutsdatum"
    ),
    "stage_change_time": (
        "stage change time|deal stage change time|last stage change|deal last stage change"
        "|last stage change date|date entered current stage|senaste fasändring"
        "|affär senaste fasändring|senaste ändring av fas"
    ),
}
_ACTIVITIES = {
    "external_id": (
        "external id|activity id|activity pipedrive system id|record id|id|aktivitet id|externt id"
    ),
    "subject": (
        "subject|activity subject|title|activity title|activity|ämne|aktivitet ämne|rubrik|titel|aktivitet"
    ),
    "type": "type|activity type|task type|typ|aktivitet typ|aktivitetstyp",
    "owner": (
        "owner|assigned to user|activity assigned to user|activity assigned to|assigned to"
        "|assignee|activity owner|user|activity user|ägare|aktivitet ägare|tilldelad användare"
        "|aktivitet tilldelad användare|tilldelad|ansvarig|säljare"
    ),
    "owner_id": _OWNER_IDS,
    "deal": (
        "deal id|opportunity id|activity deal id|deal|activity deal|deal title|opportunity"
        "|affär id|affär|aktivitet affär|affär titel"
    ),
    "add_time": ("add time|activity add time|activity created|aktivitet skapad|" + _CREATED),
    "due_date": (
        "due date|activity due date|due|deadline|förfallodatum|aktivitet förfallodatum|planerat datum"
    ),
    "done": (
        "done|activity done|is done|completed|status|activity status|klar|aktivitet klar|utförd|slutförd"
    ),
    "deleted": (
        "deleted|is deleted|deleted flag|activity deleted|raderad|är raderad|aktivitet raderad|borttagen"
    ),
    "marked_as_done_time": (
        "marked as done time|activity marked as done time|done time|completed at|completed date"
        "|completion date|completed date time|markerad som klar|aktivitet markerad som klar"
        "|tidpunkt markerad som klar|klar tid"
    ),
}
_USERS = {
    "external_id": "external id|user id|id|owner id|externt id|användar id|record id",
    "first_name": "first name|given name|förnamn|vorname|nombre|prenom|имя",
    "last_name": "last name|surname|family name|efternamn|nachname|apellido|apellidos|nom|sobrenome|фамилия",
    "name": (
        "name|full name|user name|display name|user|sales rep|salesperson|namn|fullständigt namn"
        "|användare|säljare"
    ),
    "email": (
        "email|e mail|email address|e mail address|user email|mail|e post|epost|e postadress|epostadress"
    ),
    "team": "team|teams|team name|sales team|lag|säljlag|säljteam",
    "manager": "manager|manager id|team manager|team lead|reports to|chef|lagledare|teamledare|närmaste chef",
    "active": "active|is active|active flag|status|user status|aktiv",
}

_HISTORY = {
    "deal": (
        "deal id|opportunity id|record id|hs object id|deal|deal title|opportunity|opportunity name"
        "|affär id|affär"
    ),
    "stage": "stage|stage name|to stage|new stage|deal stage|fas|steg|till fas",
    "moment": (
        "moment|date|time|changed at|change date|stage change date|entered at|date entered|log time|edit date"
        "|last modified|created date|timestamp|ändrad|tidpunkt|datum"
    ),
    "pipeline": "pipeline|pipeline name|trakt",
    "field": "field|field key|field name|field / event|property|fält",
    "old": "old|old value|from|from stage|old stage|previous stage|previous value|gammalt värde|från fas",
    "new": "new|new value|to|nytt värde",
}

KNOWN_HEADERS: dict[FileKind, dict[str, tuple[str, ...]]] = {
    kind: {field: tuple(dict.fromkeys(map(fold_header, names.split("|")))) for field, names in table.items()}
    for kind, table in (
        (FileKind.USERS, _USERS),
        (FileKind.DEALS, _DEALS),
        (FileKind.ACTIVITIES, _ACTIVITIES),
        (FileKind.HISTORY, _HISTORY),
    )
}
_ALL_KNOWN = frozenset(name for table in KNOWN_HEADERS.values() for names in table.values() for name in names)


def is_known_header(text: str) -> bool:
    """Whether a cell is the name of a column that some file of deals, activities or people has."""
    return fold_header(text) in _ALL_KNOWN

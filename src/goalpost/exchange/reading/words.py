"""Words with a fixed meaning: statuses, yes and no, in English and Swedish."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from goalpost.domain.counting import DealStatus
from goalpost.exchange.reading.refused import CellRefused
from goalpost.exchange.sheets.cell import Cell, text_of

Meaning = TypeVar("Meaning")

STATUS_WORDS = {
    **dict.fromkeys(("open", "öppen", "öppet", "öppna"), DealStatus.OPEN),
    **dict.fromkeys(("won", "closed won", "vunnen", "vunnet", "vunna", "stängd vunnen"), DealStatus.WON),
    **dict.fromkeys(
        ("lost", "closed lost", "förlorad", "förlorat", "förlorade", "stängd förlorad"), DealStatus.LOST
    ),
}
_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "ja", "j", "sant", "sann"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "nej", "falskt", "falsk"), False),
}
DONE_WORDS = {
    **_YES_NO,
    **dict.fromkeys(("done", "completed", "complete", "klar", "klart", "utförd", "slutförd"), True),
    **dict.fromkeys(("to do", "todo", "not done", "open", "planned", "not started", "in progress"), False),
    **dict.fromkeys(
        ("att göra", "ej klar", "inte klar", "planerad", "öppen", "ej påbörjad", "pågående"), False
    ),
}
ACTIVE_WORDS = {
    **_YES_NO,
    **dict.fromkeys(("active", "activated", "enabled", "aktiv", "aktiverad"), True),
    **dict.fromkeys(("inactive", "deactivated", "disabled", "inaktiv", "inaktiverad", "avaktiverad"), False),
}


def word_reader(
    words: Mapping[str, Meaning], field: str, meanings: str, example: str
) -> Callable[[Cell], Meaning]:
    """Return what reads a cell as one of `words`, in any case. `meanings` and `example` are for errors."""

    def read(cell: Cell) -> Meaning:
        text = text_of(cell)
        meaning = words.get(text)
        if meaning is None:
            meaning = words.get(" ".join(text.casefold().split()))
        if meaning is None:
            raise CellRefused(
                f'“{text}” is not {meanings}. Say what it means with --value "{field}:{text}={example}".'
            )
        return meaning

    return read

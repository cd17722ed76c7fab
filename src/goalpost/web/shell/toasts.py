"""Toasts: one sentence on the next page about what was just done, perhaps with a button that undoes it.

A view calls `toast(request, text, …)`. The toast travels as one of Django's messages: its text is the
message, the rest is JSON in `extra_tags`, which no template reads. The protocol has three parts:

- *Toast.* `web/toast.html` draws it in `#toasts`, `toasts.js` takes it away after eight seconds.
- *Undo.* `Undo(address, version)` adds a button that posts to the address. With `regions`, a list of
  selectors, the page stays and takes those from the answer; without, the browser follows the redirect.
- *Focus.* With `moves_focus`, what had the focus is not on the next page: the page's heading takes it
  (`{% if messages|moves_focus %}autofocus{% endif %}`).
"""

import json
from dataclasses import asdict, dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Undo:
    """The address to post to for undo, and the version to undo if the address needs one."""

    address: str
    version: int | None = None
    regions: str = ""


@dataclass(frozen=True, slots=True)
class Toast:
    """What a toast shows; `is_refused` when something was not done."""

    text: str
    is_refused: bool = False
    undo: Undo | None = None
    moves_focus: bool = False


def toast(
    request: HttpRequest,
    text: str,
    *,
    is_refused: bool = False,
    undo: Undo | None = None,
    moves_focus: bool = False,
) -> None:
    """Show the toast on the next page that this browser asks for."""
    level = messages.WARNING if is_refused else messages.SUCCESS
    rest = {"undo": asdict(undo) if undo else None, "moves_focus": moves_focus}
    messages.add_message(request, level, text, extra_tags=json.dumps(rest))


def toast_of(message: Message) -> Toast:
    """Return the toast that a message carries."""
    rest = json.loads(message.extra_tags or "{}")
    undo = rest.get("undo")
    return Toast(
        text=str(message.message),
        is_refused=message.level == messages.WARNING,
        undo=Undo(**undo) if undo else None,
        moves_focus=rest.get("moves_focus", False),
    )

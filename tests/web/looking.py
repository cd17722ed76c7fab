"""Ways to look at a page as a reader does: its text, its links, the figures in its tables."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Protocol


class Answer(Protocol):
    """A response, whichever of Django's classes it is of."""

    @property
    def content(self) -> bytes: ...


_SILENT = {"script", "style", "template", "noscript", "svg"}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def html(answer: Answer) -> str:
    """Return the markup without the layout of its templates: no white space at the edges of an element."""
    joined = re.sub(r"\s+", " ", answer.content.decode())
    return re.sub(r"\s*(<[^<>]*?)\s*(/?>)\s*", r"\1\2", joined)


def text(answer: Answer, part: str | None = None) -> str:
    """Return the words of the page, or of the element with the id `part`, with single spaces."""
    return _words(html(answer) if part is None else element(answer, part))


def element(answer: Answer, name: str) -> str:
    """Return the markup from the element with this id to the end of its section, table or form."""
    page = html(answer)
    start = page.index(f'id="{name}"')
    start = page.rindex("<", 0, start)
    tag = re.match(r"<(\w+)", page[start:])
    assert tag is not None
    depth = 0
    for match in re.finditer(rf"<(/?){tag[1]}\b", page[start:]):
        depth += -1 if match[1] else 1
        if depth == 0:
            return page[start : start + match.end()]
    raise AssertionError(f"{name} never ends")


def rows(answer: Answer, part: str) -> list[list[str]]:
    """Return the cells of the body of the table in a part."""
    body = re.search(r"<tbody>(.*?)</tbody>", element(answer, part), re.DOTALL)
    assert body is not None
    return [
        [_words(cell) for cell in re.findall(r"<td\b[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr\b.*?</tr>", body[1], re.DOTALL)
    ]


def value_of(answer: Answer, name: str) -> str:
    """Return what stands in the input of this name."""
    found = re.search(rf'<input[^>]*\bname="{name}"[^>]*\bvalue="([^"]*)"', html(answer))
    assert found is not None, f"no input {name}"
    return unescape(found[1])


def _words(markup: str) -> str:
    reader = _Words()
    reader.feed(markup)
    return " ".join(" ".join(reader.words).split())

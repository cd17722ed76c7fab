"""English is the source; Swedish is complete."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from django.utils.translation import trim_whitespace

import goalpost

PACKAGE = Path(goalpost.__file__).parent
KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy")) | dict.fromkeys(
    ("ngettext", "ngettext_lazy"), (1, 2)
)
TRANSLATE = re.compile(r"\{%\s*translate\s+(?:\"([^\"]+)\"|'([^']+)')")
BLOCK = re.compile(r"\{%\s*blocktranslate\b( trimmed)?.*?%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def messages_in_python() -> Iterator[tuple[Path, str]]:
    for path in PACKAGE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for _line, message, _comments, _context in extract_from_file(
            "python", str(path), keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            for one in (message,) if isinstance(message, str) else message:
                if one:
                    yield path, one


def messages_in_templates() -> Iterator[tuple[Path, str]]:
    for path in (*PACKAGE.glob("**/templates/**/*.*ml"), *PACKAGE.glob("**/templates/**/messages/*.txt")):
        text = path.read_text(encoding="utf-8")
        for double, single in TRANSLATE.findall(text):
            yield path, double or single
        for trimmed, body in BLOCK.findall(text):
            for form in PLURAL.split(body):
                yield path, VARIABLE.sub(r"%(\1)s", trim_whitespace(form) if trimmed else form)


def used() -> dict[str, Path]:
    found = {message: path for path, message in messages_in_python()}
    return found | {message: path for path, message in messages_in_templates()}


@pytest.fixture(scope="module")
def swedish() -> Catalog:
    with (PACKAGE / "web" / "locale" / "sv" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale="sv", abort_invalid=True)


def known(catalog: Catalog) -> dict[str, str]:
    """Return every form of every message with its translation."""
    forms: dict[str, str] = {}
    for message in catalog:
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        strings = message.string if isinstance(message.string, tuple | list) else [message.string]
        forms |= {one: str(strings[min(at, len(strings) - 1)]) for at, one in enumerate(ids) if one}
    return forms


def test_everything_shown_has_a_swedish_translation(swedish: Catalog) -> None:
    messages = known(swedish)
    missing = {text: path.name for text, path in used().items() if not messages.get(text)}
    assert missing == {}


def test_the_catalogue_holds_nothing_that_is_no_longer_shown(swedish: Catalog) -> None:
    assert set(known(swedish)) - set(used()) - LIBRARY_MESSAGES == set()


def test_no_translation_is_marked_as_a_guess(swedish: Catalog) -> None:
    assert [message.id for message in swedish if message.fuzzy and message.id] == []


def test_translations_keep_their_placeholders(swedish: Catalog) -> None:
    for source, translation in known(swedish).items():
        assert set(PLACEHOLDER.findall(translation)) <= set(PLACEHOLDER.findall(source)), source


# Said by a library in words that are not ours, or not in Swedish.
LIBRARY_MESSAGES: set[str] = set()


def test_there_is_one_apostrophe(swedish: Catalog) -> None:
    texts = known(swedish)
    straight = re.compile(r"\w'\w|s' ")
    assert [one for pair in texts.items() for one in pair if straight.search(one)] == []


def test_each_message_is_translated_once() -> None:
    text = (PACKAGE / "web" / "locale" / "sv" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    messages = re.findall(
        r"^((?:msgctxt .+\n)?msgid .+?)\n(?:msgid_plural|msgstr)", text, re.MULTILINE | re.DOTALL
    )
    assert [each for each in messages if messages.count(each) > 1] == []

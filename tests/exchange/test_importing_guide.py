"""Every example of docs/importing.md does what it says, on the exports that the tests have."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from goalpost.crm.models import Deal
from tests.exchange.importing import Importer

_GUIDE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
_EXPORTS = Path(__file__).parent / "exports"


def _examples() -> dict[str, list[list[str]]]:
    """Return the commands of each section, as a shell parts them; a word in capitals is no file."""
    found: dict[str, list[list[str]]] = {}
    for section in _GUIDE.split("\n## ")[1:]:
        blocks = "\n".join(re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
        lines = [shlex.split(line) for line in blocks.replace("\\\n", " ").splitlines() if line]
        if lines:
            found[section.partition("\n")[0]] = [words[1:] for words in lines]
    return found


@pytest.mark.parametrize("section", _examples())
def test_the_examples_of_a_section_import_all_their_rows(
    importer: Importer, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in _EXPORTS.iterdir():
        shutil.copyfile(path, importer.folder / path.name)
    monkeypatch.chdir(importer.folder)
    for words in _examples()[section]:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, f"{words}: {done.output}"
        if words[0] != "import":
            continue
        assert "0 rejected" in done.output
        again = CliRunner().invoke(app, words)
        assert ": 0 created, 0 updated, " in again.output, f"{words}: {again.output}"
    assert Deal.objects.exists()


def test_every_export_is_in_the_guide() -> None:
    commands = [words for section in _examples().values() for words in section]
    named = {word for words in commands for word in words if word.endswith(".csv")}
    missing = {path.name for path in _EXPORTS.iterdir()} - named
    assert missing == {"hubspot_api_deals.csv"}

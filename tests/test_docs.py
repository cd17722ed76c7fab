"""The documentation names every setting, command and option, and none that is not there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from goalpost.cli import app
from goalpost.exchange.reading.fields import FIELDS, FileKind

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "goalpost"
READERS = {"read", "read_whole_number"}


Command = TyperCommand | TyperGroup


def commands_in(group: TyperGroup, path: str = "") -> dict[str, Command]:
    """Return every command by its whole name: `import deals`."""
    found: dict[str, Command] = {}
    for name, command in group.commands.items():
        assert isinstance(command, TyperCommand | TyperGroup)
        found[f"{path}{name}"] = command
        if isinstance(command, TyperGroup):
            found |= commands_in(command, f"{path}{name} ")
    return found


def all_commands() -> dict[str, Command]:
    whole = typer.main.get_command(app)
    assert isinstance(whole, TyperGroup)
    return commands_in(whole)


def options_of(command: Command) -> set[str]:
    return {
        option
        for parameter in command.params
        if isinstance(parameter, TyperOption)
        for option in [*parameter.opts, *parameter.secondary_opts]
        if option.startswith("--")
    }


COMMANDS = all_commands()


def settings_read() -> set[str]:
    """Return every GOALPOST_ variable that the settings read, or that another module names."""
    tree = ast.parse((SOURCE / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    read = {
        f"GOALPOST_{call.args[0].value!s}"
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in READERS
        and isinstance(call.args[0], ast.Constant)
    }
    for file in SOURCE.rglob("*.py"):
        read |= set(re.findall(r"GOALPOST_[A-Z][A-Z_]*[A-Z]", file.read_text(encoding="utf-8")))
    return {name.removesuffix("_FILE") for name in read}


def settings_described() -> set[str]:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(GOALPOST_[A-Z_]+)`", text, re.MULTILINE))


def section(name: str) -> str:
    """Return what docs/commands.md says under a command's heading, up to the next heading."""
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    found = re.search(rf"^##+ `goalpost {name}`$(.*?)(?=^##+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no heading for goalpost {name}"
    return found[1]


def examples(text: str) -> list[str]:
    """Return the lines of code blocks that call goalpost, continued ones joined."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if re.search(r"(^|[ (])goalpost ", line)]


def called(line: str) -> str:
    """Return the longest command that the line names."""
    words = re.split(r"(?:^|[ (])goalpost ", line, maxsplit=1)[1].split()
    for length in (2, 1):
        if " ".join(words[:length]) in COMMANDS:
            return " ".join(words[:length])
    pytest.fail(f"There is no command goalpost {words[0]}: {line}")


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def test_every_setting_is_described_and_every_one_described_is_read() -> None:
    assert settings_read() == settings_described()
    assert len(settings_described()) >= 8


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_with_its_options_and_an_example(name: str) -> None:
    command, text = COMMANDS[name], section(name)
    shared = section("import") if name.startswith("import ") else ""
    described = set(re.findall(r"`(--[a-z-]+)`", text))
    assert options_of(command) <= described | set(re.findall(r"`(--[a-z-]+)`", shared))
    if not isinstance(command, TyperGroup):
        assert described <= options_of(command)
        assert [line for line in examples(text) if called(line) == name], "no example"
        assert command.help


def test_every_option_shared_by_imports_belongs_to_each_of_them() -> None:
    shared = set(re.findall(r"^\| `(--[a-z-]+)`", section("import"), re.MULTILINE))
    assert shared
    for kind in FIELDS:
        assert shared <= options_of(COMMANDS[f"import {kind}"])


@pytest.mark.parametrize("kind", FIELDS)
def test_the_fields_of_an_import_are_listed_as_they_are(kind: FileKind) -> None:
    fields = FIELDS[kind]
    [listed] = re.findall(r"^Fields: (.*?)\.(?:\s|$)", section(f"import {kind}"), re.MULTILINE | re.DOTALL)
    without_remarks = re.sub(
        r"\(.*?\)", lambda remark: " required" if "required" in remark[0] else "", listed, flags=re.DOTALL
    )
    found = re.findall(r"`([a-z_]+)`( +required)?", without_remarks)
    assert [(name, bool(mark)) for name, mark in found] == [
        (field.name, field.is_required) for field in fields
    ]


def sections_of_commands() -> Iterator[str]:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    yield from re.findall(r"^##+ `goalpost ([a-z -]+)`$", text, re.MULTILINE)


def test_no_section_describes_a_command_that_is_gone() -> None:
    assert sorted(sections_of_commands()) == sorted(COMMANDS)


@pytest.mark.parametrize("document", pages(), ids=lambda document: document.name)
def test_a_page_shows_only_commands_and_options_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for line in examples(text):
        used = set(re.findall(r"(?<=\s)(--[a-z-]+)", re.split(r"goalpost ", line, maxsplit=1)[1]))
        assert used <= {*options_of(COMMANDS[called(line)]), "--help"}, line
    for words in re.findall(r"`goalpost ([a-z]+(?: [a-z]+)?)", text):
        assert called(f"goalpost {words}")


def test_the_readme_shows_how_to_begin() -> None:
    shown = {called(line) for line in examples((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert shown >= {"init", "import users", "import deals", "import activities", "serve", "token"}


def test_decisions_are_numbered_from_one_and_named_by_what_was_decided() -> None:
    files = sorted((DOCS / "decisions").iterdir())
    assert files
    for number, file in enumerate(files, 1):
        assert re.fullmatch(rf"{number:04d}-[a-z0-9]+(?:-[a-z0-9]+)+\.md", file.name), file.name
        title = file.read_text(encoding="utf-8").partition("\n")[0]
        assert re.match(rf"# {number}\. \S", title), f"{file.name} begins with {title!r}"

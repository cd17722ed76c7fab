"""What the project says about itself is true."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"), key=lambda path: path.name)


def name_of(requirement: str) -> str:
    """Return the package that a requirement such as `psycopg[binary]~=3.3` names."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def locked(lock: Path) -> dict[str, str]:
    """Return the version of every package in a lock file."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = (re.match(r"([a-z0-9.-]+)==([^ ]+)", line) for line in lines)
    return {pin[1]: pin[2] for pin in pins if pin}


def asked_for(lock: Path) -> set[str]:
    """Return the packages of a lock file that pyproject.toml itself asks for."""
    blocks = re.split(r"\n(?=[a-z])", lock.read_text(encoding="utf-8"))
    return {name_of(block) for block in blocks if "(pyproject.toml" in block and "==" in block}


def wanted(*groups: str) -> set[str]:
    names = {name_of(requirement) for requirement in PROJECT["project"]["dependencies"]}
    for group in groups:
        names |= {name_of(requirement) for requirement in PROJECT["dependency-groups"][group]}
    return names


def test_every_make_target_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:\| `)?make ([a-z-]+)|`make ([a-z-]+)", README, re.MULTILINE))
    targets = {first or second for first, second in named}
    assert targets >= {"demo", "test", "test-long", "install", "check", "fmt", "bench"}
    for target in targets:
        assert re.search(rf"^{target}:.* ## ", makefile, re.MULTILINE), f"make {target}"


def test_the_readme_is_short_and_begins_with_its_two_commands() -> None:
    assert len(README.splitlines()) < 120
    assert re.findall(r"^make ([a-z]+)", README, re.MULTILINE)[:2] == ["demo", "test"]


def test_every_file_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^):#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    assert asked_for(ROOT / "requirements/base.txt") == wanted("build")
    assert asked_for(ROOT / "requirements/dev.txt") == wanted("dev")


def test_tests_run_on_the_versions_that_goalpost_is_installed_with() -> None:
    base, dev = locked(ROOT / "requirements/base.txt"), locked(ROOT / "requirements/dev.txt")
    assert {name: dev[name] for name in base.keys() & dev.keys()} == {
        name: base[name] for name in base.keys() & dev.keys()
    }
    assert base.keys() - dev.keys() <= wanted("build")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_with_hashes_and_names_no_index_and_no_machine(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert locked(lock)
    for name in locked(lock):
        assert re.search(rf"^{re.escape(name)}==.* \\\n +--hash=sha256:", text, re.MULTILINE), name
    assert re.findall(r"^ *-[^-].*$|^ *--(?!hash=sha256:).*$|://|^[^#]* @ .*$", text, re.MULTILINE) == []


def imported_by(file: Path) -> Iterator[str]:
    """Yield every module that a file imports when it runs, in functions too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: name the module in full"
            yield node.module or ""


def not_installed_by(lock: Path, modules: set[str]) -> set[str]:
    """Return those of the modules that are neither Python's nor of a package of the lock file."""
    packages, found = locked(lock), packages_distributions()
    return {
        module
        for module in modules - sys.stdlib_module_names
        if not any(name_of(package) in packages for package in found.get(module, ()))
    }


def test_goalpost_imports_nothing_that_it_is_not_installed_with() -> None:
    files = sorted((ROOT / "src/goalpost").rglob("*.py"))
    modules = {name.partition(".")[0] for file in files for name in imported_by(file)} - {"goalpost"}
    assert {"django", "vl_convert", "holidays"} <= modules
    assert not_installed_by(ROOT / "requirements/base.txt", modules) == set()


def test_a_package_for_development_only_is_told_apart() -> None:
    assert not_installed_by(ROOT / "requirements/base.txt", {"json", "babel", "pytest", "nowhere"}) == {
        "pytest",
        "nowhere",
    }


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    files = sorted((ROOT / "src/goalpost/domain").rglob("*.py"))
    assert files
    for file in files:
        for name in imported_by(file):
            is_own = name == "goalpost.domain" or name.startswith("goalpost.domain.")
            assert is_own or name.partition(".")[0] in sys.stdlib_module_names, f"{file.name}: {name}"

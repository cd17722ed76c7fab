"""The rules are pure: standard library only, no clock, no float."""

import ast
import sys
from pathlib import Path

import pytest

import goalpost.domain

MODULES = sorted(Path(next(iter(goalpost.domain.__path__))).glob("*.py"))


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 5


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_the_standard_library_and_its_neighbours_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert name.startswith("goalpost.domain.") or name.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_asks_no_clock_and_makes_no_float(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"today", "now", "utcnow", "fromtimestamp", "time", "timestamp"}
        elif isinstance(node, ast.Name):
            assert node.id not in {"float", "round"}
        elif isinstance(node, ast.Constant):
            assert not isinstance(node.value, float)
        elif isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.Div)

"""Measure the code: files, lines, modules with one importer. `python -m tools.outline` prints them."""

import ast
from collections import defaultdict
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"


def modules() -> dict[str, Path]:
    """Return every module of the product by its dotted name, migrations aside."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            parts = path.relative_to(SOURCE).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def importers(paths: dict[str, Path]) -> dict[str, set[str]]:
    """Return which modules import each module, inside functions too."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    target = inner if inner in paths else node.module
                    if target in paths:
                        found[target].add(name)
    return found


def main() -> None:
    paths = modules()
    asked = importers(paths)
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths.values())
    once = [name for name in paths if len(asked[name]) == 1]
    print(f"{len(paths)} files, {lines:,} lines, {len(once)} modules with one importer")


if __name__ == "__main__":
    main()

"""Everything measured on one engine, in a process of its own: `python -m benchmarks.engine RESULT FILE…`.

The engine is the one that the settings in the environment name.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import django


def main(result: Path, files: dict[int, Path]) -> None:
    """Fill a database with a company for each file (by how many deals), and write the figures to `result`."""
    django.setup()
    # All of the product is imported below: it needs Django set up.
    from benchmarks.company import Imported, found_and_fill  # noqa: PLC0415
    from benchmarks.edits import one_edit  # noqa: PLC0415
    from benchmarks.figures import Figure, save  # noqa: PLC0415
    from benchmarks.imports import import_figures  # noqa: PLC0415
    from benchmarks.pages import pages_and_api  # noqa: PLC0415
    from benchmarks.questions import growth_of_company_year, people_by_month, team_year  # noqa: PLC0415
    from goalpost.server import migrate  # noqa: PLC0415
    from goalpost.web.shell.assets import ensure_built  # noqa: PLC0415

    def measured(companies: list[Imported]) -> Iterator[list[Figure]]:
        largest = companies[-1]
        yield growth_of_company_year(companies)
        yield team_year(largest)
        yield people_by_month(largest)
        yield import_figures(largest, files[largest.deals])
        yield one_edit(largest)
        yield pages_and_api(largest)

    migrate()
    ensure_built()
    companies = [found_and_fill(deals, file) for deals, file in sorted(files.items())]
    figures = [figure for part in measured(companies) for figure in part]
    save(figures, result)


if __name__ == "__main__":
    main(Path(sys.argv[1]), {int(Path(name).stem): Path(name) for name in sys.argv[2:]})

"""Figure c: the real import command, ledger included, in a process of its own."""

from benchmarks.company import Imported
from benchmarks.figures import Figure, Unit

_DEALS_A_SECOND_AT_LEAST = 5_000
_MEGABYTES_AT_MOST = 500


def import_figures(company: Imported) -> list[Figure]:
    """Return the rate, the start of the program included, and the peak of the process's memory."""
    return [
        Figure(
            "c",
            f"goalpost import of {company.deals:,} deals",
            company.deals / company.seconds,
            Unit.PER_SECOND,
            at_least=_DEALS_A_SECOND_AT_LEAST,
        ),
        Figure(
            "c",
            "… for a second of its own processor time",
            company.deals / company.processor_seconds,
            Unit.PER_SECOND,
        ),
        Figure("c", "… peak memory", company.peak_megabytes, Unit.MEGABYTES, at_most=_MEGABYTES_AT_MOST),
    ]

"""Figure c: the real import command, ledger included, in a process of its own, against the plainest load."""

from pathlib import Path
from statistics import median

from django.db import connection

from benchmarks.company import Imported, found_and_fill
from benchmarks.figures import Figure, Unit
from benchmarks.plain_load import seconds_to_load
from benchmarks.synthetic import write_deals

_LOADS_AT_MOST = {"sqlite": 15, "postgresql": 6}
"""What 5,000 deals a second were on two quiet cores, in plain loads of the same rows."""
_MEGABYTES_AT_MOST = 500
_START = 1_000
"""Deals that bring all people in. What an import of so many takes is the start, and taken off the others."""
_ROUNDS_AT_MOST = 5
_DEALS_IN_ALL = 300_000


def import_figures(first: Imported, file: Path) -> list[Figure]:
    """Import the file again by turns with the yardstick, the more often the shorter it is.

    Returns the rate without the start of the program, and the peak of the first process's memory.
    """
    start = file.with_name("start.csv")
    write_deals(start, _START)
    imports, starts, loads = [first], [], []
    for turn in range(max(1, min(_ROUNDS_AT_MOST, _DEALS_IN_ALL // first.deals))):
        if turn:
            imports.append(found_and_fill(first.deals, file))
        loads.append(seconds_to_load(first.company))
        starts.append(found_and_fill(_START, start))
    deals = first.deals - _START
    clock = median(each.seconds for each in imports) - median(each.seconds for each in starts)
    processor = median(each.processor_seconds for each in imports) - median(
        each.processor_seconds for each in starts
    )
    return [
        Figure(
            "c",
            f"goalpost import of {first.deals:,} deals",
            deals / clock,
            Unit.PER_SECOND,
            at_most=_LOADS_AT_MOST[connection.vendor],
            ratio=(processor / deals) / (median(loads) / first.deals),
        ),
        Figure("c", "… for a second of processor time", deals / processor, Unit.PER_SECOND),
        Figure("c", "… peak memory", first.peak_megabytes, Unit.MEGABYTES, at_most=_MEGABYTES_AT_MOST),
    ]

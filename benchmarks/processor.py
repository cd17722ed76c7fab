"""Processor time, which a busy machine and a slow disk hardly change. Bars in yardsticks go by it.

Of PostgreSQL's processes only Linux tells it; elsewhere the clock stands in for it.
"""

import os
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter, process_time

from django.db import connection

_PROCESSES = Path("/proc")
# Where they stand in /proc/PID/stat behind the name, as proc(5) tells.
_PARENT, _OWN, _OF_ENDED_CHILDREN = 1, slice(11, 13), slice(13, 15)


def session_seconds() -> float:
    """Return what this process and its database session have used so far."""
    if connection.vendor != "postgresql":
        return process_time()
    try:
        nanoseconds = (_PROCESSES / _backend() / "schedstat").read_text(encoding="utf-8").split()[0]
    except FileNotFoundError:
        return perf_counter()
    return process_time() + int(nanoseconds) / 1e9


def all_seconds() -> float:
    """Return what this process, its children that ended and the whole database server have used so far."""
    ended = getrusage(RUSAGE_CHILDREN)
    own = process_time() + ended.ru_utime + ended.ru_stime
    if connection.vendor != "postgresql":
        return own
    try:
        server = _stat(_backend())[_PARENT]
    except FileNotFoundError:
        return perf_counter()
    ticks = sum(map(int, _stat(server)[_OF_ENDED_CHILDREN]))
    for process in _PROCESSES.glob("[0-9]*"):
        try:
            stat = _stat(process.name)
        except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
            continue
        if server in {process.name, stat[_PARENT]}:
            ticks += sum(map(int, stat[_OWN]))
    return own + ticks / os.sysconf("SC_CLK_TCK")


def _backend() -> str:
    connection.ensure_connection()
    return str(connection.connection.info.backend_pid)


def _stat(process: str) -> list[str]:
    return (_PROCESSES / process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()

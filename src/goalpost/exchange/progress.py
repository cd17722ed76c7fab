"""A progress bar with rate and time left, where there is a person to see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s")


class _Show(Protocol):
    def __call__(self, done: int, of: int, doing: str) -> None: ...


@contextmanager
def progress(stream: TextIO) -> Iterator[_Show]:
    """Give what shows the progress on `stream`, or on none that is no terminal."""
    console = Console(file=stream)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("Reading", total=None)

        def show(done: int, of: int, doing: str) -> None:
            bars.update(bar, completed=done, total=max(of, done), description=doing)

        yield show

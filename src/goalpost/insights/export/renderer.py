"""Draws one picture or page and ends: a program of its own, with limits on what it may use.

The libraries that draw hold a browser's engine and a typesetter. Whatever goes wrong in them, the process
that asked goes on: it sees an exit code. Nothing of them stays in memory, and nothing secret is passed on.

A job comes as JSON on standard input: {"format": "svg", "spec": {…}}, the same as "png" with a "scale", or
as "pdf" with a "page" and its "data". What was drawn goes to standard output.
"""

import contextlib
import ctypes
import json
import resource
import signal
import sys
from typing import TypedDict

MOST_MEMORY = 1536 << 20
MOST_SECONDS = 30
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux


class Job(TypedDict, total=False):
    """What is to be drawn. `spec` is a whole Vega-Lite spec; `page` a typst file, `data` what it shows."""

    format: str
    spec: dict[str, object]
    scale: float
    page: str
    data: dict[str, object]


def main() -> int:
    """Read a job, draw it, write it. Before any library is loaded, the limits hold."""
    _end_with_parent()
    # Address space tells nothing here: the engine reserves tens of gigabytes that it never touches.
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job: Job = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(drawn(job))
    return 0


def drawn(job: Job) -> bytes:
    """Return the file that the job asks for."""
    # No library may fetch anything: all that is drawn stands in the job.
    import vl_convert  # noqa: PLC0415  loaded under the limits

    svg = vl_convert.vegalite_to_svg(job["spec"], allowed_base_urls=[])
    if "<image" in svg:  # `svg_to_png` would fetch it, whatever was allowed before
        raise ValueError("The chart refers to a picture outside of it")
    match job["format"]:
        case "svg":
            return svg.encode()
        case "png":
            return vl_convert.svg_to_png(svg, scale=job["scale"])
        case "pdf":
            return _typeset(job["page"], job["data"] | {"chart": svg})
    raise ValueError(job["format"])


def _typeset(page: str, data: dict[str, object]) -> bytes:
    """Return the page with the data in it: people's words go in as data, never as source."""
    import typst  # noqa: PLC0415  loaded under the limits

    return typst.compile(page.encode(), sys_inputs={"data": json.dumps(data)})


def _end_with_parent() -> None:
    """Have Linux end this process with the one that asked; elsewhere the limits end it soon after."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())

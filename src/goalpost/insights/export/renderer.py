"""Renders one picture or page in a process of its own, with resource limits.

The libraries contain a JavaScript engine and a typesetter. If they crash, the calling process only sees an
exit code; they use no memory afterwards and get no secrets.

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
    # No limit on address space: the engine reserves tens of gigabytes that it never uses.
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job: Job = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(drawn(job))
    return 0


def drawn(job: Job) -> bytes:
    """Return the file that the job asks for."""
    # No library may fetch anything: the job contains everything.
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
    """Return the page rendered with its data, which is never part of the source."""
    import typst  # noqa: PLC0415  loaded under the limits

    return typst.compile(page.encode(), sys_inputs={"data": json.dumps(data)})


def _end_with_parent() -> None:
    """Let Linux kill this process with its parent; elsewhere the limits end it soon after."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())

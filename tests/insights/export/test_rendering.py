"""Drawing happens beside: whatever goes wrong in it, this process goes on, and nothing is left behind."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from goalpost.insights.export import rendering
from goalpost.insights.export.renderer import Job
from goalpost.insights.export.rendering import Busy, CannotRender, Slots, render

TINY: Job = {
    "format": "svg",
    "spec": {
        "data": {"values": [{"a": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a", "type": "ordinal"}},
    },
}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have another program run instead of the one that draws; limits are set as by that one."""
    path = tmp_path / "program.py"
    monkeypatch.setattr(rendering, "_PROGRAM", path)
    return path


def limited(body: str) -> str:
    source = Path(rendering.__file__).with_name("renderer.py")
    return (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('renderer', {str(source)!r})\n"
        "renderer = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(renderer)\n"
        f"def drawn(job):\n    {body}\n"
        "renderer.drawn = drawn\n"
        "sys.exit(renderer.main())\n"
    )


def test_a_picture_is_drawn() -> None:
    assert render(TINY).startswith(b"<svg")


def test_characters_that_no_file_can_hold_are_left_out() -> None:
    spec = {**TINY["spec"], "title": {"text": "a\x00b\x07c\ud800d\ufffee"}}
    assert b">abcde<" in render({"format": "svg", "spec": spec})


@pytest.mark.parametrize(
    "job", [{"format": "svg", "spec": {"mark": "nonsense"}}, {"format": "doc", "spec": TINY["spec"]}]
)
def test_a_job_that_cannot_be_drawn_is_refused_and_the_log_has_the_reason(
    job: Job, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CannotRender):
        render(job)
    assert "An export failed with code" in caplog.text


@pytest.mark.parametrize(
    "body",
    ["import os; os.abort()", "bytearray(4 << 30)", "return b''", "import os; os.kill(os.getpid(), 9)"],
)
def test_a_crash_or_too_much_memory_ends_the_drawing_alone(program: Path, body: str) -> None:
    program.write_text(limited(body))
    with pytest.raises(CannotRender):
        render(TINY)


def test_too_long_a_drawing_is_stopped(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text(limited("import time; time.sleep(60)"))
    monkeypatch.setattr(rendering, "MOST_SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(CannotRender):
        render(TINY)
    assert time.monotonic() - began < 50, "it would have slept for a minute"


def test_nothing_secret_is_passed_on(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOALPOST_SECRET_KEY", "not-for-you")
    monkeypatch.setenv("DATABASE_PASSWORD", "not-for-you")
    program.write_text(limited("import json, os; return json.dumps(dict(os.environ)).encode()"))
    passed = json.loads(render(TINY))
    assert "not-for-you" not in passed.values()


@pytest.mark.parametrize("file_format", ["svg", "png"])
@pytest.mark.parametrize("what", ["data", "a picture"])
def test_nothing_is_fetched(file_format: str, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        spec: dict[str, object]
        if what == "data":
            spec = {"data": {"url": f"{url}.json"}, "mark": "bar", "encoding": {}}
        else:
            named = {"url": {"field": "u"}}
            spec = {"data": {"values": [{"u": f"{url}.png"}]}, "mark": {"type": "image"}, "encoding": named}
        with pytest.raises(CannotRender):
            render({"format": file_format, "spec": spec, "scale": 1})
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_drawing_ends_with_the_process_that_asked(tmp_path: Path) -> None:
    renderer = tmp_path / "program.py"
    renderer.write_text(
        limited(
            "import os, pathlib, time;"
            f" pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(60)"
        )
    )
    asking = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-I', {str(renderer)!r}], input=b'{{}}')\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", asking])
    until = time.monotonic() + 120
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    pid = int((tmp_path / "pid").read_text())
    parent.kill()
    parent.wait()
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
            return
        time.sleep(0.05)
    pytest.fail("the drawing goes on alone")


def test_as_many_are_drawn_at_a_time_as_there_are_slots(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "exports", slots=2, most_waiting=1, patience=0.3)
    others = Slots(tmp_path / "exports", slots=2, most_waiting=1, patience=0.3)
    with slots.slot(), others.slot():
        began = time.monotonic()
        with pytest.raises(Busy), slots.slot():
            pass
        assert time.monotonic() - began > 0.2
    with slots.slot(), slots.slot():
        pass


def test_who_waits_gets_the_slot_that_becomes_free_and_no_more_wait_than_may(tmp_path: Path) -> None:
    slots = Slots(tmp_path, slots=1, most_waiting=1, patience=20)
    got: list[float] = []
    held = threading.Event()
    let_go = threading.Event()

    def hold() -> None:
        with slots.slot():
            held.set()
            let_go.wait(20)

    def wait() -> None:
        with slots.slot():
            got.append(time.monotonic())

    threads = [threading.Thread(target=hold)]
    threads[0].start()
    held.wait(20)
    threads.append(threading.Thread(target=wait))
    threads[1].start()
    time.sleep(0.2)
    began = time.monotonic()
    with pytest.raises(Busy), slots.slot():
        pass
    assert time.monotonic() - began < 15, "told at once, and not after the patience of a slot"
    let_go.set()
    for thread in threads:
        thread.join(20)
    assert len(got) == 1


def test_a_slot_is_free_again_when_its_process_dies(tmp_path: Path) -> None:
    holding = (
        "import fcntl, sys, time\n"
        f"lock = open({str(tmp_path / 'slot-0')!r}, 'wb'); fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "print('held', flush=True); time.sleep(60)\n"
    )
    slots = Slots(tmp_path, slots=1, most_waiting=1, patience=0.1)
    with subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Busy), slots.slot():
            pass
        other.kill()
        other.wait()
        with slots.slot():
            pass

"""`goalpost serve`: the real server, asked over HTTP."""

import gzip
import re
import signal
import socket
import sqlite3
import time
from contextlib import closing

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.cli.running import ADMIN, PATIENCE, Installation, Server, serving
from tests.people import PASSWORD

CONTENT_SECURITY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "frame-src 'self'",
}


def test_it_says_where_it_runs_once_it_answers(server: Server) -> None:
    assert server.lines == [f"Goalpost is running at {server.address}"]
    answer = server.browser().get("/health")
    assert (answer.status, answer.body) == (200, "ok")
    assert not answer.cookies


def test_the_sign_in_page_allows_nothing_from_elsewhere(server: Server) -> None:
    answer = server.browser().get("/account/login/")
    assert answer.status == 200
    assert set(answer.headers["content-security-policy"].split("; ")) == CONTENT_SECURITY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers, "plain HTTP stays usable"
    assert not re.search(r"<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=|javascript:", answer.body)
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", answer.body)


def test_pages_for_one_person_are_kept_out_of_caches(server: Server) -> None:
    browser = server.browser()
    for path in ("/account/login/", "/"):
        assert "private" in browser.get(path).headers["cache-control"], path


def test_static_files_have_their_content_in_their_name_and_are_kept_for_long(server: Server) -> None:
    browser = server.browser()
    page = browser.get("/account/login/").body
    files = set(re.findall(r'"(/static/[^"#]+)', page))
    assert {file.rpartition(".")[2] for file in files} >= {"css", "svg"}
    for file in files:
        assert re.search(r"\.[0-9a-f]{12}\.[a-z]+$", file), file
        answer = browser.get(file)
        assert answer.status == 200, file
        assert "immutable" in answer.headers["cache-control"]
        assert not answer.cookies
    assert browser.get(re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", min(files))).status == 404
    for outside in ("/static/../secret_key", "/static/%2e%2e/secret_key", "/static//etc/passwd"):
        assert browser.get(outside).status in {400, 404}, outside


@pytest.mark.parametrize(
    "path", ["/nothing-here", "/goals/" + "0" * 32, "/account/nothing/", "/admin/", "/%00"]
)
def test_what_is_not_there_is_a_plain_page_without_details(server: Server, path: str) -> None:
    browser = server.browser()
    assert browser.sign_in(ADMIN, PASSWORD).status == 302
    answer = browser.get(path)
    assert answer.status == 404
    for detail in ("Traceback", "urlconf", "goalpost.urls", "DEBUG", "settings", "site-packages", "Django"):
        assert detail not in answer.body


def test_a_host_it_does_not_know_is_refused_without_details(server: Server) -> None:
    answer = server.browser().get("/account/login/", Host="evil.example")
    assert answer.status == 400
    assert "evil.example" not in answer.body
    assert "ALLOWED_HOSTS" not in answer.body


def test_a_failure_is_a_plain_page_and_the_log_has_the_reason(founded: Installation) -> None:
    with serving(founded) as server:
        browser = server.browser()
        assert browser.sign_in(ADMIN, PASSWORD).status == 302
        with closing(sqlite3.connect(founded.data / "goalpost.sqlite3")) as behind_its_back:
            behind_its_back.execute("ALTER TABLE goals_goal RENAME TO nowhere")
        answer = browser.get("/")
        server.process.terminate()
        assert server.process.stdout is not None
        log = server.process.stdout.read()
    assert answer.status == 500
    for detail in ("Traceback", "goals_goal", "sqlite", "settings", "site-packages", "Error:"):
        assert detail not in answer.body
    assert "no such table: goals_goal" in log


@pytest.mark.django_db
def test_health_tells_when_the_database_does_not_answer(client: Client) -> None:
    def out_of_reach(*_: object) -> None:
        raise OperationalError("server at 10.0.0.7 closed the connection")

    with connection.execute_wrapper(out_of_reach):
        answer = client.get("/health")
    assert (answer.status_code, answer.content) == (503, b"unavailable")


def test_a_taken_port_is_refused_with_advice(founded: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("serve", "demo"):
            ran = founded.run(command, "--port", str(port))
            assert (ran.code, ran.out) == (2, "")
            taken_by = f"Port {port} on 127.0.0.1 cannot be used (Address already in use)."
            assert ran.err == f"{taken_by} Choose another with --port.\n"


def test_an_address_of_another_machine_is_refused(founded: Installation) -> None:
    ran = founded.run("serve", "--host", "192.0.2.1", "--port", "8765")
    assert ran.code == 2
    assert "Port 8765 on 192.0.2.1 cannot be used" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_quickly_and_cleanly_when_asked(founded: Installation, by: signal.Signals) -> None:
    with serving(founded) as server:
        began = time.monotonic()
        server.process.send_signal(by)
        code = server.process.wait(timeout=PATIENCE)
        took = time.monotonic() - began
        assert server.process.stdout is not None
        rest = server.process.stdout.read()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", server.port), timeout=1)
    assert code == 0
    assert took < 10, "nobody had to be killed for it"
    assert "Traceback" not in rest
    assert founded.run("verify").code == 0


def test_killed_without_a_word_it_leaves_nobody_at_the_port(founded: Installation) -> None:
    with serving(founded) as server:
        server.process.kill()
        server.process.wait(timeout=PATIENCE)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.1)
    pytest.fail("a process still answers")


def test_slow_senders_hold_no_page_up(founded: Installation) -> None:
    with serving(founded) as server:
        slow = [socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) for _ in range(60)]
        for connection in slow:
            connection.sendall(
                b"POST /account/login/ HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken="
                + b"a" * 32
                + b"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na=1"
            )
        began = time.monotonic()
        assert server.browser().get("/health").status == 200
        assert time.monotonic() - began < 25, "connections that say nothing end after half a minute"
        for connection in slow:
            connection.close()


def test_what_was_done_is_there_after_a_start_anew(founded: Installation) -> None:
    with serving(founded) as server:
        browser = server.browser()
        assert browser.sign_in(ADMIN, PASSWORD).status == 302
    with serving(founded) as again:
        browser.address = again.address
        assert browser.get("/").status == 200, "the session outlives the server"


def test_static_texts_are_sent_packed_to_who_takes_them(server: Server) -> None:
    browser = server.browser()
    [css, *_] = re.findall(r'"(/static/[^"]+\.css)"', browser.get("/account/login/").body)
    plain = browser.get(css)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as raw:
        asked = (f"GET {css} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip", "Connection: close")
        raw.sendall("\r\n".join([*asked, "", ""]).encode())
        head, _, body = b"".join(iter(lambda: raw.recv(65536), b"")).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower()
    assert gzip.decompress(body).decode() == plain.body

import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from tools import postgres

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL 15 or later is not installed")


def folder_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).netloc.rpartition("@")[2]))


def process_of(url: str) -> int:
    return int((folder_of(url) / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])


def is_running(process: int) -> bool:
    """Whether the process works on: one that ended and that nobody has waited for yet does not."""
    status = Path(f"/proc/{process}/status")
    return status.exists() and "State:\tZ" not in status.read_text(encoding="utf-8")


def test_a_server_lives_as_long_as_its_block_and_leaves_nothing() -> None:
    with postgres.server() as url:
        process, folder = process_of(url), folder_of(url)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT lower('Å')").fetchone() == ("å",)
        open_at_the_end = psycopg.connect(url)
    open_at_the_end.close()
    assert not is_running(process)
    assert not folder.exists()


def test_a_database_of_ones_own_is_empty_and_dropped_afterwards(postgres_server: str) -> None:
    with postgres.database(postgres_server) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE goal (id int)")
        with postgres.database(postgres_server) as other, psycopg.connect(other) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            assert tables.fetchall() == []
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_server_for_figures_keeps_what_it_stored() -> None:
    with postgres.server(is_durable=True) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_server_ends_with_the_process_that_started_it_even_a_killed_one() -> None:
    program = (
        "import time; from tools import postgres\n"
        "with postgres.server() as url: print(url, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout
        url = parent.stdout.readline().strip()
        process, folder = process_of(url), folder_of(url)
        assert is_running(process)
        parent.kill()
    deadline = time.monotonic() + 10
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(process)
    subprocess.run(["rm", "-r", folder], check=True)

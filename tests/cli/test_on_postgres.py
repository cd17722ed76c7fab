"""The same commands on PostgreSQL."""

from pathlib import Path

from tests.cli.running import ADMIN, Installation, serving
from tests.people import PASSWORD


def test_a_company_is_set_up_verified_and_served_on_postgresql(
    sqlite_run: None, empty_postgres_url: str, tmp_path: Path
) -> None:
    installation = Installation(tmp_path / "data", {"GOALPOST_DATABASE_URL": empty_postgres_url})
    nothing_here = installation.run("verify")
    assert nothing_here.code == 2
    assert nothing_here.err.startswith("There is no company in the database ")
    assert installation.init().code == 0
    assert installation.init(admin_email="other@nordlys.example").code == 2
    verified = installation.run("verify")
    assert (verified.code, verified.out) == (0, "The ledger agrees with the records.\n")
    token = installation.run("token", ADMIN).last_line
    with serving(installation) as server:
        browser = server.browser()
        assert browser.get("/health").body == "ok"
        assert browser.sign_in(ADMIN, PASSWORD).status == 302
        assert browser.get("/").status == 200
        assert browser.get("/v1/users/me", x_api_token=token).status == 200
        code, _seconds = server.stop()
    assert code == 0
    assert not list(installation.data.glob("*.sqlite3"))

"""`goalpost token` and `goalpost verify`."""

import sqlite3

from tests.cli.running import ADMIN, Browser, Installation, serving


def change(installation: Installation, statement: str) -> None:
    """Change the database behind the product's back."""
    connection = sqlite3.connect(installation.data / "goalpost.sqlite3")
    try:
        with connection:
            connection.execute(statement)
    finally:
        connection.close()


def ask_who_i_am(browser: Browser, token: str) -> tuple[int, str]:
    answer = browser.get("/v1/users/me", x_api_token=token)
    return answer.status, answer.body


def test_a_token_stands_alone_on_the_last_line_and_opens_the_api(founded: Installation) -> None:
    first, second = founded.run("token", ADMIN), founded.run("token", f" {ADMIN.upper()} ")
    assert (first.code, first.err, second.code) == (0, "", 0)
    token = first.last_line
    assert len(token) == 40
    assert set(token) <= set("0123456789abcdef")
    assert token != second.last_line
    with serving(founded) as server:
        browser = server.browser()
        for usable in (token, second.last_line):
            status, body = ask_who_i_am(browser, usable)
            assert status == 200
            assert ADMIN in body
        for wrong in ("", "0" * 40, token[:-1], token + " 0", token.upper()):
            assert ask_who_i_am(browser, wrong)[0] == 401


def test_tokens_are_named_limited_listed_and_revoked(founded: Installation) -> None:
    made = founded.run("token", ADMIN, "--name", "Reports", "--read-only", "--expires", "2199-12-31")
    assert (made.code, made.err) == (0, "")
    listed = founded.run("token", ADMIN, "--list")
    assert made.last_line not in listed.out
    number, *told = listed.last_line.strip().split("  ")
    assert told == ["Reports", "read-only", told[2], "never used", "expires 2199-12-31"]
    with serving(founded) as server:
        browser = server.browser()
        assert ask_who_i_am(browser, made.last_line)[0] == 200
        written = browser.post("/v1/goals", {}, x_api_token=made.last_line)
        assert written.status == 403
        assert "This token is read-only." in written.body
        revoked = founded.run("token", ADMIN, "--revoke", number.strip())
        assert (revoked.code, revoked.err) == (0, "")
        assert ask_who_i_am(browser, made.last_line)[0] == 401
    again = founded.run("token", ADMIN, "--revoke", number.strip())
    assert (again.code, again.out) == (2, "")
    assert "has no token" in again.err
    past = founded.run("token", ADMIN, "--expires", "2020-01-01")
    assert (past.code, past.out, past.err) == (2, "", "Choose a day in the future.\n")


def test_only_the_hash_of_a_token_is_kept(founded: Installation) -> None:
    token = founded.run("token", ADMIN).last_line
    kept = b"".join(path.read_bytes() for path in founded.data.iterdir() if path.is_file())
    assert token.encode() not in kept
    assert bytes.fromhex(token) not in kept


def test_a_token_is_for_somebody_who_can_sign_in(founded: Installation) -> None:
    stranger = founded.run("token", "nobody@nordlys.example")
    assert (stranger.code, stranger.out) == (2, "")
    assert stranger.err == "No person has the e-mail address nobody@nordlys.example.\n"
    change(founded, "UPDATE companies_user SET is_active = 0")
    inactive = founded.run("token", ADMIN)
    assert (inactive.code, inactive.out) == (2, "")
    assert inactive.err == "A deactivated user cannot have a token.\n"


def test_verify_finds_a_ledger_in_order(founded: Installation) -> None:
    ran = founded.run("verify")
    assert (ran.code, ran.out, ran.err) == (0, "The ledger agrees with the records.\n", "")


def test_verify_finds_a_deal_that_came_in_behind_its_back_and_posts_it(founded: Installation) -> None:
    change(
        founded,
        "INSERT INTO crm_deal (company_id, title, owner_id, organization, pipeline_id, stage_id, status,"
        " value, currency, add_time, add_time_is_day, won_time, won_time_is_day, lost_time_is_day,"
        " stage_change_time_is_day, is_archived, is_deleted, is_deleted_at_source, source, updated_at)"
        " VALUES (1, 'Smuggled', 1, '', 1, 1, 'won', 1000, 'EUR',"
        " '2026-01-02 12:00:00', 0, '2026-01-03 12:00:00', 0, 0, 0, 0, 0, 0, '', '2026-01-03 12:00:00')",
    )
    found = founded.run("verify")
    assert (found.code, found.err) == (1, "")
    line, _, advice = found.out.strip().rpartition("\n")
    assert line.startswith("Nordlys: Deal 1: counts as ")
    assert advice.startswith("2 differences. Find out first which side is right")
    assert founded.run("verify").code == 1, "looking changes nothing"
    repaired = founded.run("verify", "--repair")
    assert repaired.code == 0
    assert repaired.out.endswith("2 differences found, 2 repaired by a posting that lists them.\n")
    assert founded.run("verify").code == 0


def test_verify_mends_a_tally_that_was_tampered_with(founded: Installation) -> None:
    change(
        founded,
        "INSERT INTO ledger_companydaytally"
        " (company_id, measure, day, pipeline_id, item_id, currency, count, amount, native_amount, unvalued)"
        " VALUES (1, 3, '2026-01-03', 1, 0, 'EUR', 7, 700, 700, 0)",
    )
    found = founded.run("verify")
    assert found.code == 1
    assert "Nordlys: " in found.out
    assert founded.run("verify", "--repair").code == 0
    assert founded.run("verify").code == 0

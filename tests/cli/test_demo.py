"""`goalpost demo`: a company to look at, which leaves nothing behind."""

import re
from pathlib import Path

from tests.cli.running import Installation, Server, serving


def sign_ins(server: Server) -> dict[str, tuple[str, str]]:
    """Return the e-mail address and password printed for each role."""
    found = [re.fullmatch(r"  (\S.*?) {2,}(\S+@\S+) +(\S.*)", line) for line in server.lines]
    return {match[1]: (match[2], match[3]) for match in found if match}


def test_the_demo_can_be_signed_in_to_in_every_role_and_leaves_nothing_behind(
    empty: Installation, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    settings = {"GOALPOST_URL": "https://goals.example.com", "TMPDIR": str(temporary)}
    with serving(empty, "demo", **settings) as server:
        assert server.lines[-1] == f"Goalpost is running at {server.address}"
        roles = sign_ins(server)
        assert len(roles) == 4
        shown: set[str] = set()
        for email, password in roles.values():
            browser = server.browser()
            assert browser.sign_in(email, password).status == 302
            page = browser.get("/")
            assert page.status == 200
            goals = set(re.findall(r"/goals/([0-9a-f]{32})", page.body))
            assert goals, f"{email} sees no goal"
            for goal in sorted(goals)[:3]:
                assert browser.get(f"/goals/{goal}").status == 200
            shown |= goals
        assert len(shown) >= 10
        assert list(temporary.iterdir())
        code, seconds = server.stop()
    assert code == 0
    assert seconds < 10
    assert not list(temporary.iterdir()), "the temporary folder is gone"
    assert not empty.data.exists(), "the folder of an own installation is left alone"

"""People and teams from files: found by address, then by name; nobody is doubled."""

from datetime import date, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from typer.testing import CliRunner

from goalpost.accounts.invitations import invite_person
from goalpost.accounts.models import ApiToken, Invitation
from goalpost.accounts.tokens import issue_token
from goalpost.cli import app
from goalpost.companies.audit import AuditAction
from goalpost.companies.memberships import teams_of_person
from goalpost.companies.models import AuditEntry, Team, TeamMembership, User
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.exchange.report import NameKind, Remark
from goalpost.ledger.models import Posting
from tests.exchange.importing import Importer, counts, digest_of_everything
from tests.goals.builders import add_won, set_goal
from tests.people import NOW, Cast, make_company


def _teams(user: User) -> set[str]:
    return set(TeamMembership.objects.filter(user=user).values_list("team__name", flat=True))


def test_people_join_every_team_of_their_row(importer: Importer, cast: Cast) -> None:
    report = importer.users(
        "name,email,team,team,manager,active\n"
        "Cilla,,Nordic,Key accounts,,\nEva Ek,Eva@Example.com,Key accounts,,Björn,no\n"
    )
    assert counts(report) == (1, 1, 0, 0)
    assert report.new_names == {NameKind.PERSON: ["Eva Ek"], NameKind.TEAM: ["Key accounts"]}
    eva = User.objects.get(name="Eva Ek")
    assert (eva.email, eva.is_active, eva.has_usable_password(), eva.is_admin) == (
        "eva@example.com", False, False, False,
    )  # fmt: skip
    assert _teams(eva) == {"Key accounts"}
    assert _teams(cast.cilla) == {"Nordic", "Key accounts"}
    assert Team.objects.get(name="Key accounts").manager == cast.bjorn
    assert not Posting.objects.exists()


def _stays(cast: Cast, user: User) -> dict[str, Stay]:
    return {name: stay for _id, name, stay in teams_of_person(cast.as_astrid, user.pk)}


def test_a_file_that_moves_somebody_ends_the_team_it_no_longer_names(importer: Importer, cast: Cast) -> None:
    importer.users("name,team\nAnn,North\n")
    ann = User.objects.get(name="Ann")
    assert _stays(cast, ann) == {"North": Stay()}
    assert counts(importer.users("name,team\nAnn,South\n", as_of=date(2026, 2, 1))) == (0, 1, 0, 0)
    moved = {"North": Stay(None, date(2026, 2, 1)), "South": Stay(date(2026, 2, 1))}
    assert _stays(cast, ann) == moved
    assert counts(importer.users("name,team\nAnn,South\n")) == (0, 0, 1, 0)
    # A file that names no team says nothing of teams.
    importer.users("name,active\nAnn,yes\n")
    assert _stays(cast, ann) == moved


def test_without_a_day_a_move_is_on_the_day_of_the_import(importer: Importer, cast: Cast) -> None:
    importer.users("name,team\nCilla,South\n", now=NOW + timedelta(hours=1))
    today = NOW.date()
    assert _stays(cast, cast.cilla) == {"Nordic": Stay(None, today), "South": Stay(today)}


def test_whoever_a_file_deactivates_leaves_and_is_not_put_back_by_it(importer: Importer, cast: Cast) -> None:
    text = "name,team,active\nCilla,Nordic,no\n"
    assert counts(importer.users(text)) == (0, 1, 0, 0)
    left = _stays(cast, cast.cilla)
    assert left == {"Nordic": Stay(None, NOW.date() + timedelta(days=1))}
    assert counts(importer.users(text, as_of=date(2026, 5, 1))) == (0, 0, 1, 0)
    assert _stays(cast, cast.cilla) == left


def test_a_team_that_was_deleted_is_not_joined_but_made_anew(importer: Importer, cast: Cast) -> None:
    Team.objects.filter(pk=cast.nordic.pk).update(deleted_at=NOW)
    report = importer.users("name,email,team\nEva Ek,eva@example.com,Nordic\n")
    assert report.new_names[NameKind.TEAM] == ["Nordic"]
    [membership] = TeamMembership.objects.filter(user__name="Eva Ek")
    assert membership.team != cast.nordic


def test_the_same_people_again_change_nothing(importer: Importer) -> None:
    text = "name,email,team,manager,active\nEva Ek,eva@example.com,New,Fia Falk,yes\nFia Falk,,,,no\n"
    assert counts(importer.users(text)) == (1, 1, 0, 0)
    before = digest_of_everything()
    assert counts(importer.users(text)) == (0, 0, 2, 0)
    assert digest_of_everything() == before


def test_a_person_found_by_address_takes_the_new_name(importer: Importer, cast: Cast) -> None:
    assert counts(importer.users(f"name,email\nCilla Holm,{cast.cilla.email}\n")) == (0, 1, 0, 0)
    cast.cilla.refresh_from_db()
    assert cast.cilla.name == "Cilla Holm"


def test_a_person_named_by_deals_gets_the_address(importer: Importer) -> None:
    importer.deals("title,owner\nA,Eva Ek\nB,fia@example.com\n")
    report = importer.users("name,email\neva ek,eva@example.com\nFia Falk,fia@example.com\n")
    assert counts(report) == (0, 2, 0, 0)
    assert sorted(User.objects.filter(email__endswith="@example.com").values_list("name", "email")) == [
        ("Fia Falk", "fia@example.com"), ("eva ek", "eva@example.com"),
    ]  # fmt: skip


def test_another_address_is_another_person(importer: Importer) -> None:
    assert counts(importer.users("name,email\nCilla,other@example.com\n")) == (1, 0, 0, 0)
    report = importer.users("name\nCilla\n")
    assert counts(report) == (0, 0, 0, 1)
    assert "give the e-mail address" in report.first_rejected[0].reason


def test_an_address_of_another_company_is_refused(importer: Importer) -> None:
    make_company("Sydvind")
    report = importer.users("name,email\nAstrid,astrid@sydvind.example\n")
    assert counts(report) == (0, 0, 0, 1)
    assert "already in use" in report.first_rejected[0].reason


def test_a_person_may_have_several_rows_that_agree(importer: Importer) -> None:
    report = importer.users("name,team,active\nEva,One,yes\nEva,Two,yes\nEva,One,no\n")
    assert counts(report) == (1, 1, 0, 1)
    assert "contradicts line 2" in report.first_rejected[0].reason
    assert _teams(User.objects.get(name="Eva")) == {"One", "Two"}


def test_two_managers_of_one_team_contradict_each_other(importer: Importer, cast: Cast) -> None:
    report = importer.users("name,team,manager\nEva,One,Björn\nFia,One,Cilla\nGun,One,Hans\n")
    assert counts(report) == (1, 0, 0, 2)
    assert Team.objects.get(name="One").manager == cast.bjorn
    assert not User.objects.filter(name__in=["Fia", "Gun", "Hans"]).exists()


def test_a_manager_without_a_team_is_left_out_and_told(importer: Importer) -> None:
    report = importer.users("name,manager\nEva,Björn\n")
    assert (counts(report), report.remarks[Remark.NO_TEAM]) == ((1, 0, 0, 0), 1)


def test_the_only_admin_is_not_deactivated(importer: Importer, cast: Cast) -> None:
    report = importer.users("name,active\nAstrid,no\nCilla,no\n")
    assert counts(report) == (0, 1, 0, 1)
    cast.astrid.refresh_from_db()
    assert cast.astrid.is_active


def _log_of(user: User) -> list[str]:
    entries = AuditEntry.objects.filter(subject_kind="user", subject_id=user.pk).order_by("id")
    return list(entries.values_list("action", flat=True))


def test_a_person_deactivated_by_a_file_loses_tokens_sessions_and_invitations_as_on_the_page(
    importer: Importer, cast: Cast
) -> None:
    token = issue_token(user=cast.cilla, now=NOW)
    invited = invite_person(actor=cast.as_astrid, email="new@nordlys.example", now=NOW).user
    SocialAccount.objects.create(user=cast.cilla, provider="oidc", uid="cilla-at-work")
    browser = Client()
    browser.force_login(cast.cilla)
    asked = Client().get("/api/v1/goals/find", headers={"x-api-token": token})
    assert asked.status_code == 200
    assert browser.get("/").status_code == 200
    report = importer.users(f"name,email,active\nCilla,{cast.cilla.email},no\nNew,{invited.email},no\n")
    assert counts(report) == (0, 2, 0, 0)
    assert not ApiToken.objects.exists()
    assert not Invitation.objects.exists()
    assert not SocialAccount.objects.exists()
    assert browser.get("/").status_code == 302
    assert _log_of(cast.cilla)[-1] == AuditAction.DEACTIVATED
    assert counts(importer.users("name,active\nCilla,yes\n")) == (0, 1, 0, 0)
    assert _log_of(cast.cilla)[-1] == AuditAction.REACTIVATED
    assert browser.get("/").status_code == 302
    assert Client().get("/api/v1/goals/find", headers={"x-api-token": token}).status_code == 401


def test_a_person_who_gets_an_address_by_a_file_loses_the_link_to_single_sign_on(
    importer: Importer, cast: Cast
) -> None:
    importer.deals("title,owner\nA,Eva Ek\n")
    eva = User.objects.get(name="Eva Ek")
    SocialAccount.objects.create(user=eva, provider="oidc", uid="eva-at-work")
    importer.users("name,email,team\nEva Ek,eva@example.com,Nordic\n")
    assert not SocialAccount.objects.exists()
    assert _log_of(eva) == [AuditAction.CREATED, AuditAction.CHANGED]
    entry = AuditEntry.objects.get(subject_id=eva.pk, action=AuditAction.CHANGED)
    assert entry.changes == {"email": [None, "eva@example.com"], "teams": [[], ["Nordic"]]}


def test_what_a_file_makes_of_teams_is_in_the_log(importer: Importer, cast: Cast) -> None:
    importer.users("name,team,manager\nCilla,Key accounts,Björn\n")
    team = Team.objects.get(name="Key accounts")
    entries = AuditEntry.objects.filter(subject_kind="team", subject_id=team.pk).order_by("id")
    assert [(entry.action, entry.changes) for entry in entries] == [
        (AuditAction.CREATED, {"name": [None, "Key accounts"]}),
        (AuditAction.CHANGED, {"manager": [None, "Björn"]}),
    ]


def test_a_dry_run_of_people_tells_the_same_and_writes_nothing(importer: Importer) -> None:
    text = (
        "name,email,team,manager,active\nEva,,One,Fia,\nFia,fia@example.com,One,,no\nEva,,Two,Gun,\n"
        "Astrid,,,,no\nEva,,One,Hans,\n"
    )
    before = digest_of_everything()
    dry = importer.users(text, is_dry_run=True)
    assert digest_of_everything() == before
    real = importer.users(text)
    assert (counts(dry), dry.new_names) == (counts(real), real.new_names)


@pytest.mark.parametrize("active", ["", "maybe"])
def test_what_active_does_not_say_is_not_guessed(importer: Importer, active: str) -> None:
    report = importer.users(f"name,active\nEva,{active}\n")
    assert counts(report) == ((1, 0, 0, 0) if not active else (0, 0, 0, 1))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("\N{ZERO WIDTH SPACE},,,", "cannot be a person's name"),
        (f"Eva,,One;{'T' * 10}\N{RIGHT-TO-LEFT OVERRIDE},", "cannot be a team's name"),
        (f"Eva,,One,{'M' * 201}", "cannot be a person's name"),
        ("Eva,eva@nowhere,One,Fia", "is not an e-mail address"),
        ("\N{ZERO WIDTH SPACE},cilla@nordlys.example,,", "cannot be a person's name"),
    ],
)
def test_a_row_with_a_name_nobody_may_have_creates_nothing_and_a_dry_run_says_so(
    importer: Importer, row: str, said: str
) -> None:
    before = digest_of_everything()
    text = f"name,email,team,manager\n{row}\n"
    for is_dry_run in (True, False):
        report = importer.users(text, is_dry_run=is_dry_run)
        assert counts(report) == (0, 0, 0, 1)
        assert said in report.first_rejected[0].reason
        assert report.new_names == {}
        assert digest_of_everything() == before


def test_the_summary_tells_what_other_teams_make_of_results(importer: Importer, cast: Cast) -> None:
    for title, team in (("North", cast.nordic), ("South", cast.baltic)):
        set_goal(cast, title=f"{title} wins", assignee=Assignee(AssigneeKind.TEAM, team.pk))
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 20)):
        add_won(cast, cast.cilla, day)
    path = importer.folder / "people.csv"
    path.write_text("name,team\nCilla,Baltic\n", encoding="utf-8")
    asked = ["import", "users", str(path), "--as-of", "2026-02-01"]
    told = [
        "  North wins, February 2026: 2 → 0",
        "  South wins, February 2026: 0 → 2",
    ]
    dry = CliRunner().invoke(app, [*asked, "--dry-run"]).stdout.splitlines()
    assert dry[-3:] == ["Results of teams that would change by who is a member when: 2", *told]
    assert _stays(cast, cast.cilla) == {"Nordic": Stay()}
    done = CliRunner().invoke(app, asked).stdout.splitlines()
    assert done[-3:] == ["Results of teams that changed by who is a member when: 2", *told]
    assert "Results of teams" not in CliRunner().invoke(app, asked).stdout


def test_whoever_a_file_deactivates_is_told_of_with_their_teams(importer: Importer, cast: Cast) -> None:
    text = "name,team,active\nCilla,Baltic,no\n"
    dry = importer.users(text, as_of=date(2026, 2, 1), is_dry_run=True)
    done = importer.users(text, as_of=date(2026, 2, 1))
    left = ((Stay(),), (Stay(None, NOW.date() + timedelta(days=1)),))
    assert done.memberships == dry.memberships == {(cast.nordic.pk, cast.cilla.pk): left}

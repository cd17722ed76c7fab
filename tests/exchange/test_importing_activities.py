"""Activities from files: linked to their deals, counted where these are."""

from datetime import date

import pytest

from goalpost.companies.models import User
from goalpost.crm.models import Activity, ActivityType, Deal, Pipeline
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.exchange.report import NameKind, Remark, summary_lines
from goalpost.ledger import read
from goalpost.ledger.questions import Selection
from tests.exchange.importing import LATER, Importer, counts, digest_of_everything, moment
from tests.people import Cast

_YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
_DEALS = "id,title,owner,pipeline\n17,Boat,Cilla,Renewals\n18,Ship,Cilla,\n19,Ship,Cilla,\n"
_HEADER = "id,subject,type,owner,deal,add time,due date,done,marked as done time\n"
_ONE = _HEADER + "1,Call them,call,Cilla,17,2026-01-05,2026-01-08,yes,2026-01-07 10:00\n"


def test_an_activity_counts_in_the_pipeline_of_its_deal(importer: Importer, cast: Cast) -> None:
    importer.deals(_DEALS)
    assert counts(importer.activities(_ONE)) == (1, 0, 0, 0)
    activity = Activity.objects.get()
    assert (activity.deal, activity.type, activity.owner) == (
        Deal.objects.get(external_id="17"), cast.activity_type("call"), cast.cilla,
    )  # fmt: skip
    assert activity.marked_as_done_time == moment("2026-01-07T10:00")
    renewals = frozenset({Pipeline.objects.get(name="Renewals").pk})
    done = Selection(Measure.ACTIVITIES_COMPLETED, pipelines=renewals)
    assert read.total(cast.company_id, done, _YEAR).count == 1


def test_the_same_activities_again_change_nothing(importer: Importer) -> None:
    importer.deals(_DEALS)
    text = _ONE + ",Lunch,,Cilla,,2026-01-05,,,\n"
    importer.activities(text)
    before = digest_of_everything()
    assert counts(importer.activities(text, now=LATER)) == (0, 0, 2, 0)
    assert digest_of_everything() == before


def test_a_deal_is_known_by_id_then_by_title(importer: Importer) -> None:
    importer.deals(_DEALS)
    report = importer.activities(
        "subject,owner,deal\nA,Cilla,boat\nB,Cilla,Ship\nC,Cilla,Raft\nD,Cilla,\nE,Cilla,18\n"
    )
    assert counts(report) == (4, 0, 0, 1)
    linked = dict(Activity.objects.values_list("subject", "deal__external_id"))
    assert linked == {"A": "17", "C": None, "D": None, "E": "18"}
    [several] = report.first_rejected
    assert several.line == 3
    assert "Several deals" in several.reason
    assert "1 activity is linked to a deal that does not exist and was kept without it, such as Raft" in (
        summary_lines(report)
    )


def test_an_activity_finds_its_deal_once_that_is_here_and_is_known_again(importer: Importer) -> None:
    text = "subject,owner,deal\nA,Cilla,17\nB,Cilla,Raft\n"
    assert counts(importer.activities(text)) == (2, 0, 0, 0)
    importer.deals(_DEALS)
    assert counts(importer.activities(text)) == (0, 1, 1, 0)
    assert dict(Activity.objects.values_list("subject", "deal__external_id")) == {"A": "17", "B": None}


def test_a_rejected_activity_creates_nobody(importer: Importer) -> None:
    importer.deals(_DEALS)
    before = digest_of_everything()
    report = importer.activities("subject,owner,type,deal\nA,Eva Ek,Fika,Ship\n")
    assert (counts(report), report.new_names) == ((0, 0, 0, 1), {})
    assert digest_of_everything() == before


def test_a_new_type_is_created_and_none_is_the_first(importer: Importer, cast: Cast) -> None:
    report = importer.activities("subject,owner,type\nA,Cilla,Fika\nB,Cilla,fika\nC,Cilla,\n")
    assert report.new_names == {NameKind.ACTIVITY_TYPE: ["Fika"]}
    fika = ActivityType.objects.get(name="Fika")
    types = dict(Activity.objects.values_list("subject", "type_id"))
    assert types == {"A": fika.pk, "B": fika.pk, "C": cast.activity_type("call").pk}


def test_an_activity_done_since_without_a_time_is_done_now(importer: Importer) -> None:
    text = "id,subject,owner,done\n1,A,Cilla,{}\n2,B,Cilla,yes\n"
    importer.activities(text.format("no"))
    report = importer.activities(text.format("yes"), now=LATER)
    assert counts(report) == (0, 1, 1, 0)
    assert report.remarks[Remark.NO_DONE_TIME] == 1
    assert dict(Activity.objects.values_list("subject", "marked_as_done_time")) == {"A": LATER, "B": None}
    importer.activities(text.format("no"), now=LATER)
    assert not Activity.objects.get(subject="A").is_done


def test_what_the_file_has_no_column_for_stays(importer: Importer) -> None:
    importer.deals(_DEALS)
    importer.activities(_ONE)
    assert counts(importer.activities("id,subject,owner\n1,Call them,Cilla\n")) == (0, 0, 1, 0)
    assert counts(importer.activities("id,subject,owner\n1,Called,David\n")) == (0, 1, 0, 0)
    activity = Activity.objects.get()
    assert (activity.is_done, activity.due_date, activity.owner.name) == (True, date(2026, 1, 8), "David")
    assert activity.deal is not None


def test_activities_without_ids_are_known_by_what_seldom_changes(importer: Importer) -> None:
    text = "subject,owner,add time,due date\nA,Cilla,2026-01-05,{}\nA,David,2026-01-05,2026-02-01\n"
    report = importer.activities(text.format("2026-02-01"))
    assert report.known_by == "subject, owner, add_time."
    assert counts(importer.activities(text.format("2026-02-02"))) == (0, 1, 1, 0)


def test_a_dry_run_of_activities_writes_nothing(importer: Importer) -> None:
    importer.deals(_DEALS)
    text = _ONE + "2,B,Fika,Eva Ek,Boat,,,,\n3,C,Fika,Gun,Raft,,,,\n"
    before = digest_of_everything()
    dry = importer.activities(text, is_dry_run=True)
    assert digest_of_everything() == before
    real = importer.activities(text)
    assert (counts(dry), dry.new_names, dry.remarks) == (counts(real), real.new_names, real.remarks)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("3,Call,\N{ZERO WIDTH SPACE},Eva Ek", "cannot be an activity type"),
        (f"3,Call,{chr(0x130) * 150},Eva Ek", "too long"),
        (f"3,Call,Visit,{'E' * 201}", "cannot be a person's name"),
        ("1,Call,Visit,Eva Ek", "same external id"),
    ],
)
def test_a_rejected_activity_creates_nobody_and_no_type_and_a_dry_run_says_so(
    importer: Importer, row: str, said: str
) -> None:
    text = f"id,subject,type,owner\n1,Ring,call,Cilla\n{row}\n"
    for is_dry_run in (True, False):
        report = importer.activities(text, is_dry_run=is_dry_run)
        assert counts(report) == (1, 0, 0, 1)
        assert said in report.first_rejected[0].reason
        assert report.new_names == {}
    assert not User.objects.filter(name__startswith="E").exists()
    assert not ActivityType.objects.filter(name="Visit").exists()

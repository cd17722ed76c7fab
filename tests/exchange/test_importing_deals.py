"""Deals from files into the company: created once, found again, changed where the file says so."""

from datetime import date, timedelta

import pytest

from goalpost.companies.models import User
from goalpost.crm import record_order
from goalpost.crm.actions import deals as deal_actions
from goalpost.crm.actions.setup import change_stage_order
from goalpost.crm.models import Deal, Pipeline, Stage, StageMove
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.exchange.errors import Unusable
from goalpost.exchange.loading import run
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import NameKind, Remark
from goalpost.ledger import read
from goalpost.ledger.models import Posting, Reason
from goalpost.ledger.questions import Selection
from tests.exchange.importing import LATER, Importer, counts, digest_of_everything, moment
from tests.people import NOW, Cast

_HEADER = "id,title,owner,organization,pipeline,stage,status,value,currency,add time,won time,lost time\n"
_YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
_TWO = (
    _HEADER + "1,Boat,Cilla,Åkeri AB,Sales pipeline,Qualified,open,100,EUR,2026-01-05,,\n"
    "2,Ship,cilla@nordlys.example,Rederi AB,Sales pipeline,Contact made,won,250.50,EUR,2026-01-06,"
    "2026-02-01,\n"
)


def _deal(external_id: str) -> Deal:
    return Deal.objects.get(external_id=external_id)


def test_deals_come_in_and_count(importer: Importer, cast: Cast) -> None:
    report = importer.deals(_TWO)
    assert counts(report) == (2, 0, 0, 0)
    assert report.new_names == {}
    ship = _deal("2")
    assert (ship.title, ship.owner_id, ship.organization, ship.value) == (
        "Ship", cast.cilla.pk, "Rederi AB", 25050,
    )  # fmt: skip
    assert (str(ship.stage), ship.status, ship.won_time) == ("Contact made", "won", moment("2026-02-01"))
    won = read.total(cast.company_id, Selection(Measure.DEALS_WON), _YEAR)
    assert (won.count, won.amount) == (1, 25050)
    posting = Posting.objects.get()
    assert (posting.reason, posting.note, posting.actor_id) == (Reason.IMPORT, "deals.csv", None)


def test_the_same_file_again_changes_nothing(importer: Importer, cast: Cast) -> None:
    importer.deals(_TWO)
    before = digest_of_everything()
    report = importer.deals(_TWO, now=LATER)
    assert counts(report) == (0, 0, 2, 0)
    assert digest_of_everything() == before


def test_a_changed_row_updates_and_what_the_file_lacks_stays(importer: Importer) -> None:
    importer.deals(_TWO)
    report = importer.deals("id,title,owner,value\n1,Boat,Cilla,175\n2,Ship,Cilla,250.50\n", now=LATER)
    assert counts(report) == (0, 1, 1, 0)
    boat = _deal("1")
    assert (boat.value, boat.organization, boat.add_time) == (17500, "Åkeri AB", moment("2026-01-05"))
    assert (str(boat.stage), boat.status, boat.updated_at) == ("Qualified", "open", LATER)


def test_an_emptied_cell_is_emptied(importer: Importer) -> None:
    importer.deals(_TWO)
    importer.deals(_TWO.replace("Åkeri AB", "").replace("2026-01-05", ""), now=LATER)
    boat = _deal("1")
    assert (boat.organization, boat.add_time) == ("", None)


def test_a_deal_created_in_a_stage_enters_it_when_it_was_added(importer: Importer) -> None:
    importer.deals(
        "id,title,owner,stage,add time,stage change time\n"
        "1,A,Cilla,Demo scheduled,2026-01-05,2026-01-20\n2,B,Cilla,Demo scheduled,2026-01-06,\n"
        "3,C,Cilla,Demo scheduled,,\n"
    )
    moved = dict(StageMove.objects.values_list("deal__external_id", "moved_at"))
    assert moved == {"1": moment("2026-01-20"), "2": moment("2026-01-06"), "3": None}


@pytest.mark.parametrize(("told", "moved_at"), [("", LATER), ("2026-02-03", moment("2026-02-03"))])
def test_a_deal_in_another_stage_has_moved_there(importer: Importer, told: str, moved_at: object) -> None:
    text = "id,title,owner,stage,add time,stage change time\n1,A,Cilla,{},2026-01-05,{}\n"
    importer.deals(text.format("Qualified", ""))
    importer.deals(text.format("Demo scheduled", told), now=LATER)
    moves = list(StageMove.objects.order_by("id").values_list("stage__name", "moved_at"))
    assert moves == [("Qualified", moment("2026-01-05")), ("Demo scheduled", moved_at)]
    assert _deal("1").stage_change_time == moved_at
    again = importer.deals(text.format("Demo scheduled", told), now=LATER + timedelta(days=1))
    assert counts(again) == (0, 0, 1, 0)


def test_a_corrected_stage_change_time_corrects_the_move(importer: Importer) -> None:
    text = "id,title,owner,stage,add time,stage change time\n1,A,Cilla,Qualified,2026-01-05,{}\n"
    importer.deals(text.format("2026-01-07"))
    importer.deals(text.format("2026-01-09"))
    assert StageMove.objects.get().moved_at == moment("2026-01-09")


def test_a_corrected_add_time_corrects_the_creation(importer: Importer, cast: Cast) -> None:
    text = "id,title,owner,add time\n1,A,Cilla,{}\n"
    importer.deals(text.format(""))
    importer.deals(text.format("2026-01-05"))
    assert StageMove.objects.get().moved_at == moment("2026-01-05")
    progressed = read.total(cast.company_id, Selection(Measure.DEALS_PROGRESSED), _YEAR)
    assert progressed.count == 1


def test_a_reopened_deal_leaves_won(importer: Importer, cast: Cast) -> None:
    importer.deals(_TWO)
    importer.deals(_TWO.replace("won,250.50,EUR,2026-01-06,2026-02-01,", "open,250.50,EUR,2026-01-06,,"))
    assert (_deal("2").status, _deal("2").won_time) == ("open", None)
    assert read.total(cast.company_id, Selection(Measure.DEALS_WON), _YEAR).count == 0


def test_a_deal_won_since_without_a_time_is_won_now(importer: Importer) -> None:
    importer.deals("id,title,owner,status\n1,A,Cilla,open\n2,B,Cilla,won\n")
    report = importer.deals("id,title,owner,status\n1,A,Cilla,won\n2,B,Cilla,won\n", now=LATER)
    assert (_deal("1").won_time, _deal("2").won_time) == (LATER, None)
    assert report.remarks[Remark.NO_WON_TIME] == 1
    assert counts(importer.deals("id,title,owner,status\n1,A,Cilla,won\n")) == (0, 0, 1, 0)


def test_a_status_that_the_file_does_not_tell_stays(importer: Importer) -> None:
    importer.deals(_TWO)
    importer.deals("id,title,owner,stage\n2,Ship,Cilla,Demo scheduled\n", now=LATER)
    assert (_deal("2").status, _deal("2").won_time) == ("won", moment("2026-02-01"))


def test_a_deal_that_left_a_stage_named_closed_won_is_open_again(importer: Importer) -> None:
    text = "id,title,owner,stage,close date\n1,A,Cilla,{},2026-03-01\n"
    importer.deals(text.format("Closed Won"))
    assert (_deal("1").status, _deal("1").won_time) == ("won", moment("2026-03-01"))
    importer.deals(text.format("Proposal made"), now=LATER)
    deal = _deal("1")
    assert (deal.status, deal.won_time, deal.expected_close_date) == ("open", None, date(2026, 3, 1))


def test_who_and_what_is_missing_is_created_in_the_order_of_the_file(importer: Importer, cast: Cast) -> None:
    report = importer.deals(
        "title,owner,pipeline,stage\nA,Eva Ek,Renewals,Later\nB,eva  EK,renewals,Sooner\nC,Eva Ek,,later\n"
    )
    assert report.new_names == {
        NameKind.PERSON: ["Eva Ek"],
        NameKind.PIPELINE: ["Renewals"],
        NameKind.STAGE: ["Later (in Renewals)", "Sooner (in Renewals)"],
    }
    eva = User.objects.get(name="Eva Ek")
    assert (eva.email, eva.is_active, eva.has_usable_password()) == (None, True, False)
    stages = Stage.objects.filter(pipeline__name="Renewals").order_by("position")
    assert list(stages.values_list("name", flat=True)) == ["Later", "Sooner"]
    # An empty pipeline is the one that knows the stage.
    assert Deal.objects.get(title="C").pipeline.name == "Renewals"


def test_without_a_pipeline_column_deals_belong_to_the_first(importer: Importer, cast: Cast) -> None:
    importer.deals("title,owner,stage\nA,Cilla,Brand new\nB,Cilla,\n")
    a, b = Deal.objects.order_by("id")
    assert (a.pipeline_id, str(a.stage), b.stage_id) == (cast.pipeline.pk, "Brand new", cast.stages[0].pk)


def test_a_new_pipeline_without_a_stage_gets_one(importer: Importer) -> None:
    importer.deals("title,owner,pipeline\nA,Cilla,Renewals\n")
    stage = Deal.objects.get().stage
    assert stage is not None
    assert stage.pipeline == Pipeline.objects.get(name="Renewals")


def test_a_deal_moved_to_another_pipeline_by_hand_stays_there(importer: Importer, cast: Cast) -> None:
    importer.deals("id,title,owner,pipeline,stage\n1,A,Cilla,,Qualified\n2,B,Cilla,Renewals,Qualified\n")
    stage = Stage.objects.get(pipeline__name="Renewals")
    deal_actions.move_deal(actor=cast.as_astrid, deal_id=_deal("1").pk, stage_id=stage.pk, now=NOW)
    assert counts(importer.deals("id,title,owner,stage\n1,A,Cilla,Qualified\n")) == (0, 0, 1, 0)


def test_two_people_of_one_name_need_an_address(importer: Importer, cast: Cast) -> None:
    User.objects.create(company=cast.company, name="cilla", created_at=NOW)
    report = importer.deals("title,owner\nA,Cilla\nB,cilla@nordlys.example\n")
    assert counts(report) == (1, 0, 0, 1)
    assert "give the e-mail address" in report.first_rejected[0].reason


def test_a_second_row_of_the_same_id_is_rejected_with_its_cells(importer: Importer) -> None:
    report = importer.deals("id,title,owner\n1,A,Cilla\n1,B,Eva\n")
    assert counts(report) == (1, 0, 0, 1)
    assert _deal("1").title == "A"
    text = importer.rejects(FileKind.DEALS).read_text(encoding="utf-8-sig")
    assert "line,reason,id,title,owner" in text
    assert "same external id as line 2" in text
    assert "1,B,Eva" in text


def test_rows_without_ids_are_known_by_what_seldom_changes(importer: Importer) -> None:
    text = "title,organization,owner,add time,value\nA,X,Cilla,2026-01-05,{}\nA,X,Cilla,2026-01-05,7\n"
    report = importer.deals(text.format(5))
    assert counts(report) == (2, 0, 0, 0)
    assert report.known_by == "title, organization, owner, add_time."
    assert report.remarks[Remark.DUPLICATE] == 1
    assert counts(importer.deals(text.format(5))) == (0, 0, 2, 0)
    assert counts(importer.deals(text.format(6))) == (0, 1, 1, 0)
    assert sorted(Deal.objects.values_list("value", flat=True)) == [600, 700]


def test_a_deleted_deal_stays_deleted(importer: Importer, cast: Cast) -> None:
    importer.deals(_TWO)
    deal_actions.delete_deal(actor=cast.as_astrid, deal_id=_deal("2").pk, now=NOW)
    report = importer.deals(_TWO)
    assert counts(report) == (0, 0, 2, 0)
    assert report.remarks[Remark.DELETED] == 1
    assert _deal("2").is_deleted


def test_a_currency_without_a_rate_is_told(importer: Importer, cast: Cast) -> None:
    report = importer.deals("title,owner,value,currency\nA,Cilla,5,NOK\nB,Cilla,5,NOK\nC,Cilla,5,EUR\n")
    assert dict(report.unrated) == {"NOK": 2}


def test_a_value_without_its_currency_keeps_the_deals(importer: Importer) -> None:
    importer.deals("id,title,owner,value,currency\n1,A,Cilla,500,JPY\n2,B,Cilla,500,JPY\n")
    report = importer.deals("id,title,owner,value\n1,A,Cilla,600\n2,B,Cilla,600.50\n")
    assert counts(report) == (0, 1, 0, 1)
    assert (_deal("1").value, _deal("1").currency) == (600, "JPY")
    importer.deals("id,title,owner,currency\n1,A,Cilla,EUR\n")
    assert (_deal("1").value, _deal("1").currency) == (60000, "EUR")


def test_a_dry_run_tells_the_same_and_writes_nothing(importer: Importer) -> None:
    importer.deals(_TWO)
    text = _TWO.replace("250.50", "300") + "3,Raft,Eva Ek,,Renewals,Start,open,1,EUR,,,\n4,,Eva Ek,,,,,,,,,\n"
    before = digest_of_everything()
    dry = importer.deals(text, is_dry_run=True)
    assert digest_of_everything() == before
    assert not importer.rejects(FileKind.DEALS).exists()
    real = importer.deals(text)
    assert counts(dry) == counts(real) == (1, 1, 1, 1)
    assert (dry.new_names, dry.remarks, dry.first_rejected) == (
        real.new_names, real.remarks, real.first_rejected,
    )  # fmt: skip


def test_a_strict_import_refuses_new_names_before_anything_is_written(importer: Importer) -> None:
    before = digest_of_everything()
    with pytest.raises(Unusable, match=r"Eva Ek.*Renewals.*Start"):
        importer.deals("title,owner,pipeline,stage\nA,Cilla,,\nB,Eva Ek,Renewals,Start\n", is_strict=True)
    assert digest_of_everything() == before
    assert counts(importer.deals("title,owner\nA,Cilla\n", is_strict=True)) == (1, 0, 0, 0)


def test_files_with_nothing_to_take_change_nothing(importer: Importer) -> None:
    before = digest_of_everything()
    assert counts(importer.deals("title,owner\n")) == (0, 0, 0, 0)
    assert counts(importer.deals("title,owner\n,Cilla\nA,\n")) == (0, 0, 0, 2)
    assert digest_of_everything() == before


def test_many_rows_come_in_by_batches(
    importer: Importer, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 2_000)
    rows = "".join(f"{number},Deal {number},Cilla,2026-01-05,1\n" for number in range(4_500))
    report = importer.deals(f"id,title,owner,add time,value\n{rows}")
    assert counts(report) == (4_500, 0, 0, 0)
    assert Posting.objects.count() == 3
    started = read.total(cast.company_id, Selection(Measure.DEALS_STARTED), _YEAR)
    assert (started.count, started.amount) == (4_500, 450_000)


def test_a_rejected_row_creates_nobody_and_no_stage(importer: Importer) -> None:
    importer.deals("id,title,owner,value,currency\n1,Boat,Cilla,10.55,EUR\n")
    text = (
        "id,title,owner,pipeline,stage,currency\n1,Boat,Eva Ek,New line,New stage,JPY\n"
        "2,Ship,Cilla,,,EUR\n2,Ship,Fia Falk,Other line,Other stage,EUR\n"
    )
    before = set(User.objects.values_list("name", flat=True)), Stage.objects.count(), Pipeline.objects.count()
    dry = importer.deals(text, is_dry_run=True)
    report = importer.deals(text)
    after = set(User.objects.values_list("name", flat=True)), Stage.objects.count(), Pipeline.objects.count()
    assert after == before
    assert counts(report) == counts(dry) == (1, 0, 0, 2)
    assert report.new_names == dry.new_names == {}
    assert [row.line for row in report.first_rejected] == [2, 4]


@pytest.mark.parametrize("owner", ["E" * 201, "\N{ZERO WIDTH SPACE}", "Eva\N{RIGHT-TO-LEFT OVERRIDE}Ek"])
def test_an_owner_whom_nobody_may_be_called_is_rejected_in_a_dry_run_too(
    importer: Importer, owner: str
) -> None:
    text = f"title,owner,stage\nA,{owner},New\nB,Cilla,\n"
    dry, real = importer.deals(text, is_dry_run=True), importer.deals(text)
    assert counts(dry) == counts(real) == (1, 0, 0, 1)
    assert "cannot be a person's name" in dry.first_rejected[0].reason
    assert dry.first_rejected == real.first_rejected
    assert dry.new_names == real.new_names == {}


def test_deals_without_an_id_of_a_new_owner_are_told_apart_and_found_again(importer: Importer) -> None:
    text = "title,owner\nA,Eva Ek\nA,eva ek\nA,Eva Ek\n"
    report = importer.deals(text)
    assert (counts(report), report.remarks[Remark.DUPLICATE]) == ((3, 0, 0, 0), 2)
    assert counts(importer.deals(text, now=LATER)) == (0, 0, 3, 0)
    assert report.new_names == {NameKind.PERSON: ["Eva Ek"]}


def test_won_and_lost_credit_no_stage_and_the_deal_keeps_the_last_open_one(
    importer: Importer, cast: Cast
) -> None:
    text = "id,title,owner,stage,close date,stage change time\n1,A,Cilla,{},2026-03-10,{}\n"
    importer.deals(text.format("Proposal made", "2026-03-01"))
    assert counts(importer.deals(text.format("6 - Closed Won", "2026-03-10"))) == (0, 1, 0, 0)
    deal = _deal("1")
    assert (deal.status, str(deal.stage), deal.won_time) == ("won", "Proposal made", moment("2026-03-10"))
    assert [move.stage.name for move in deal.stage_moves.all()] == ["Proposal made"]
    importer.deals("id,title,owner,stage,close date\n2,B,Cilla,Closed Lost to Competition,2026-03-10\n")
    lost = _deal("2")
    assert (lost.status, lost.stage, lost.stage_moves.count()) == ("lost", None, 0)
    assert not Stage.objects.filter(name__icontains="closed").exists()
    progressed = read.total(cast.company_id, Selection(Measure.DEALS_PROGRESSED), _YEAR)
    assert progressed.count == 1


def test_a_deal_that_comes_back_from_its_end_enters_the_stage_it_comes_to(
    importer: Importer, cast: Cast
) -> None:
    importer.deals("id,title,owner,stage\n1,A,Cilla,Closed Lost\n")
    importer.deals("id,title,owner,stage\n1,A,Cilla,Qualified\n", now=LATER)
    deal = _deal("1")
    assert (deal.status, str(deal.stage)) == ("open", "Qualified")
    assert [move.moved_at for move in deal.stage_moves.all()] == [LATER]
    deal_actions.lose_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER)
    importer.deals("id,title,owner,stage\n1,A,Cilla,Qualified\n", now=LATER)
    assert _deal("1").status == "lost"


def test_a_deal_deleted_where_it_comes_from_leaves_and_comes_back_by_the_next_file(
    importer: Importer,
) -> None:
    text = "id,title,owner,add time,deleted\n1,A,Cilla,2026-03-01,{}\n"
    importer.deals(text.format("no"))
    importer.deals(text.format("yes"))
    assert _deal("1").is_deleted
    importer.deals(text.format("no"))
    assert not _deal("1").is_deleted


@pytest.mark.parametrize("most", [0, 10_000])
def test_records_by_stage_begin_with_those_of_which_only_the_end_is_known(
    importer: Importer, cast: Cast, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(record_order, "MANY", most)
    importer.deals(
        "id,title,owner,stage,close date\n1,A,Cilla,Closed Won,2026-03-01\n2,B,Cilla,Qualified,2026-03-02\n"
        "3,C,Cilla,Won,2026-03-03\n"
    )
    deal_actions.win_deal(actor=cast.as_astrid, deal_id=_deal("2").pk, now=NOW)
    sorting = record_order.Sorting(record_order.RecordOrder.PLACE, is_descending=False)
    won = Selection(Measure.DEALS_WON)
    found = record_order.records_in_order(cast.company_id, won, _YEAR, sorting, how_many=3, limit=50)
    titles = [Deal.objects.get(pk=each.source_id).title for each in found.page.records]
    assert titles == ["A", "C", "B"]


def _stage_names() -> list[str]:
    return list(Stage.objects.order_by("pipeline__position", "position").values_list("name", flat=True))


_NUMBERED = (
    "id,title,owner,pipeline,stage,add time,stage change time\n1,A,Cilla,Line,1 Lead,2026-04-01,2026-04-01\n"
    "2,B,Cilla,Line,3 Closing,2026-04-01,2026-04-02\n3,C,Cilla,Line,2 Proposal,2026-04-01,2026-04-02\n"
)


def test_numbers_tell_the_order_of_stages_and_moves_enter_what_lies_between(
    importer: Importer, cast: Cast
) -> None:
    report = importer.deals(_NUMBERED)
    assert _stage_names()[-3:] == ["1 Lead", "2 Proposal", "3 Closing"]
    order = "Stages of Line, by their numbers: 1 Lead > 2 Proposal > 3 Closing."
    assert report.stages == [f"{order} Moved deals recounted: 0."]
    importer.deals(_NUMBERED.replace("1 Lead,2026-04-01,2026-04-01", "2 Proposal,2026-04-01,2026-05-10"))
    entered = {
        name: read.total(
            cast.company_id,
            Selection(Measure.DEALS_PROGRESSED, items=frozenset({Stage.objects.get(name=name).pk})),
            Period(date(2026, 5, 1), date(2026, 6, 1)),
        ).count
        for name in _stage_names()[-3:]
    }
    assert entered == {"1 Lead": 0, "2 Proposal": 1, "3 Closing": 0}


def test_a_stage_added_between_two_takes_its_place_and_counts_the_moves_over_it_anew(
    importer: Importer, cast: Cast
) -> None:
    importer.deals(_NUMBERED)
    importer.deals(_NUMBERED.replace("1 Lead,2026-04-01,2026-04-01", "3 Closing,2026-04-01,2026-05-10"))
    added = _NUMBERED.partition("\n")[0] + "\n9,I,Cilla,Line,2b Demo,2026-06-01,2026-06-01\n"
    added = added.replace("2b Demo", "2 Demo")
    before = digest_of_everything()
    dry = importer.deals(added, is_dry_run=True)
    assert digest_of_everything() == before
    report = importer.deals(added)
    assert report.stages == dry.stages
    assert "Moved deals recounted: 1." in report.stages[0]
    assert _stage_names()[-4:] == ["1 Lead", "2 Proposal", "2 Demo", "3 Closing"]
    demo = frozenset({Stage.objects.get(name="2 Demo").pk})
    entered = read.total(cast.company_id, Selection(Measure.DEALS_PROGRESSED, items=demo), _YEAR)
    assert entered.count == 2


def test_an_order_that_is_told_goes_before_any_other(importer: Importer) -> None:
    options = ReadOptions(stage_order="Offer > Talk")
    text = "title,owner,pipeline,stage\nA,Cilla,Line,Talk\nB,Cilla,Line,Offer\n"
    importer.run(FileKind.DEALS, text, ReadOptions())
    assert _stage_names()[-2:] == ["Talk", "Offer"]
    report = importer.run(FileKind.DEALS, text, options)
    assert _stage_names()[-2:] == ["Offer", "Talk"]
    assert "Stages of Line, as stated: Offer > Talk." in report.stages[0]
    with pytest.raises(Unusable, match="at least two stages"):
        importer.run(FileKind.DEALS, text, ReadOptions(stage_order="Offer"))


def test_stages_of_known_programs_stand_as_these_have_them(importer: Importer) -> None:
    importer.deals(
        "title,owner,pipeline,stage\nA,Cilla,Line,Negotiation/Review\nB,Cilla,Line,Prospecting\n"
        "C,Cilla,Line,Needs Analysis\n"
    )
    assert _stage_names()[-3:] == ["Prospecting", "Needs Analysis", "Negotiation/Review"]


_LIKELY = (
    "id,title,owner,pipeline,stage,probability\n1,A,Cilla,Line,Talk,20\n2,B,Cilla,Line,Closing,80\n"
    "3,C,Cilla,Line,Offer,50\n"
)


def test_probabilities_tell_the_order_of_new_stages(importer: Importer) -> None:
    dry = importer.deals(_LIKELY, is_dry_run=True)
    report = importer.deals(_LIKELY)
    assert _stage_names()[-3:] == ["Talk", "Offer", "Closing"]
    assert "Stages of Line, by their probabilities: Talk > Offer > Closing." in report.stages[0]
    assert report.stages == dry.stages


def test_probabilities_that_differ_within_a_stage_tell_nothing(importer: Importer) -> None:
    report = importer.deals(f"{_LIKELY}4,D,Cilla,Line,Offer,60\n")
    assert _stage_names()[-3:] == ["Talk", "Closing", "Offer"]
    assert "new ones last, in the order of the file: give --stage-order" in report.stages[0]


def test_a_guess_changes_no_order_that_stands(importer: Importer, cast: Cast) -> None:
    importer.deals(_NUMBERED)
    line = Stage.objects.get(name="1 Lead").pipeline_id
    by_name = {stage.name: stage.pk for stage in Stage.objects.filter(pipeline_id=line)}
    wanted = [by_name[name] for name in ("2 Proposal", "1 Lead", "3 Closing")]
    change_stage_order(actor=cast.as_astrid, pipeline_id=line, stage_ids=wanted, now=NOW)
    added = _NUMBERED.partition("\n")[0] + "\n9,I,Cilla,Line,2 Demo,2026-06-01,2026-06-01\n"
    report = importer.deals(added)
    assert _stage_names()[-4:] == ["2 Proposal", "1 Lead", "3 Closing", "2 Demo"]
    assert "(against the order that stands, by their numbers)" in report.stages[0]

"""Stage histories from files: progress of the past is exact, however the rows come."""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from goalpost.crm.actions.setup import change_stage_order
from goalpost.crm.models import Deal, Stage, StageMove
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import Remark, Report, summary_lines
from goalpost.ledger.questions import Selection
from goalpost.ledger.read import total
from tests.exchange.importing import LATER, Importer, counts, digest_of_everything
from tests.people import Cast

_FOLDER = Path(__file__).parent / "exports"
_DEALS = (
    "id,title,owner,stage,add time\n1,A,Cilla,3 Closing,2024-03-01\n2,B,Cilla,2 Proposal,2024-03-01\n"
    "3,C,Cilla,1 Lead,2024-03-01\n"
)
_ROWS = (
    "1,1 Lead,2024-03-01 09:00",
    "1,2 Proposal,2024-04-10 09:00",
    "1,3 Closing,2024-05-20 09:00",
    "2,1 Lead,2024-03-01 09:00",
    "2,3 Closing,2024-04-01 09:00",
    "2,2 Proposal,2024-05-02 09:00",
)
_HEADER = "deal id,stage,moment\n"


def _history(importer: Importer, text: str, options: ReadOptions | None = None, **order: bool) -> Report:
    return importer.run(FileKind.HISTORY, text, options or ReadOptions(), now=LATER, **order)


def _file(name: str) -> str:
    return (_FOLDER / f"{name}.csv").read_text(encoding="utf-8")


def _entered(cast: Cast, stage: str) -> dict[int, int]:
    """Return how many deals entered a stage in each month of spring 2024."""
    selection = Selection(
        Measure.DEALS_PROGRESSED,
        items=frozenset(Stage.objects.filter(name=stage).values_list("id", flat=True)),
    )
    months = {month: Period(date(2024, month, 1), date(2024, month + 1, 1)) for month in (3, 4, 5)}
    counted = {month: total(cast.company_id, selection, period).count for month, period in months.items()}
    return {month: count for month, count in counted.items() if count}


def test_progress_of_the_past_is_exact(importer: Importer, cast: Cast) -> None:
    importer.deals(_DEALS)
    assert _entered(cast, "3 Closing") == {3: 1}  # created there, as far as anybody knew
    report = _history(importer, _HEADER + "\n".join(_ROWS) + "\n")
    assert counts(report) == (6, 0, 0, 0)
    # B went back from Closing: it has entered Proposal again and Closing never.
    assert _entered(cast, "1 Lead") == {3: 3}
    assert _entered(cast, "2 Proposal") == {4: 1, 5: 1}
    assert _entered(cast, "3 Closing") == {5: 1}


def _ledger() -> list[tuple[object, ...]]:
    moves = StageMove.objects.order_by("deal__title", "number")
    return list(moves.values_list("deal__title", "number", "stage__name", "moved_at"))


def test_the_same_history_again_changes_nothing(importer: Importer) -> None:
    importer.deals(_DEALS)
    text = _HEADER + "\n".join(_ROWS) + "\n"
    _history(importer, text)
    before = digest_of_everything()
    assert counts(_history(importer, text)) == (0, 0, 6, 0)
    assert counts(importer.deals(_DEALS)) == (0, 0, 3, 0)
    assert digest_of_everything() == before


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_order_and_parts_of_a_history_make_no_difference(
    importer: Importer, cast: Cast, order: tuple[int, ...], cut: int
) -> None:
    rows = [_ROWS[i] for i in order]
    importer.deals(_DEALS)
    for part in (rows[:cut], rows[cut:], rows[:2]):
        _history(importer, _HEADER + "\n".join(part) + "\n")
    assert _ledger() == [
        ("A", 1, "1 Lead", _moment("2024-03-01")), ("A", 2, "2 Proposal", _moment("2024-04-10")),
        ("A", 3, "3 Closing", _moment("2024-05-20")),
        ("B", 1, "1 Lead", _moment("2024-03-01")), ("B", 2, "2 Proposal", None),
        ("C", 1, "1 Lead", date_of("2024-03-01")),
    ]  # fmt: skip


def _moment(day: str) -> object:
    return date_of(day).replace(hour=9)


def date_of(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def test_what_happened_after_the_history_stays(importer: Importer, cast: Cast) -> None:
    importer.deals(
        "id,title,owner,stage,add time,stage change time\n1,A,Cilla,3 Closing,2024-03-01,2024-05-20\n"
    )
    _history(importer, _HEADER + "1,1 Lead,2024-03-01\n1,2 Proposal,2024-04-10\n")
    assert [(move[2], str(move[3])[:10]) for move in _ledger()] == [
        ("1 Lead", "2024-03-01"), ("2 Proposal", "2024-04-10"), ("3 Closing", "2024-05-20"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("deals", "file"),
    [
        ("salesforce_api_deals", "salesforce_opportunity_history"),
        ("salesforce_api_deals", "salesforce_field_history"),
        ("pipedrive_deals", "pipedrive_deal_changes"),
    ],
)
def test_the_history_of_an_export(importer: Importer, cast: Cast, deals: str, file: str) -> None:
    importer.deals(_file(deals))
    report = _history(importer, _file(file))
    assert report.rejected == 0, report.first_rejected
    assert "exported by " in summary_lines(report)[1]
    assert _entered(cast, "Prospecting") == {4: 2}
    assert _entered(cast, "Proposal") == {4: 1, 5: 1} if "salesforce" in deals else {4: 2, 5: 1}
    assert not Stage.objects.filter(name="Closed Won").exists()
    before = digest_of_everything()
    _history(importer, _file(file))
    assert digest_of_everything() == before


def test_columns_of_days_entered_come_in_with_the_deals(importer: Importer, cast: Cast) -> None:
    report = importer.deals(_file("hubspot_deals_with_dates"))
    assert counts(report) == (2, 0, 0, 0)
    assert any(note.startswith("When deals entered their stages: 2 rows had news") for note in report.notes)
    assert _entered(cast, "Appointment Scheduled") == {4: 2}
    assert _entered(cast, "Qualified To Buy") == {4: 1, 5: 1}
    assert _entered(cast, "Contract Sent") == {4: 1}
    assert dict(Deal.objects.values_list("title", "status")) == {"A": "won", "B": "open"}
    before = digest_of_everything()
    importer.deals(_file("hubspot_deals_with_dates"))
    _history(importer, _file("hubspot_deals_with_dates"))
    assert digest_of_everything() == before


def test_other_fields_and_ends_are_counted(importer: Importer) -> None:
    importer.deals(_file("salesforce_api_deals"))
    report = _history(importer, _file("salesforce_field_history"))
    assert (report.remarks[Remark.OTHER_FIELD], report.remarks[Remark.ENDS]) == (2, 1)


def test_a_deal_that_is_not_here_rejects_its_row(importer: Importer) -> None:
    importer.deals(_DEALS)
    report = _history(importer, _HEADER + "7,1 Lead,2024-03-01\n1,1 Lead,2024-03-01\n")
    assert counts(report) == (1, 0, 0, 1)
    assert "import the deals first" in report.first_rejected[0].reason


def test_the_stage_of_a_closed_deal_is_the_last_of_all_parts_of_its_history(importer: Importer) -> None:
    importer.deals("id,title,owner,stage,add time\n1,A,Cilla,Closed Lost,2024-03-01\n")
    for row in ("1,1 Lead,2024-03-01", "1,3 Closing,2024-05-20", "1,2 Proposal,2024-04-10"):
        _history(importer, f"{_HEADER}{row}\n")
        stage = Deal.objects.values_list("stage__name", flat=True).get()
        assert stage == [move[2] for move in _ledger()][-1]
    assert [move[2] for move in _ledger()] == ["1 Lead", "2 Proposal", "3 Closing"]
    assert all(move[3] for move in _ledger())


def test_the_id_of_a_stage_is_asked_about(importer: Importer) -> None:
    importer.deals(_DEALS)
    text = "deal id,field,old value,new value,time\n1,stage_id,5,6,2024-04-10 09:00\n"
    report = _history(importer, text)
    assert '--value "stage:' in report.first_rejected[0].reason
    told = ReadOptions(values=("stage:5=1 Lead", "stage:6=3 Closing"))
    assert counts(_history(importer, text, told)) == (1, 0, 0, 0)
    assert [move[2] for move in _ledger() if move[0] == "A"] == ["1 Lead", "3 Closing"]


def test_a_dry_run_of_a_history_changes_nothing(importer: Importer) -> None:
    importer.deals(_DEALS)
    before = digest_of_everything()
    assert counts(_history(importer, _HEADER + "1,New stage,2024-03-01\n", is_dry_run=True)) == (1, 0, 0, 0)
    assert digest_of_everything() == before


def test_a_file_without_stages_is_refused(importer: Importer) -> None:
    with pytest.raises(Unusable, match="--column stage=HEADER"):
        _history(importer, "deal id,moment\n1,2024-03-01\n")


def test_a_changed_order_of_stages_counts_a_history_anew(importer: Importer, cast: Cast) -> None:
    importer.deals(_DEALS)
    _history(importer, _HEADER + "1,1 Lead,2024-03-01\n1,3 Closing,2024-05-20\n")
    assert _entered(cast, "2 Proposal") == {3: 1, 5: 1}
    stages = list(Stage.objects.filter(pipeline=cast.pipeline).order_by("position"))
    proposal = next(stage for stage in stages if stage.name == "2 Proposal")
    ids = [stage.pk for stage in stages if stage != proposal] + [proposal.pk]
    change_stage_order(actor=cast.operator, pipeline_id=cast.pipeline.pk, stage_ids=ids, now=LATER)
    assert _entered(cast, "2 Proposal") == {3: 1}

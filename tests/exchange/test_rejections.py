"""What is wrong with rejected rows, in groups, each with its values and the command that settles it."""

import shlex
from collections.abc import Sequence

import pytest

from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import Report, summary_lines
from tests.exchange.importing import Importer, counts


def _groups(report: Report) -> list[str]:
    lines = summary_lines(report)
    return lines[lines.index("Rejected:") + 1 :]


def _options(words: Sequence[str]) -> ReadOptions:
    """Return what a command line says of how the file is read."""
    match words:
        case ["--value", value]:
            return ReadOptions(values=(value,))
        case ["--default", value]:
            return ReadOptions(defaults=(value,))
        case ["--date-format", value]:
            return ReadOptions(date_formats=(value,))
        case ["--source", value]:
            return ReadOptions(source=value)
    raise AssertionError(words)


def test_rejections_are_grouped_and_the_rarest_is_not_hidden(importer: Importer) -> None:
    rows = "".join(f"{i},Cilla,Engaging,2026-01-01\n" for i in range(40))
    report = importer.deals(f"title,owner,status,add time\n{rows}A,Cilla,Waiting,2026-01-01\n")
    engaging, command, waiting, other, _ = _groups(report)
    assert engaging.startswith("  40 rows (lines 2, 3, 4, …): status: “Engaging” is not open, won or lost.")
    assert command.endswith('deals.csv --value "status:Engaging=open"')
    assert waiting.startswith("  line 42: status: “Waiting” is not")
    assert other.endswith('--value "status:Waiting=open"')


def test_values_that_one_option_settles_are_one_group(importer: Importer) -> None:
    report = importer.deals(
        "title,owner,add time\nA,Cilla,03/04/2026\nB,Cilla,03/04/2026\nC,Cilla,05/06/2026\n"
    )
    group, command, _ = _groups(report)
    assert group.startswith("  3 rows (lines 2, 3, 4): add time: a value is not a date")
    assert group.endswith("“03/04/2026” (2); “05/06/2026” (1)")
    assert command.endswith("deals.csv --date-format %d/%m/%Y")


@pytest.mark.parametrize(
    "text",
    [
        "title,owner,status\nA,Cilla,Engaging\nB,Cilla,Engaging\n",
        'title,owner,status\nA,Cilla,"It\'s = ""on"" for $5"\n',
        "title,owner,add time\nA,Cilla,03/04/2026\n",
        "title,owner\nA,\n",
        "title,owner,is_won\nA,Cilla,perhaps\n",
        "title,owner,deleted\nA,Cilla,perhaps\n",
        "title,owner,probability\nA,Cilla,50\nB,Cilla,0.75\n",
        "id,title,owner\n7,A,Cilla\n",
    ],
)
def test_the_command_of_each_group_settles_it(importer: Importer, text: str) -> None:
    importer.run(FileKind.DEALS, "id,title,owner\n7,Known,Cilla\n", ReadOptions(source="zoho"))
    report = importer.deals(text, is_dry_run=True)
    assert report.rejected
    commands = [line.strip() for line in _groups(report) if line.startswith("    goalpost import deals ")]
    assert len(commands) == 1
    options = _options(shlex.split(commands[0])[4:])
    told = importer.run(FileKind.DEALS, text, options, is_dry_run=True)
    assert told.rejected == 0, (options, _groups(told))


def test_a_row_with_two_faults_is_in_two_groups_and_counted_once(importer: Importer) -> None:
    report = importer.deals("title,owner,status,value\nA,Cilla,Engaging,much\n")
    assert counts(report) == (0, 0, 0, 1)
    assert [line for line in _groups(report) if line.startswith("  line 2: ")] == [
        line for line in _groups(report) if "status: “Engaging”" in line or "value: “much” is not" in line
    ]  # fmt: skip
    assert len(report.rejections) == 2


def test_rows_with_one_id_are_one_group_with_their_ids(importer: Importer) -> None:
    report = importer.deals("id,title,owner\n1,A,Cilla\n1,B,Cilla\n2,C,Cilla\n2,D,Cilla\n")
    group, _ = _groups(report)
    assert group.startswith("  2 rows (lines 3, 5): has the same external id as an earlier row.")
    assert group.endswith("“1” (1); “2” (1)")


def test_of_very_many_values_the_rarest_are_shown_too(importer: Importer) -> None:
    rows = "".join(f"{i},Cilla,day {i}\n" * (2 if i < 30 else 1) for i in range(40))
    group = _groups(importer.deals(f"title,owner,add time\n{rows}"))[0]
    assert "… 20 more …" in group
    assert "“day 39” (1)" in group


def test_probabilities_are_rounded_to_whole_percent_and_it_is_said(importer: Importer) -> None:
    report = importer.deals("title,owner,probability\nA,Cilla,47.57\nB,Cilla,62.5\n")
    assert counts(report) == (2, 0, 0, 0)
    assert "Probabilities are rounded to whole percent: 47.57 is 48." in report.notes

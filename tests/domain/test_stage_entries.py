"""When a deal entered which stage: the progress rule as a table, and against a second way to say it.

The Nordic pipeline has stages A to E; the Partner pipeline has X to Z.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.counting import StageMove, StageRule, stage_entries

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS = {"A": 15, "B": 14, "C": 13, "D": 12, "E": 11, "X": 21, "Y": 22, "Z": 23}
NAMES = {number: name for name, number in IDS.items()}
STAGES = {
    IDS[name]: StageRule(pipeline_id=pipeline, position=position, probability=None)
    for pipeline, names in ((1, "ABCDE"), (2, "XYZ"))
    for position, name in enumerate(names)
}


def moves_along(path: str) -> list[StageMove]:
    """One move a day: the first on day 0."""
    return [StageMove(IDS[name], START + timedelta(days=at)) for at, name in enumerate(path)]


def entered(path: str) -> str:
    """Return the stages in order with the day each was entered: `A0 B1`."""
    found = stage_entries(moves_along(path), STAGES)
    days = {NAMES[stage]: (moment - START).days for stage, moment in found.items() if moment is not None}
    assert len(days) == len(found)
    return " ".join(f"{name}{days[name]}" for name in sorted(days))


@pytest.mark.parametrize(
    ("path", "entries"),
    [
        # created
        ("", ""),
        ("A", "A0"),
        ("C", "C0"),  # not the stages before it
        # forward
        ("AB", "A0 B1"),
        ("ABCDE", "A0 B1 C2 D3 E4"),
        ("AD", "A0 B1 C1 D1"),  # the skipped stages at the same moment
        ("BE", "B0 C1 D1 E1"),
        ("ACE", "A0 B1 C1 D2 E2"),
        # back
        ("ACB", "A0 B2"),  # C is taken away, B entered again
        ("ADA", "A2"),
        ("ABCA", "A3"),
        ("CA", "A1"),
        ("CB", "B1"),
        ("ADBD", "A0 B2 C3 D3"),  # forward again: the latest entry counts
        ("ACBC", "A0 B2 C3"),
        # the same stage again is no move
        ("AAB", "A0 B2"),
        ("ABB", "A0 B1"),
        # another pipeline
        ("ABX", "A0 B1 X2"),
        ("ABZ", "A0 B1 Z2"),  # only the stage arrived at
        ("ABXZ", "A0 B1 X2 Y3 Z3"),
        ("ABZX", "A0 B1 X3"),
        # and back into the first
        ("ABXC", "A0 B1 C3 X2"),
        ("ABXE", "A0 B1 E3 X2"),  # C and D are not skipped on the way: it came from outside
        ("ACXB", "A0 B3 X2"),  # later stages there are taken away
        ("ACXC", "A0 B1 C3 X2"),
        ("ACXA", "A3 X2"),
        ("AEXCD", "A0 B1 C3 D4 X2"),
        ("AXBY", "A0 B2 X1 Y3"),
        ("AZBX", "A0 B2 X3"),
    ],
)
def test_a_path_leaves_these_entries(path: str, entries: str) -> None:
    assert entered(path) == entries


def test_an_unknown_moment_keeps_its_place_in_the_order() -> None:
    a, c, d, b = (IDS[name] for name in "ACDB")
    noon = [START + timedelta(days=at) for at in range(4)]
    moves = [StageMove(a, None), StageMove(c, noon[1]), StageMove(d, None)]
    assert stage_entries(moves, STAGES) == {a: None, b: noon[1], c: noon[1], d: None}
    assert stage_entries([*moves, StageMove(b, noon[3])], STAGES) == {a: None, b: noon[3]}
    assert stage_entries([*moves, StageMove(b, None)], STAGES) == {a: None, b: None}


@pytest.mark.parametrize("where", [0, 1])
def test_a_stage_without_a_rule_is_an_error(where: int) -> None:
    moves = moves_along("AB")
    moves[where] = StageMove(999, START)
    with pytest.raises(KeyError, match="999"):
        stage_entries(moves, STAGES)


def test_stages_at_one_position_are_told_apart_by_their_id() -> None:
    stages = {3: StageRule(1, 0, None), 4: StageRule(1, 1, None), 5: StageRule(1, 1, None)}
    first, second = START, START + timedelta(days=1)
    assert stage_entries([StageMove(3, first), StageMove(5, second)], stages) == {
        3: first,
        4: second,
        5: second,
    }
    assert stage_entries([StageMove(5, first), StageMove(4, second)], stages) == {4: second}


paths = st.text(alphabet="ABCDEXYZ", max_size=14)


@given(paths)
def test_the_entries_are_the_last_that_nothing_took_away(path: str) -> None:
    """Say the rule the other way round: for each stage, look for its last entry and for a later retreat."""
    expected = []
    for stage in "ABCDEXYZ":
        entries = [at for at in range(len(path)) if enters(path, at, stage)]
        if entries and not any(retreats(path, at, stage) for at in range(entries[-1] + 1, len(path))):
            expected.append(f"{stage}{entries[-1]}")
    assert entered(path) == " ".join(expected)


def enters(path: str, at: int, stage: str) -> bool:
    """Whether the step arrives in the stage, or passes it going forward in its pipeline."""
    there, here = path[at], path[at - 1] if at else ""
    if there == here:
        return False
    passes = bool(here) and pipeline(here) == pipeline(there) == pipeline(stage) and here < stage < there
    return there == stage or passes


def retreats(path: str, at: int, stage: str) -> bool:
    return pipeline(path[at]) == pipeline(stage) and path[at] < stage


def pipeline(stage: str) -> str:
    return "Nordic" if stage in "ABCDE" else "Partner"


@given(paths.filter(bool))
def test_a_deal_always_counts_in_the_stage_it_is_in_and_in_none_after_it(path: str) -> None:
    found = {NAMES[stage] for stage in stage_entries(moves_along(path), STAGES)}
    here = path[-1]
    assert here in found
    assert not any(pipeline(stage) == pipeline(here) and stage > here for stage in found)


@given(paths, st.integers(0, 14))
def test_saying_a_stage_twice_changes_nothing(path: str, at: int) -> None:
    moves = moves_along(path)
    said_twice = moves[:at] + moves[max(at - 1, 0) : at] + moves[at:]
    assert stage_entries(said_twice, STAGES) == stage_entries(moves, STAGES)

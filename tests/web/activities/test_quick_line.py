"""One line is read for certain, or asked about; on Wednesday 18 November 2026."""

from datetime import date

import pytest

from goalpost.crm.queries import Named
from goalpost.web.activities.quick_line import Known, QuickLine, read_line

CALL, DEMO, MEETING = Named(1, "Call"), Named(2, "Demo"), Named(3, "Möte")
AINO, JONAS, EK = Named(1, "Aino Kallio"), Named(2, "Jonas Bergdal"), Named(3, "Jonas Ek")
KNOWN = Known([(CALL, "call"), (DEMO, "demo"), (MEETING, "meeting")], [AINO, JONAS, EK])
WEDNESDAY = date(2026, 11, 18)


def read(line: str) -> QuickLine:
    return read_line(line, KNOWN, today=WEDNESDAY, language="en")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("today", date(2026, 11, 18)),
        ("i dag", date(2026, 11, 18)),
        ("tomorrow", date(2026, 11, 19)),
        ("imorgon", date(2026, 11, 19)),
        ("i övermorgon", date(2026, 11, 20)),
        ("yesterday", date(2026, 11, 17)),
        ("thursday", date(2026, 11, 19)),
        ("on Tuesday", date(2026, 11, 24)),
        ("på fredag", date(2026, 11, 20)),
        ("on fri", date(2026, 11, 20)),
        ("next tuesday", date(2026, 11, 24)),
        ("in 3 days", date(2026, 11, 21)),
        ("om en vecka", date(2026, 11, 25)),
        ("3 december", date(2026, 12, 3)),
        ("Dec 3", date(2026, 12, 3)),
        ("3 dec 2027", date(2027, 12, 3)),
        ("17 november", date(2027, 11, 17)),
        ("2026-12-24", date(2026, 12, 24)),
    ],
)
def test_days_in_both_languages(words: str, day: date) -> None:
    found = read(f"call Vesala {words}")
    assert (found.day, found.subject, found.questions) == (day, "Call Vesala", [])


@pytest.mark.parametrize(
    ("words", "time", "duration"),
    [
        ("15:00", 900, None),
        ("15:00-16:30", 900, 90),
        ("3pm", 900, None),
        ("12am", 0, None),
        ("at 10", 600, None),
        ("kl 9", 540, None),
        ("kl. 10.30", 630, None),
        ("15:00 for 30 min", 900, 30),
        ("15:00 1,5 tim", 900, 90),
    ],
)
def test_times_and_durations(words: str, time: int, duration: int | None) -> None:
    found = read(f"demo {words}")
    assert (found.time, found.duration, found.questions) == (time, duration, [])


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("3/12", ["Thu 3 Dec", "Fri 12 Mar", "Text"]),
        ("wednesday", ["Wed 18 Nov", "Wed 25 Nov", "Text"]),
        ("next friday", ["Fri 20 Nov", "Fri 27 Nov", "Text"]),
        ("sun", ["Sun 22 Nov", "Text"]),
        ("at 3", ["03:00", "15:00", "Text"]),
        ("25:00", ["Text"]),
        ("16:00-15:00", ["Text"]),
        ("13pm", ["Text"]),
        ("31 february", ["Text"]),
        ("2026-02-30", ["Text"]),
        ("jonas", ["Jonas Bergdal", "Jonas Ek", "Text"]),
        ("monday tuesday", ["Text"]),
        ("10:00 11:00", ["Text"]),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_asked(words: str, answers: list[str]) -> None:
    [question] = read(f"call {words}").questions
    assert [answer.words for answer in question.answers] == answers


@pytest.mark.parametrize(
    "line", ["call 3/12", "call wednesday", "next friday call", "call at 3", "call jonas"]
)
def test_every_answer_ends_the_question(line: str) -> None:
    [question] = read(line).questions
    for answer in question.answers:
        assert read(answer.line).questions == [], answer.line


def test_next_week_asks_for_its_day() -> None:
    [question] = read("call nästa vecka").questions
    assert len(question.answers) == 6


def test_the_type_is_the_first_word_or_the_only_one_named_else_it_is_asked() -> None:
    assert read("call about the demo").type == CALL
    assert read("second demo for Vesala").type == DEMO
    for line in ("send the offer", "the call or the demo"):
        found = read(line)
        assert found.type is None
        assert [question.words for question in found.questions] == ["Which type of activity?"]
        assert read(found.questions[0].answers[0].line).type is CALL


def test_a_person_by_first_or_whole_name() -> None:
    assert read("demo aino").person == AINO
    assert read("demo @Jonas Ek friday").person == EK


def test_what_is_quoted_is_text() -> None:
    found = read('call "friday group" monday')
    assert (found.subject, found.day) == ("Call friday group", date(2026, 11, 23))


def test_ordinary_words_are_no_dates() -> None:
    found = read("call may about the march report on 12 seats")
    assert (found.day, found.time, found.questions) == (None, None, [])
    assert found.subject == "Call may about the march report on 12 seats"

"""ARCHITECTURE section 5 as one table.

Astrid is admin, Björn manages the Nordic team, Cilla is on it, David is on the Baltic team.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.permissions import BOTH as BOTH_PERMISSIONS
from goalpost.domain.permissions import (
    Actor,
    Assignee,
    AssigneeKind,
    Permission,
    may,
    may_administer,
    may_change_goals_of,
    may_change_records_of,
    may_export_goals_of,
    may_see_goals_of,
    may_see_records_of,
    visible_assignees,
    visible_record_owners,
)

COMPANY, OTHER_COMPANY = 7, 8
ASTRID, BJORN, CILLA, DAVID = 1, 2, 3, 4
NORDIC, BALTIC = 1, 2

PEOPLE = {
    "Astrid": Actor(COMPANY, ASTRID, is_admin=True),
    "Björn": Actor(
        COMPANY, BJORN, managed_team_ids=frozenset({NORDIC}), managed_user_ids=frozenset({BJORN, CILLA})
    ),
    "Cilla": Actor(COMPANY, CILLA),
    "David": Actor(COMPANY, DAVID),
}
ASSIGNEES = {
    "Astrid": Assignee(AssigneeKind.PERSON, ASTRID),
    "Björn": Assignee(AssigneeKind.PERSON, BJORN),
    "Cilla": Assignee(AssigneeKind.PERSON, CILLA),
    "David": Assignee(AssigneeKind.PERSON, DAVID),
    "Nordic": Assignee(AssigneeKind.TEAM, NORDIC),
    "Baltic": Assignee(AssigneeKind.TEAM, BALTIC),
    "company": Assignee(AssigneeKind.COMPANY, COMPANY),
    "other company": Assignee(AssigneeKind.COMPANY, OTHER_COMPANY),
}

ALWAYS, BOTH, NEVER = "always", "with both", "never"

# Who, whose goals: when they may be seen, when they may be changed.
TABLE = {
    ("Astrid", "Astrid"): (ALWAYS, ALWAYS),
    ("Astrid", "Björn"): (ALWAYS, ALWAYS),
    ("Astrid", "Cilla"): (ALWAYS, ALWAYS),
    ("Astrid", "David"): (ALWAYS, ALWAYS),
    ("Astrid", "Nordic"): (ALWAYS, ALWAYS),
    ("Astrid", "Baltic"): (ALWAYS, ALWAYS),
    ("Astrid", "company"): (ALWAYS, ALWAYS),
    ("Astrid", "other company"): (NEVER, NEVER),
    ("Björn", "Astrid"): (BOTH, NEVER),
    ("Björn", "Björn"): (ALWAYS, ALWAYS),
    ("Björn", "Cilla"): (BOTH, BOTH),
    ("Björn", "David"): (BOTH, NEVER),
    ("Björn", "Nordic"): (ALWAYS, ALWAYS),
    ("Björn", "Baltic"): (BOTH, NEVER),
    ("Björn", "company"): (BOTH, NEVER),
    ("Björn", "other company"): (NEVER, NEVER),
    ("Cilla", "Astrid"): (BOTH, NEVER),
    ("Cilla", "Björn"): (BOTH, NEVER),
    ("Cilla", "Cilla"): (ALWAYS, ALWAYS),
    ("Cilla", "David"): (BOTH, NEVER),
    ("Cilla", "Nordic"): (BOTH, NEVER),  # to be on a team is not to manage it
    ("Cilla", "Baltic"): (BOTH, NEVER),
    ("Cilla", "company"): (BOTH, NEVER),
    ("Cilla", "other company"): (NEVER, NEVER),
    ("David", "Astrid"): (BOTH, NEVER),
    ("David", "Björn"): (BOTH, NEVER),
    ("David", "Cilla"): (BOTH, NEVER),
    ("David", "David"): (ALWAYS, ALWAYS),
    ("David", "Nordic"): (BOTH, NEVER),
    ("David", "Baltic"): (BOTH, NEVER),
    ("David", "company"): (BOTH, NEVER),
    ("David", "other company"): (NEVER, NEVER),
}

PERMISSION_SETS = {
    "no permission": frozenset[Permission](),
    "company's statistics only": frozenset({Permission.SEE_COMPANY_STATISTICS}),
    "others' statistics only": frozenset({Permission.SEE_OTHERS_STATISTICS}),
    "others' records only": frozenset({Permission.SEE_OTHERS_RECORDS}),
    "all but the two": frozenset(Permission) - BOTH_PERMISSIONS,
    "both permissions": BOTH_PERMISSIONS,
    "all": frozenset(Permission),
}

ids = st.integers(1, 5)
id_sets = st.frozensets(ids)
actors = st.builds(
    Actor,
    company_id=ids,
    user_id=ids,
    is_admin=st.booleans(),
    managed_team_ids=id_sets,
    managed_user_ids=id_sets,
    permissions=st.frozensets(st.sampled_from(Permission)),
)
assignees = st.builds(Assignee, kind=st.sampled_from(AssigneeKind), id=ids)


def holding(who: str, permissions: str) -> Actor:
    return replace(PEOPLE[who], permissions=PERMISSION_SETS[permissions])


def test_the_table_has_every_pair() -> None:
    assert set(TABLE) == {(who, whose) for who in PEOPLE for whose in ASSIGNEES}


@pytest.mark.parametrize("permissions", PERMISSION_SETS)
@pytest.mark.parametrize(("who", "whose"), TABLE)
def test_goals_are_seen_and_changed_as_the_table_says(who: str, whose: str, permissions: str) -> None:
    actor, assignee = holding(who, permissions), ASSIGNEES[whose]
    seen, changed = TABLE[who, whose]
    granted = {ALWAYS, BOTH} if permissions in {"both permissions", "all"} else {ALWAYS}
    assert may_see_goals_of(actor, assignee) is (seen in granted)
    assert may_change_goals_of(actor, assignee) is (changed in granted)


@pytest.mark.parametrize(
    ("who", "whose", "permissions", "seen"),
    [
        ("Astrid", DAVID, "no permission", True),
        ("Björn", BJORN, "no permission", True),
        ("Björn", CILLA, "no permission", False),
        ("Björn", CILLA, "company's statistics only", False),
        ("Björn", CILLA, "both permissions", False),
        ("Björn", CILLA, "others' records only", True),
        ("Cilla", CILLA, "no permission", True),
        ("Cilla", DAVID, "company's statistics only", False),
        ("Cilla", DAVID, "others' statistics only", False),
        ("Cilla", DAVID, "both permissions", False),
        ("Cilla", DAVID, "all but the two", True),
    ],
)
def test_records_of_others_need_a_permission_of_their_own(
    *, who: str, whose: int, permissions: str, seen: bool
) -> None:
    assert may_see_records_of(holding(who, permissions), whose) is seen


@given(actors, ids)
def test_a_record_is_changed_by_its_owner_a_manager_who_sees_it_and_an_admin(
    actor: Actor, owner: int
) -> None:
    may_change = may_change_records_of(actor, owner)
    assert not may_change or may_see_records_of(actor, owner)
    is_seen_members = owner in actor.managed_user_ids and Permission.SEE_OTHERS_RECORDS in actor.permissions
    assert may_change is (actor.is_admin or owner == actor.user_id or is_seen_members)


@pytest.mark.parametrize("permissions", PERMISSION_SETS)
@pytest.mark.parametrize("who", PEOPLE)
def test_only_admins_administer(who: str, permissions: str) -> None:
    assert may_administer(holding(who, permissions)) is (who == "Astrid")


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_an_admins_always_and_anybody_elses_by_their_set(permission: Permission) -> None:
    assert may(PEOPLE["Astrid"], permission)
    assert not may(PEOPLE["Cilla"], permission)
    assert may(replace(PEOPLE["Cilla"], permissions=frozenset({permission})), permission)
    assert not may(replace(PEOPLE["Björn"], permissions=frozenset(Permission) - {permission}), permission)


@given(actors, assignees)
def test_a_list_starts_from_exactly_what_one_may_see(actor: Actor, assignee: Assignee) -> None:
    visible = visible_assignees(actor)
    match assignee.kind:
        case AssigneeKind.PERSON:
            listed = visible.everything or assignee.id in visible.user_ids
        case AssigneeKind.TEAM:
            listed = visible.everything or assignee.id in visible.team_ids
        case AssigneeKind.COMPANY:
            # A list is always of the actor's own company.
            listed = visible.everything and assignee.id == actor.company_id
    assert listed is may_see_goals_of(actor, assignee)


@given(actors, ids)
def test_a_list_of_records_starts_from_exactly_the_owners_one_may_see(actor: Actor, owner: int) -> None:
    owners = visible_record_owners(actor)
    assert (owners is None or owner in owners) is may_see_records_of(actor, owner)


@given(actors, assignees)
def test_goals_are_taken_away_by_who_sees_them_and_has_the_permission(
    actor: Actor, assignee: Assignee
) -> None:
    may_export = may_see_goals_of(actor, assignee) and may(actor, Permission.EXPORT)
    assert may_export_goals_of(actor, assignee) is may_export


@given(actors, assignees)
def test_what_one_may_change_one_may_see(actor: Actor, assignee: Assignee) -> None:
    if may_change_goals_of(actor, assignee):
        assert may_see_goals_of(actor, assignee)


@given(actors, assignees)
def test_the_two_permissions_alone_let_nobody_change_the_goals_of_others(
    actor: Actor, assignee: Assignee
) -> None:
    regular = replace(actor, is_admin=False, managed_team_ids=frozenset(), managed_user_ids=frozenset())
    own = Assignee(AssigneeKind.PERSON, regular.user_id)
    assert may_change_goals_of(regular, assignee) is (assignee == own)


@given(actors, assignees, ids)
def test_a_permission_more_never_takes_a_right_away(actor: Actor, assignee: Assignee, owner: int) -> None:
    for more in (
        replace(actor, is_admin=True),
        *(replace(actor, permissions=actor.permissions | {one}) for one in Permission),
    ):
        assert may_see_goals_of(more, assignee) >= may_see_goals_of(actor, assignee)
        assert may_change_goals_of(more, assignee) >= may_change_goals_of(actor, assignee)
        assert may_see_records_of(more, owner) >= may_see_records_of(actor, owner)

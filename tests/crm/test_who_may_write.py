"""Whose records one may write, and that another company's are never there."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.crm.actions import activities, deals, setup
from goalpost.crm.models import Activity, Deal
from goalpost.domain.permissions import Actor, Permission
from tests.crm.records import LATER, add_activity, add_deal, everything_stored
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Scene:
    """A company with a deal and an activity of somebody's, open and deleted, won and done."""

    cast: Cast
    open_deal: Deal
    won_deal: Deal
    deleted_deal: Deal
    open_activity: Activity
    done_activity: Activity
    deleted_activity: Activity


def make_scene(cast: Cast, owner_id: int) -> Scene:
    made = [add_deal(cast, owner_id=owner_id) for _ in range(3)]
    planned = [add_activity(cast, owner_id=owner_id) for _ in range(3)]
    admin = cast.as_astrid
    deals.win_deal(actor=admin, deal_id=made[1].pk, now=NOW)
    deals.delete_deal(actor=admin, deal_id=made[2].pk, now=NOW)
    activities.complete_activity(actor=admin, activity_id=planned[1].pk, now=NOW)
    activities.delete_activity(actor=admin, activity_id=planned[2].pk, now=NOW)
    return Scene(cast, made[0], made[1], made[2], planned[0], planned[1], planned[2])


Act = Callable[[Actor, Scene], object]

ACTS: dict[str, Act] = {
    "change_deal": lambda actor, scene: deals.change_deal(
        actor=actor, deal_id=scene.open_deal.pk, now=LATER, value=5
    ),
    "move_deal": lambda actor, scene: deals.move_deal(
        actor=actor, deal_id=scene.open_deal.pk, stage_id=scene.cast.stages[2].pk, now=LATER
    ),
    "win_deal": lambda actor, scene: deals.win_deal(actor=actor, deal_id=scene.open_deal.pk, now=LATER),
    "lose_deal": lambda actor, scene: deals.lose_deal(actor=actor, deal_id=scene.open_deal.pk, now=LATER),
    "reopen_deal": lambda actor, scene: deals.reopen_deal(actor=actor, deal_id=scene.won_deal.pk, now=LATER),
    "delete_deal": lambda actor, scene: deals.delete_deal(actor=actor, deal_id=scene.open_deal.pk, now=LATER),
    "restore_deal": lambda actor, scene: deals.restore_deal(
        actor=actor, deal_id=scene.deleted_deal.pk, now=LATER
    ),
    "change_activity": lambda actor, scene: activities.change_activity(
        actor=actor, activity_id=scene.open_activity.pk, now=LATER, subject="Visit"
    ),
    "complete_activity": lambda actor, scene: activities.complete_activity(
        actor=actor, activity_id=scene.open_activity.pk, now=LATER
    ),
    "reopen_activity": lambda actor, scene: activities.reopen_activity(
        actor=actor, activity_id=scene.done_activity.pk, now=LATER
    ),
    "delete_activity": lambda actor, scene: activities.delete_activity(
        actor=actor, activity_id=scene.open_activity.pk, now=LATER
    ),
    "restore_activity": lambda actor, scene: activities.restore_activity(
        actor=actor, activity_id=scene.deleted_activity.pk, now=LATER
    ),
}
each_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())


def test_the_table_names_every_action_on_a_record() -> None:
    public = {
        name
        for module in (deals, activities)
        for name, thing in vars(module).items()
        if callable(thing) and name.endswith(("_deal", "_activity")) and thing.__module__ == module.__name__
    }
    assert public == {*ACTS, "create_deal", "create_activity"}


def test_when_a_deal_was_closed_is_chosen_with_the_permission_only() -> None:
    cast = make_company()
    scene = make_scene(cast, cast.cilla.pk)
    opened, won, earlier = scene.open_deal.pk, scene.won_deal.pk, NOW - timedelta(days=40)
    holder = replace(cast.as_cilla, permissions=cast.as_cilla.permissions | {Permission.EDIT_CLOSED_DATES})
    closings: list[Callable[[Actor], object]] = [
        lambda actor: deals.change_deal(actor=actor, deal_id=won, now=LATER, won_time=earlier),
        lambda actor: deals.win_deal(actor=actor, deal_id=opened, now=LATER, won_time=earlier),
        lambda actor: deals.lose_deal(actor=actor, deal_id=opened, now=LATER, lost_time=earlier),
    ]
    before = everything_stored()
    for close in closings:
        with pytest.raises(NotAllowed, match="choose when a deal was won or lost"):
            close(cast.as_cilla)
    assert everything_stored() == before
    deals.change_deal(actor=cast.as_cilla, deal_id=won, now=LATER, won_time=NOW, value=7)
    for close in closings:
        close(holder)
    assert set(Deal.objects.filter(pk__in=[opened, won]).values_list("won_time", "lost_time")) == {
        (earlier, None),
        (None, earlier),
    }


def seeing_records(actor: Actor) -> Actor:
    return replace(actor, permissions=actor.permissions | {Permission.SEE_OTHERS_RECORDS})


@each_act
def test_what_one_sees_of_others_one_may_not_write(act: Act) -> None:
    cast = make_company()
    scene = make_scene(cast, cast.david.pk)
    before = everything_stored()
    for actor in (cast.as_cilla, cast.as_bjorn):
        with pytest.raises(NotAllowed):
            act(seeing_records(actor), scene)
    assert everything_stored() == before


@each_act
def test_a_record_one_may_not_see_is_not_there_not_even_a_members_for_their_manager(act: Act) -> None:
    cast = make_company()
    of_david, of_cilla = make_scene(cast, cast.david.pk), make_scene(cast, cast.cilla.pk)
    before = everything_stored()
    for actor, scene in ((cast.as_cilla, of_david), (cast.as_bjorn, of_david), (cast.as_bjorn, of_cilla)):
        with pytest.raises(NotFound):
            act(actor, scene)
    assert everything_stored() == before


@each_act
def test_owner_manager_and_admin_may_write_a_record(act: Act) -> None:
    cast = make_company()
    for actor in (cast.as_cilla, seeing_records(cast.as_bjorn), cast.as_astrid, cast.operator):
        act(actor, make_scene(cast, cast.cilla.pk))


def test_nobody_makes_a_record_for_whom_they_may_not_write() -> None:
    cast = make_company()
    before = everything_stored()
    for actor in (cast.as_cilla, cast.as_bjorn, seeing_records(cast.as_bjorn)):
        with pytest.raises(NotAllowed):
            add_deal(cast, actor=actor, owner_id=cast.david.pk)
        with pytest.raises(NotAllowed):
            add_activity(cast, actor=actor, owner_id=cast.david.pk)
    with pytest.raises(NotAllowed):
        add_deal(cast, actor=cast.as_bjorn, owner_id=cast.cilla.pk)
    assert everything_stored() == before
    add_deal(cast, actor=seeing_records(cast.as_bjorn), owner_id=cast.cilla.pk)
    add_activity(cast, actor=seeing_records(cast.as_bjorn), owner_id=cast.cilla.pk)


def test_nobody_hands_a_record_to_whom_they_may_not_write_for() -> None:
    cast = make_company()
    deal, activity = add_deal(cast), add_activity(cast)
    before = everything_stored()
    for actor in (cast.as_cilla, seeing_records(cast.as_bjorn)):
        with pytest.raises(NotAllowed):
            deals.change_deal(actor=actor, deal_id=deal.pk, now=LATER, owner_id=cast.david.pk)
        with pytest.raises(NotAllowed):
            activities.change_activity(
                actor=actor, activity_id=activity.pk, now=LATER, owner_id=cast.david.pk
            )
    assert everything_stored() == before


@each_act
def test_another_companys_records_are_not_found_even_by_its_admin(act: Act) -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    theirs = make_scene(other, other.cilla.pk)
    # Their deal, our stage: the record is what is not there.
    scene = replace(theirs, cast=cast)
    before = everything_stored()
    for actor in (cast.as_astrid, cast.as_cilla, cast.operator):
        with pytest.raises(NotFound):
            act(actor, scene)
    assert everything_stored() == before


def test_a_record_never_refers_to_another_companys() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    deal, activity, their_deal = add_deal(cast), add_activity(cast), add_deal(other)
    admin, their_stage = cast.as_astrid, other.stages[0].pk
    before = everything_stored()
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("stage", lambda: deals.move_deal(actor=admin, deal_id=deal.pk, stage_id=their_stage, now=LATER)),
        (
            "stage",
            lambda: deals.create_deal(
                actor=admin, stage_id=their_stage, now=LATER, title="Oars", currency="EUR"
            ),
        ),
        ("owner", lambda: add_deal(cast, owner_id=other.cilla.pk)),
        (
            "owner",
            lambda: deals.change_deal(actor=admin, deal_id=deal.pk, now=LATER, owner_id=other.cilla.pk),
        ),
        ("owner", lambda: add_activity(cast, owner_id=other.cilla.pk)),
        ("type", lambda: add_activity(cast, type_id=other.activity_type().pk)),
        ("deal", lambda: add_activity(cast, deal_id=their_deal.pk)),
        (
            "deal",
            lambda: activities.change_activity(
                actor=admin, activity_id=activity.pk, now=LATER, deal_id=their_deal.pk
            ),
        ),
        (
            "type",
            lambda: activities.change_activity(
                actor=admin, activity_id=activity.pk, now=LATER, type_id=other.activity_type().pk
            ),
        ),
        (
            "pipeline",
            lambda: setup.add_stage(actor=admin, pipeline_id=other.pipeline.pk, name="Lead", now=LATER),
        ),
        (
            "stage",
            lambda: setup.change_stage_probability(
                actor=admin, stage_id=their_stage, probability=1, now=LATER
            ),
        ),
    ]
    for field, attempt in attempts:
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == field
    assert everything_stored() == before

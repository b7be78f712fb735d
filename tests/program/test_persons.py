"""Who cannot be in two places: confirmed addresses everywhere, typed ones only among one sponsor's own sessions."""

import pytest
from django.urls import reverse

from expo.journal.models import Entry
from expo.kit.errors import Refused
from expo.program.models import OnStage
from expo.program.queries.conflicts import check_placements
from expo.program.queries.surroundings import WantedPlacement
from expo.program.queries.whole import scheduling_conflicts
from expo.program.services import sessions
from expo.program.solver.problem import Place
from expo.proposals.models import Presenter
from expo.proposals.services.presenter_answers import confirm_presenter

pytestmark = pytest.mark.django_db
ADA = "ada@lab.example"


def named(stage, email=ADA, name="Ada Example", **fields):
    """An accepted session whose sponsor typed this presenter."""
    proposal = stage.accepted(**fields)
    presenter = Presenter.objects.create(
        proposal=proposal, name=name, email=email, person=f"{email}#{proposal.sponsor_id}"
    )
    return proposal, presenter


def put(stage, proposal, room, hour=9):
    return sessions.place(by=stage.chair, proposal=proposal, room=room, starts_at=stage.at(hour))


def react():
    for entry in Entry.objects.filter(fact="proposals.presenter_confirmed"):
        sessions.follow_presenters(entry)


def on_stage():
    return list(OnStage.objects.order_by("id").values_list("person", flat=True))


def test_a_typed_address_does_not_hold_up_another_sponsors_session(stage):
    (rival, _), (mine, presenter) = named(stage), named(stage, format=stage.workshop)
    put(stage, rival, stage.hall)
    put(stage, mine, stage.side[0])
    assert on_stage() == [f"{ADA}#{rival.sponsor_id}", f"{ADA}#{mine.sponsor_id}"]
    confirm_presenter(by=stage.chair, presenter=presenter, reason="Known.")
    react()
    assert on_stage() == [f"{ADA}#{rival.sponsor_id}", ADA]


def test_a_sponsors_own_presenter_is_in_one_place(stage):
    first, _ = named(stage)
    second, _ = named(stage, format=stage.workshop, sponsor=first.sponsor)
    put(stage, first, stage.hall)
    with pytest.raises(Refused) as refusal:
        put(stage, second, stage.side[0])
    assert refusal.value.code == "on-stage"


def test_a_confirmed_presenter_is_in_one_place_whoever_named_them(stage):
    (first, one), (second, other) = named(stage), named(stage, "ada+talk@lab.example", format=stage.workshop)
    for presenter in (one, other):
        confirm_presenter(by=stage.chair, presenter=presenter, reason="Known.")
    put(stage, first, stage.hall)
    with pytest.raises(Refused) as refusal:
        put(stage, second, stage.side[0])
    assert refusal.value.code == "on-stage"


@pytest.mark.parametrize(("email", "name"), [(ADA, "A. Lovelace"), ("ada@home.example", "Ada Example")])
def test_a_place_warns_of_a_presenter_who_may_be_on_elsewhere(stage, email, name):
    (first, _), (second, _) = named(stage), named(stage, email, name, format=stage.workshop)
    session = put(stage, first, stage.hall)
    at = Place(stage.side[0].pk, int(session.starts_at.timestamp()) // 60)
    found = check_placements(stage.edition, stage.chair, WantedPlacement(second.pk, at, second.length))
    assert found.broken_rules == ()
    assert [effect.text for effect in found.effects if effect.code == "namesake"] == [
        f"{name} may also be on stage in Hall A at that time, with “{first.title}”. Ask the sponsors."
    ]


def test_the_page_of_a_session_says_who_may_be_on_elsewhere(client, stage):
    (first, _), (second, _) = named(stage), named(stage, name="Ada Example", format=stage.workshop)
    session = put(stage, first, stage.hall)
    put(stage, second, stage.side[0])
    client.force_login(stage.chair)
    page = client.get(reverse("program:session", args=[stage.edition.slug, session.pk]))
    elsewhere = f"in {stage.side[0].name} at that time, with “{second.title}”"
    said = f"Ada Example may also be on stage {elsewhere}. Ask the sponsors."
    assert page.context["warnings"] == [said]
    assert said in page.content.decode()


def test_confirming_a_clash_keeps_the_timetable_and_says_what_cannot_stay(stage):
    (first, one), (second, other) = named(stage), named(stage, format=stage.workshop)
    put(stage, first, stage.hall)
    put(stage, second, stage.side[0])
    for presenter in (one, other):
        confirm_presenter(by=stage.chair, presenter=presenter, reason="Known.")
    react()
    assert on_stage() == [ADA]
    assert [each.proposal for each in scheduling_conflicts(stage.edition, stage.chair)] == [first, second]

"""What cannot stay after a change: shown on the timetable and by mail, each behind their own wall, then repaired."""

from itertools import combinations, product

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expo.editions.models import Break
from expo.editions.services import days
from expo.editions.states import RoleKind
from expo.journal.models import Entry, Reaction
from expo.journal.services import perform
from expo.kit.errors import NotAllowed, WrongState
from expo.notify.models import Message
from expo.program.models import Session, Slot
from expo.program.queries.problem import snapshot
from expo.program.queries.whole import scheduling_conflicts
from expo.program.services import notifications, runs
from expo.program.solver.candidates import allowed_places, track_in
from expo.program.solver.checker import violations
from expo.program.solver.problem import Placed
from expo.program.states import RunKind
from expo.proposals.services.presenters import enter_availability
from tests.factories import ConflictFactory, RoleFactory

from .test_views import address, desk, stripped, text  # noqa: F401 - desk is a fixture

pytestmark = pytest.mark.django_db


def conflicts(stage, viewer=None):
    return {each.proposal.title: each.sentences for each in scheduling_conflicts(stage.edition, viewer or stage.chair)}


def react():
    """Do what the queue would."""
    for row in Reaction.objects.filter(task="program.tell_troubles", done_at=None).order_by("id"):
        perform(row.pk, notifications.notify_chairs)


def test_nothing_is_said_of_a_timetable_that_keeps_the_rules(stage):
    stage.placed("ada@x.example", hour=9)
    stage.placed("ada@x.example", hour=13, room=stage.side[0], format=stage.workshop)
    stage.accepted("bob@x.example")
    assert conflicts(stage) == {}


@pytest.mark.slow
def test_each_session_that_cannot_stay_says_why(stage):
    late = stage.placed("ada@x.example", title="Late", hour=9)
    stage.placed(title="Lunch", hour=12)
    longer = stage.placed(title="Longer", hour=14)
    stage.placed(title="Next", hour=15)
    stage.placed(title="Fine", hour=17)
    stage.away(late.proposal, 8, 10)
    stage.add_break(12, 13)
    type(longer.proposal).objects.filter(pk=longer.proposal_id).update(minutes=90)
    assert conflicts(stage) == {
        "Late": ("Ada is away at that time. Choose another time.",),
        "Lunch": ("It would run into a break in Hall A. Choose a time before or after it.",),
        "Longer": (
            "Hall A is taken then by “Next”. Choose another room or time, or move the other session first.",
            "It takes 90 minutes now, and the timetable holds 60 for it.",
        ),
        "Next": ("Hall A is taken then by “Longer”. Choose another room or time, or move the other session first.",),
    }


@pytest.mark.slow
def test_the_timetable_offers_a_repair_and_the_preview_says_whom_it_affects(stage, desk):  # noqa: F811
    late = stage.placed("ada@x.example", title="Late", hour=9)
    other = stage.placed("bob@x.example", title="Waits", hour=10)
    stage.edition.days.update(closes_at="11:00")
    Slot.objects.create(
        proposal=late.proposal, room=stage.hall, starts_at=late.starts_at, ends_at=late.ends_at, told_by=stage.chair
    )
    stage.away(late.proposal, 9, 10)
    board = desk.get(address(stage, "timetable"))
    assert "1 session cannot stay" in text(board)
    fragment = desk.get(address(stage, "timetable"), headers={"HX-Request": "true"})  # after somebody dragged it
    assert "1 session cannot stay" in fragment.content.decode()
    assert f'action="{address(stage, "repair")}"' in board.content.decode()
    shown = text(desk.get(address(stage, "run", stage.run(kind=RunKind.REPAIR).pk)))
    for words in (
        "What would change 2",
        "It affects 2 presenters of 2 sponsors",
        "Late Its presenters were notified of the old slot. new time 18 Jul, 09:00, Hall A 18 Jul, 10:00, Hall A Ada",
        "Waits new time 18 Jul, 10:00, Hall A 18 Jul, 09:00, Hall A Bob",
        "moves fewer sessions: proved",
    ):
        assert words in shown, words
    assert shown.index("Late Its") < shown.index("Waits new time")
    assert other.proposal.sponsor.name in shown


@pytest.mark.slow
def test_a_chair_with_a_conflict_hears_of_their_own_and_nothing_changes_with_what_is_hidden(stage, desk):  # noqa: F811
    hidden = stage.placed("eve@x.example", title="Secret", hour=9)
    mine = stage.placed("ada@x.example", title="Mine", hour=10)
    stage.add_break(9, 11)
    run = stage.run(kind=RunKind.REPAIR)
    ConflictFactory(user=stage.chair, sponsor=hidden.proposal.sponsor)
    pages = [("timetable",), ("run", run.pk), ("drafts",)]

    def visible():
        return [conflicts(stage), *(stripped(desk.get(address(stage, *page))) for page in pages)]

    before = visible()
    assert list(before[0]) == ["Mine"]
    assert b"Secret" not in b"".join(before[1:])
    hidden.proposal.presenters.update(email="ada@x.example", name="Ada")
    stage.away(hidden.proposal, 8, 18)
    type(hidden.proposal).objects.filter(pk=hidden.proposal_id).update(minutes=240, equipment=["piano"])
    stage.talk.save()
    assert visible() == before
    assert mine.proposal.title in conflicts(stage)


@pytest.mark.slow
def test_a_late_flight_is_entered_by_a_chair_and_the_other_cochairs_get_one_mail(stage, client):
    late = stage.placed("ada@x.example", title="Late", hour=9)
    second, walled = (RoleFactory(edition=stage.edition, kind=RoleKind.COCHAIR).user for _ in range(2))
    ConflictFactory(user=walled, sponsor=late.proposal.sponsor)
    client.force_login(stage.chair)
    here = reverse("proposals:cannot-come", args=[stage.edition.slug, late.proposal.code])
    presenter, day = late.proposal.presenters.get(), stage.edition.days.get()
    assert "Ada" in text(client.get(here))
    field = f"presenter{presenter.pk}-day{day.pk}-0"
    answer = client.post(here, {f"{field}-from": "08:00", f"{field}-to": "11:30"}, follow=True)
    assert "1 session cannot stay" in text(answer)
    react()
    react()
    mail = Message.objects.get(kind="program/troubles")
    assert (mail.recipient, mail.subject) == (
        second,
        f"{stage.edition.name}: 1 session cannot stay as scheduled",
    )
    assert "- Late (18 Jul, 09:00, Hall A): Ada is away at that time." in mail.body
    assert Entry.objects.get(fact="proposals.availability_changed").actor == stage.chair
    client.force_login(walled)
    assert client.get(here).status_code == 404
    with pytest.raises(NotAllowed):
        enter_availability(by=walled, proposal=late.proposal, away={})
    stage.edition.phase = "archived"
    stage.edition.save()
    with pytest.raises(WrongState, match="until the edition is archived"):
        enter_availability(by=stage.chair, proposal=late.proposal, away={})


def test_what_a_mail_has_said_is_not_said_again_by_the_next_fact(stage):
    stage.placed(title="Lunch", hour=12)
    organiser = RoleFactory(edition=stage.edition, kind=RoleKind.ORGANISER).user

    def save_break(since, until):
        span = {"starts_at": stage.at(since), "ends_at": stage.at(until)}
        days.save_break(by=organiser, edition=stage.edition, name="Pause", **span)
        react()

    save_break(12, 13)
    save_break(16, 17)
    assert Message.objects.filter(kind="program/troubles", recipient=stage.chair).count() == 1
    stage.placed(title="Coffee", hour=15)
    save_break(15, 16)
    assert Message.objects.filter(kind="program/troubles").count() == 2
    assert Break.objects.count() == 3


def fewest(problem, limit):
    """How few must move, found by trying every way to keep some of those that stand and place the rest."""
    items = problem.items
    for count in range(limit + 1):
        for movers in combinations(items, count):
            options = [allowed_places(problem, item) if item in movers else [item.present] for item in items]
            for chosen in product(*options):
                rows = [
                    Placed(item.id, place, track.id if (track := track_in(problem, item, place.room)) else 0)
                    for item, place in zip(items, chosen, strict=True)
                ]
                if not violations(problem, rows):
                    return count
    return None


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.permutations([9, 10, 11]), away=st.lists(st.sampled_from([9, 10, 11]), min_size=3, max_size=3))
def test_no_repair_moves_more_than_the_fewest(stage, hours, away):
    Session.objects.all().delete()
    stage.edition.proposals.update(state="withdrawn")
    stage.edition.days.update(closes_at="12:00")
    for number, (hour, gone) in enumerate(zip(hours, away, strict=True)):
        session = stage.placed(f"p{number}@x.example", hour=hour)
        stage.away(session.proposal, gone, gone + 1)
    run = stage.run(kind=RunKind.REPAIR)
    least = fewest(snapshot(stage.edition).problem, 3)
    tiers = {tier["key"]: tier for tier in run.result["tiers"]}
    runs.discard(by=stage.chair, run=run)
    if least is None:
        assert tiers["lost"]["value"] > 0
    else:
        assert (tiers["lost"]["value"], tiers["moved"]["value"], tiers["moved"]["bound"]) == (0, least, least)

"""What a session asks of its place: kept, told apart from a colleague's, refused with the days, warned about."""

from datetime import UTC, datetime, time, timedelta

import pytest

from expo.editions.models import FormatField
from expo.editions.states import FieldUse, Phase
from expo.journal.models import Entry
from expo.kit.errors import NotAllowed, Refused
from expo.proposals.models import Availability
from expo.proposals.services.constraints import set_constraints
from expo.proposals.states import ProposalState
from tests import factories as make

from .conftest import CallFixture
from .pages import body, browser

NINE = datetime(2027, 7, 18, 13, tzinfo=UTC)  # nine in the morning in New York
KEPT = ("equipment", "earliest_at", "latest_at", "prefers", "version", "state")


@pytest.fixture
def call(call: CallFixture) -> CallFixture:
    """With a day, and rooms that have something."""
    make.DayFactory(edition=call.edition)
    hall = make.RoomFactory(edition=call.edition, name="Hall", equipment=["stage light", "live audio"])
    make.RoomFactory(edition=call.edition, name="Lab", equipment=["power at seats", "live audio"])
    make.TrackFactory(edition=call.edition, room=hall, formats=[call.talk])
    call.edition.phase = Phase.SCHEDULE
    call.edition.save()
    return call


def url(call: CallFixture, proposal) -> str:
    return f"/e/{call.edition.slug}/proposals/{proposal.code}/constraints/"


def kept(proposal) -> tuple:
    proposal.refresh_from_db()
    return tuple(getattr(proposal, name) for name in KEPT)


def refusal(call: CallFixture, **given) -> tuple[str, str]:
    proposal = given.pop("proposal", None) or call.accepted()
    with pytest.raises(Refused) as refused:
        set_constraints(by=call.member, proposal=proposal, **{"version": 1, **given})
    return refused.value.code, refused.value.message


def test_what_is_asked_is_kept_and_journalled(call: CallFixture) -> None:
    proposal = call.accepted()
    until = NINE + timedelta(hours=4)
    asked = {"equipment": ["stage light", "live audio"], "earliest_at": NINE, "latest_at": until, "prefers": "morning"}
    set_constraints(by=call.member, proposal=proposal, version=1, **asked)
    assert kept(proposal) == (["live audio", "stage light"], NINE, until, "morning", 2, "accepted")
    entry = Entry.objects.get()
    assert (entry.fact, entry.proposal_id, entry.data["earliest_at"]) == (
        "proposals.constraints_changed",
        proposal.pk,
        NINE.isoformat(),
    )


def test_the_same_again_is_no_fact(call: CallFixture) -> None:
    proposal = call.accepted()
    set_constraints(by=call.member, proposal=proposal, version=1)
    assert (kept(proposal)[4], Entry.objects.count()) == (1, 0)


def test_confirming_in_the_same_breath_is_one_transaction(call: CallFixture) -> None:
    proposal = call.accepted()
    set_constraints(by=call.member, proposal=proposal, version=1, prefers="afternoon", confirm=True)
    assert kept(proposal) == ([], None, None, "afternoon", 2, "confirmed")
    other = call.accepted(state=ProposalState.WAITLISTED)
    assert refusal(call, proposal=other, prefers="morning", confirm=True)[0] == "wrong-state"
    assert kept(other)[3] == ""


def test_hours_lie_on_the_days_and_in_order(call: CallFixture) -> None:
    assert refusal(call, earliest_at=NINE + timedelta(days=1)) == (
        "outside-days",
        "The program runs on Sunday 18 July 2027. Choose a time on one of its days.",
    )
    assert refusal(call, earliest_at=NINE, latest_at=NINE)[0] == "hours-out-of-order"
    make.DayFactory(edition=call.edition, date=make.EXPO_DAY + timedelta(days=1), opens_at=time(9))
    assert refusal(call, latest_at=NINE + timedelta(days=5))[1] == (
        "The program runs on Sunday 18 July 2027 and Monday 19 July 2027. Choose a time on one of its days."
    )
    call.edition.days.all().delete()
    assert refusal(call, earliest_at=NINE)[1].startswith("The days of this edition are not fixed yet.")


def test_only_what_some_room_has_or_it_had_already(call: CallFixture) -> None:
    proposal = call.accepted(equipment=["smoke"])
    assert refusal(call, proposal=proposal, equipment=["pool"])[0] == "unknown-equipment"
    set_constraints(by=call.member, proposal=proposal, version=1, equipment=["smoke", "power at seats"])
    assert kept(proposal)[0] == ["power at seats", "smoke"]
    assert refusal(call, prefers="night")[0] == "unknown-half"


@pytest.mark.parametrize(
    ("state", "code"),
    [("draft", "still-a-draft"), ("submitted", "not-tended"), ("rejected", "not-tended"), ("withdrawn", "not-tended")],
)
def test_it_has_its_time(call: CallFixture, state: str, code: str) -> None:
    assert refusal(call, proposal=call.submitted(state=state))[0] == code


def test_neither_in_the_archive_nor_over_a_colleague_nor_by_a_rival(call: CallFixture) -> None:
    proposal = call.accepted()
    with pytest.raises(NotAllowed):
        set_constraints(by=call.rival_member, proposal=proposal, version=1, prefers="morning")
    assert refusal(call, proposal=proposal, version=7)[0] == "stale-version"
    call.edition.phase = Phase.PUBLISHED
    call.edition.save()
    set_constraints(by=call.member, proposal=proposal, version=1, prefers="morning", confirm=True)
    call.edition.phase = Phase.ARCHIVED
    call.edition.save()
    assert refusal(call, proposal=proposal)[0] == "edition-archived"


@pytest.mark.slow
def test_the_page_confirms_with_or_without_and_saves_without(call: CallFixture) -> None:
    client, one, two = browser(call.member), call.accepted(), call.accepted()
    page = body(client.get(url(call, one)))
    assert all(words in page for words in ("Confirm and save", "stage light", "power at seats", "09:00", "18:00"))
    assert client.post(url(call, one), {"version": 1, "confirm": "1"}).status_code == 302
    assert client.post(url(call, two), {"version": 1, "earliest_at": "2027-07-18T15:00Z"}).status_code == 302
    assert (kept(one)[5], kept(two)[1], kept(two)[5]) == ("confirmed", NINE + timedelta(hours=2), "accepted")


def test_a_stale_page_keeps_what_was_chosen_beside_what_is_saved(call: CallFixture) -> None:
    client, proposal = browser(call.member), call.accepted()
    set_constraints(by=call.member, proposal=proposal, version=1, equipment=["stage light"])
    sent = {"version": 1, "equipment": ["power at seats"], "prefers": "morning"}
    answer = client.post(url(call, proposal), sent)
    page = body(answer)
    assert (answer.status_code, "What is saved now" in page) == (422, True)
    shown = answer.context["form"]
    assert (shown["equipment"].value(), shown["prefers"].value(), 'name="version" value="2"' in page) == (
        ["power at seats"],
        "morning",
        True,
    )
    assert client.post(url(call, proposal), {**sent, "version": 2}).status_code == 302
    assert kept(proposal)[0] == ["power at seats"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"equipment": "power at seats"}, "No room that takes your format has all of this equipment."),
        ({"latest_at": "2027-07-18T13:30Z"}, "Between these hours no room that fits is open long enough."),
        ({"earliest_at": "2027-07-18T18:00Z"}, "Taken together, what you ask leaves no slot"),
        ({"prefers": "morning"}, ""),
    ],
    ids=["equipment", "hours", "hours and times away", "possible"],
)
def test_what_leaves_no_place_is_saved_with_a_warning(call: CallFixture, asked: dict[str, str], words: str) -> None:
    client, proposal = browser(call.member), call.accepted()
    person = make.PresenterFactory(proposal=proposal)
    afternoon = (NINE + timedelta(hours=5), NINE + timedelta(hours=9))
    if "Taken" in words:
        Availability.objects.create(presenter=person, starts_at=afternoon[0], ends_at=afternoon[1])
        asked = {**asked, "equipment": "power at seats"}
    answer = client.post(url(call, proposal), {"version": 1, **asked}, follow=True)
    warned = [str(each) for each in answer.context["messages"]][1:]
    assert (kept(proposal)[4], [words in each for each in warned]) == (2, [True] if words else [])


def test_rooms_are_asked_where_the_format_asks_and_change_until_the_edition_is_archived(call: CallFixture) -> None:
    client, proposal = browser(call.member), call.accepted()
    hall, lab = call.edition.rooms.order_by("name")
    assert "Rooms that are impossible" not in client.get(url(call, proposal)).content.decode()
    FormatField.objects.create(format=proposal.format, name="rooms", use=FieldUse.OPTIONAL, limit=20)
    assert "Rooms that are impossible" in client.get(url(call, proposal)).content.decode()
    sent = {"version": 1, "preferred_rooms": [hall.pk], "excluded_rooms": [lab.pk]}
    assert client.post(url(call, proposal), sent).status_code == 302
    assert (list(proposal.preferred_rooms.all()), list(proposal.excluded_rooms.all())) == ([hall], [lab])
    data = Entry.objects.get(fact="proposals.constraints_changed").data
    assert (data["preferred_rooms"], data["excluded_rooms"]) == ([hall.name], [lab.name])
    both = client.post(url(call, proposal), {**sent, "version": 2, "excluded_rooms": [hall.pk]})
    assert (both.status_code, "cannot be both liked and impossible" in both.content.decode()) == (422, True)
    elsewhere = client.post(url(call, proposal), {**sent, "version": 2, "excluded_rooms": [make.RoomFactory().pk]})
    assert elsewhere.status_code == 422
    assert list(proposal.excluded_rooms.all()) == [lab]
    set_constraints(by=call.member, proposal=proposal, version=2, prefers="morning")
    assert list(proposal.excluded_rooms.all()) == [lab]

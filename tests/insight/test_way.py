"""The way from submitted to published: who counts where, what is named as missing, and what a conflict hides."""

import pytest

from expo.editions.states import RoleKind
from expo.kit import clock
from expo.proposals.states import ProposalState
from expo.releases.models import Release
from reviews.decisions.queries.capacity import capacity
from reviews.decisions.states import Verdict
from reviews.insight.pictures import way_to_program
from reviews.insight.queries.way import way_points
from tests import factories as make

pytestmark = pytest.mark.django_db


def funnel(edition, viewer):
    return way_to_program(way_points(edition, viewer, clock.now()), dict(edition.formats.values_list("slug", "name")))


@pytest.fixture
def edition():
    return make.EditionFactory(reviews_per_proposal=1)


@pytest.fixture
def chair(edition):
    return make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user


@pytest.fixture
def talk(edition):
    return make.FormatFactory(edition=edition, slug="talk", name="Talk")


def test_each_point_counts_by_format_and_names_what_is_missing(edition, chair, talk):
    demo = make.FormatFactory(edition=edition, slug="demo", name="Demo")
    plain = [make.SubmittedFactory(edition=edition, format=talk) for _ in range(2)]
    make.AssignmentFactory(edition=edition, proposal=plain[0], state="submitted")
    make.SubmittedFactory(edition=edition, format=demo, state=ProposalState.REJECTED)
    make.SubmittedFactory(edition=edition, format=demo, state=ProposalState.WITHDRAWN)
    accepted = make.AcceptedFactory(edition=edition, format=talk)
    confirmed = make.AcceptedFactory(edition=edition, format=demo, state=ProposalState.CONFIRMED)
    make.SessionFactory(edition=edition, proposal=confirmed)
    release = {"edition": edition, "published_by": chair}
    Release.objects.create(number=1, snapshot={"sessions": [{"code": accepted.code}]}, **release)
    Release.objects.create(number=2, snapshot={"sessions": [{"code": confirmed.code}]}, **release)
    chart = funnel(edition, chair)
    assert [(row.label, row.cells[:3], row.note) for row in chart.rows] == [
        ("5 submitted", ("3", "2", "5"), ""),
        ("1 reviewed", ("1", "0", "1"), "4 short of reviews"),
        ("2 accepted", ("1", "1", "2"), "1 rejected, 2 without a released verdict"),
        ("1 confirmed", ("0", "1", "1"), "1 to confirm"),
        ("1 scheduled", ("0", "1", "1"), "1 without a place"),
        ("1 published", ("0", "1", "1"), ""),
    ]
    assert [mark.high - mark.low for mark in chart.rows[0].marks] == [3, 2]
    assert chart.summary == "5 submitted, 1 published."
    assert chart.heads == ("Point", "Talk", "Demo", "All", "Not, or not yet")


def test_what_a_conflict_hides_is_at_no_point_and_in_no_box(edition, chair, talk):
    seen, hidden = (make.SubmittedFactory(edition=edition, format=talk) for _ in range(2))
    for each in (seen, hidden):
        make.DecisionFactory(proposal=each, verdict=Verdict.ACCEPT)
    make.TrackFactory(edition=edition).formats.set([talk])
    make.DayFactory(edition=edition)
    assert [boxes.filled for boxes in capacity(edition, chair)] == [2]
    make.ConflictFactory(user=chair, sponsor=hidden.sponsor)
    assert [row.label for row in funnel(edition, chair).rows][:3] == ["1 submitted", "0 reviewed", "0 accepted"]
    assert [boxes.filled for boxes in capacity(edition, chair)] == [1]


def test_boxes_are_for_who_decides_and_the_waitlist_holds_some(edition, chair, talk):
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    make.DecisionFactory(proposal=make.SubmittedFactory(edition=edition, format=talk), verdict=Verdict.WAITLIST)
    make.TrackFactory(edition=edition).formats.set([talk])
    make.DayFactory(edition=edition)
    (boxes,) = capacity(edition, chair)
    assert (boxes.label, boxes.filled, boxes.held, boxes.total > 0) == ("Talk", 0, 1, True)
    assert capacity(edition, organiser) == ()


def test_an_empty_edition_says_so(edition, chair):
    assert funnel(edition, chair).summary == "No proposal has been submitted yet."


def test_a_session_that_was_unscheduled_since_the_release_stands_for_no_new_one(edition, chair, talk):
    gone, new = (make.AcceptedFactory(edition=edition, format=talk) for _ in range(2))
    make.SessionFactory(edition=edition, proposal=new)
    Release.objects.create(number=1, snapshot={"sessions": [{"code": gone.code}]}, edition=edition, published_by=chair)
    last = funnel(edition, chair).rows[-1]
    assert (last.label, last.note) == ("1 published", "1 not in the newest release")

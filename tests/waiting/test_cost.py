"""What waits costs the same few queries for twenty things, or editions, as for two; and the menu counts it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.states import Phase, RoleKind
from expo.kit.memo import remembering
from expo.kit.waiting import MenuCounts, waiting_for, waiting_in
from tests import factories as make

pytestmark = pytest.mark.django_db

PHASES = (Phase.SETUP, Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.SCHEDULE, Phase.PUBLISHED)


def everybody(edition: Any) -> Any:
    """A person with every part in an edition."""
    user = make.TeamMemberFactory(sponsor__edition=edition).user
    for kind in RoleKind:
        make.RoleFactory(edition=edition, user=user, kind=kind)
    make.ReviewerProfileFactory(edition=edition, user=user, answer="confirmed")
    return user


def fill(edition: Any, user: Any, n: int) -> None:
    for _ in range(n):
        make.ProposalFactory(edition=edition, sponsor=user.teams.get(sponsor__edition=edition).sponsor)
        make.AssignmentFactory(edition=edition, reviewer=user, state="offered")
        make.DecisionFactory(proposal=make.SubmittedFactory(edition=edition), batch=make.BatchFactory(edition=edition))
        make.SessionFactory(edition=edition)


@pytest.mark.parametrize("phase", PHASES)
def test_twenty_things_cost_as_many_queries_as_two_and_few(phase):
    edition = make.EditionFactory(phase=phase)
    user = everybody(edition)
    counts = []
    for n in (2, 18):
        fill(edition, user, n)
        with remembering(), CaptureQueriesContext(connection) as asked:
            waiting_for(user, edition)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 24


def test_twenty_editions_cost_as_many_queries_as_two():
    user = make.UserFactory()
    editions, counts = [], []
    for n in (2, 18):
        for index in range(n):
            edition = make.EditionFactory(phase=PHASES[index % 2 + 2])
            for kind in RoleKind:
                make.RoleFactory(edition=edition, user=user, kind=kind)
            make.SubmittedFactory(edition=edition)
            editions.append(edition)
        with remembering(), CaptureQueriesContext(connection) as asked:
            waiting_in(user, tuple(editions))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_several_editions_say_the_same_as_each_alone():
    user = make.UserFactory()
    editions = [make.EditionFactory(phase=phase) for phase in PHASES]
    for edition in editions:
        for kind in RoleKind:
            make.RoleFactory(edition=edition, user=user, kind=kind)
        hidden = make.SubmittedFactory(edition=edition)
        make.ConflictFactory(user=user, sponsor=hidden.sponsor)
        make.SubmittedFactory(edition=edition)
    with remembering():
        together = waiting_in(user, tuple(editions))
    assert together == {edition.pk: waiting_for(user, edition) for edition in editions}


def test_the_menu_counts_each_thing_once_and_says_what_is_late():
    edition = make.EditionFactory(phase=Phase.SCHEDULE)
    chair = make.RoleFactory(edition=edition, kind=RoleKind.COCHAIR).user
    make.SessionFactory(edition=edition)
    make.AcceptedFactory(edition=edition)
    counts = MenuCounts(chair, edition)
    assert counts.count_for("program:slots") == (1, 0)
    assert counts.count_for("program:timetable", "program:slots") == (2, 0)
    assert counts.count_for("releases:list") == (0, 0)


def test_a_stranger_waits_for_nothing_and_asks_nothing(client):
    edition = make.EditionFactory()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse("editions:detail", args=[edition.slug])).status_code == 200
    assert not [row for row in asked.captured_queries if "assignment" in row["sql"]]

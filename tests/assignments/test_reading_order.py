"""The order in which reviewers read what they were given."""

from datetime import timedelta

import pytest

from expo.kit import clock
from expo.kit.errors import NotAllowed
from reviews.assignments.queries.reading_order import reading_orders
from reviews.assignments.services.assignments import note_opened
from tests.factories import AssignmentFactory, ConflictFactory

pytestmark = pytest.mark.django_db


def test_the_first_look_stays_and_chairs_read_the_order_of_what_they_may_see(world):
    reviewer = world.reviewer()
    made = [
        AssignmentFactory(
            edition=world.edition, proposal=world.proposal(), reviewer=reviewer, state="accepted", position=position
        )
        for position in (4, 3, 2, 1)
    ]
    start = clock.now()

    def order(viewer):
        found = reading_orders(world.edition, viewer, [reviewer.pk])
        return [found.get(each.pk) for each in made]

    assert order(world.chair) == [None] * 4
    for hour, at in enumerate((0, 2, 1, 0)):
        made[at].refresh_from_db()
        with clock.at(start + timedelta(hours=hour)):
            note_opened(by=reviewer, assignment=made[at])
    made[0].refresh_from_db()
    assert made[0].opened_at == start
    assert order(world.chair) == [
        "read 1st, planned 4th of 4",
        "read 3rd, planned 3rd of 4",
        "read 2nd, planned 2nd of 4",
        None,
    ]
    ConflictFactory(user=world.chair, sponsor=made[2].proposal.sponsor)
    assert order(world.chair) == ["read 1st, planned 3rd of 3", "read 2nd, planned 2nd of 3", None, None]
    with pytest.raises(NotAllowed):
        note_opened(by=world.chair, assignment=made[3])

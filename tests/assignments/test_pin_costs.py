"""What a pin costs: the number printed is what comes out when it is pinned and run again."""

import pytest
from django.urls import reverse

from reviews.assignments.models import QueueSettings
from reviews.assignments.queries.pin_costs import NOT_KEPT, PinCost, PricedAlternative, alternative_named, cost_of_pin
from reviews.assignments.queries.run_pages import preview_of
from reviews.assignments.services import runs
from reviews.assignments.services.pair_rules import set_pair
from tests.factories import ConflictFactory, RoleFactory

from .conftest import pairs_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def busy(world):
    """Everybody should have a review, so that an alternative may cost a lot or, pinned, next to nothing."""
    QueueSettings.objects.update_or_create(edition=world.edition, defaults={"least_load": 1})
    world.people = [world.reviewer(*topics) for topics in ((world.vision,), (world.vision, world.speech), (), ())]
    world.proposals = [world.proposal(*topics) for topics in ((world.vision,), (world.speech,), ())]
    return world


def figures(run):
    """Total match and number of reviews, as the run's page says them under “Fairness and proof”."""
    stages = {stage["name"]: stage["value"] for stage in run.result["stages"]}
    return stages["affinity"] / 1_000_000, stages["coverage"]


def test_every_cost_is_what_the_pin_and_another_run_give(busy, client):
    client.force_login(busy.chair)
    run, costs = busy.run(), set()
    tokens = [other.token for row in preview_of(run, busy.chair).rows for pair in row.pairs for other in pair.instead]
    assert len(tokens) >= 6
    people, proposals = ({each.pk: each for each in rows} for rows in (busy.people, busy.proposals))
    for token in tokens:
        asked = alternative_named(token, run.result)
        address = reverse("assignments:run", args=[busy.edition.slug, run.pk])
        page = " ".join(client.get(f"{address}?cost={token}").content.decode().split())
        cost = cost_of_pin(run, busy.chair, asked)
        assert cost.sentence in page
        set_pair(by=busy.chair, proposal=proposals[asked.proposal], reviewer=people[asked.other], kind="pin")
        again = busy.run(seed=8)
        assert figures(again) == (cost.match[1], cost.reviews[1])
        assert figures(run) == (cost.match[0], cost.reviews[0])
        assert (asked.proposal, asked.other) in pairs_of(again)
        costs.add(round(cost.match[0] - cost.match[1], 3))
        set_pair(by=busy.chair, proposal=proposals[asked.proposal], reviewer=people[asked.other], kind="clear")
        runs.discard(by=busy.chair, run=again)
    assert len(costs) > 1


def test_no_cost_is_told_once_something_has_changed(busy, client):
    run = busy.run()
    token = next(
        other.token for row in preview_of(run, busy.chair).rows for pair in row.pairs for other in pair.instead
    )
    busy.reviewer(busy.speech)
    client.force_login(busy.chair)
    page = client.get(f"{reverse('assignments:run', args=[busy.edition.slug, run.pk])}?cost={token}").content.decode()
    assert "so what a pin costs is unknown" in " ".join(page.split())
    assert "Pinned and run again" not in page


def test_who_may_not_see_the_whole_run_is_told_no_cost(busy):
    run = busy.run()
    token = next(
        other.token for row in preview_of(run, busy.chair).rows for pair in row.pairs for other in pair.instead
    )
    other = RoleFactory(edition=busy.edition, kind="cochair").user
    ConflictFactory(user=other, sponsor=busy.proposals[-1].sponsor)
    instead = [each for row in preview_of(run, other, token).rows for pair in row.pairs for each in pair.instead]
    assert instead
    assert {(each.token, each.cost) for each in instead} == {("", "")}


@pytest.mark.parametrize("token", ["", "1-2", "x-y-z", "999-999-999", "1-2-3\x00"])
def test_nonsense_in_the_address_asks_for_nothing(busy, token):
    run = busy.run()
    assert not any(pair.is_asked for row in preview_of(run, busy.chair, token).rows for pair in row.pairs)


def test_a_cost_is_a_sentence():
    assert PinCost((0.983, 0.974), (6, 6)).sentence == (
        "Pinned and run again: the total match is lower by 0.009 (0.983 → 0.974), and as many reviews are assigned."
    )
    assert PinCost((1.0, 1.2), (6, 4)).sentence == (
        "Pinned and run again: the total match is higher by 0.200 (1.000 → 1.200), and 2 reviews fewer can be assigned."
    )
    assert PinCost((1.0, 1.0), (6, 6)).sentence.startswith("Pinned and run again: the total match stays (1.000")
    assert PinCost((1.0, 1.2), (6, 4), is_kept=False).sentence == NOT_KEPT
    assert PricedAlternative(1, 2, 3).token == "1-2-3"

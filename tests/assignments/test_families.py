"""Pages about domains and families: they show first whom a change gives a conflict and which assignments end."""

import pytest
from django.urls import reverse

from expo.accounts.models import Organisation
from expo.editions.states import RoleKind
from expo.journal.models import Entry
from expo.sponsors.models import ParentRequest
from reviews.assignments.queries.conflict_effects import parent_effects
from reviews.assignments.services.automation import release_conflicted
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Google's proposal is with a reviewer from DeepMind, whose address is at deepmind.example."""
    proposal = make.SubmittedFactory(sponsor__organisation__name="Google")
    edition = proposal.edition
    reviewer = make.UserFactory(name="Ada", email="ada@deepmind.example")
    make.RoleFactory(edition=edition, kind=RoleKind.REVIEWER, user=reviewer)
    make.AffiliationFactory(user=reviewer, organisation=make.OrganisationFactory(name="DeepMind"))
    return make.AssignmentFactory(edition=edition, proposal=proposal, reviewer=reviewer, state="accepted")


def text(response):
    return " ".join(response.content.decode().split())


def at(name, world, *more):
    return reverse(f"assignments:{name}", args=[world.edition.slug, world.proposal.sponsor_id, *more])


def sign_in(client, world, **person):
    organiser = make.RoleFactory(edition=world.edition, kind=RoleKind.ORGANISER).user
    client.force_login(organiser, backend="django.contrib.auth.backends.ModelBackend")
    return organiser


def test_a_domain_shows_its_effect_before_it_is_saved(client, world):
    sign_in(client, world)
    shown = text(client.get(at("conflict-facts", world), {"domains": "deepmind.example"}))
    assert "1 conflict would arise and 0 would end. 1 open assignment would be released." in shown
    assert "Ada" in shown
    world.proposal.sponsor.refresh_from_db()
    assert world.proposal.sponsor.domains != ["deepmind.example"]
    client.post(at("save-domains", world), {"domains": "deepmind.example"})
    world.proposal.sponsor.refresh_from_db()
    assert world.proposal.sponsor.domains == ["deepmind.example"]
    assert "0 conflicts would arise and 1 would end." in text(client.get(at("conflict-facts", world), {"domains": ""}))


def test_a_change_that_would_bar_its_own_author_says_so_first(client, world):
    organiser = sign_in(client, world)
    mine = organiser.email.rpartition("@")[2]
    assert "You would have a conflict yourself" in text(client.get(at("conflict-facts", world), {"domains": mine}))
    other = text(client.get(at("conflict-facts", world), {"domains": "müller.example"}))
    assert "You would have a conflict yourself" not in other
    assert 'value="xn--mller-kva.example"' in other
    client.post(at("save-domains", world), {"domains": "müller.example"})
    assert 'value="müller.example"' in text(client.get(at("conflict-facts", world)))


def test_a_refused_domain_says_why_and_stays_typed(client, world):
    sign_in(client, world)
    for response in (
        client.get(at("conflict-facts", world), {"domains": "co.uk"}),
        client.post(at("save-domains", world), {"domains": "co.uk"}),
    ):
        assert "Many organisations have a domain under co.uk" in text(response)
        assert 'value="co.uk"' in text(response)


def test_what_the_page_says_of_a_parent_is_what_confirming_does(client, world):
    staff = make.UserFactory(is_staff=True)
    sign_in(client, world)
    client.post(at("request-parent", world), {"name": "DeepMind", "is_subsidiary": "1"})
    asked = ParentRequest.objects.get()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert "DeepMind belongs to Google" in text(client.get(reverse("assignments:families")))
    page = reverse("assignments:parent-request", args=[asked.pk])
    assert "1 conflict would arise and 0 would end. 1 open assignment would be released." in text(client.get(page))
    client.post(page, {"decision": "confirm"})
    release_conflicted(Entry.objects.get(fact="sponsors.parent_confirmed"))
    world.refresh_from_db()
    assert world.state == "released"
    removing = reverse("assignments:remove-parent", args=[asked.organisation_id])
    assert "0 conflicts would arise and 1 would end." in text(client.get(removing))
    client.post(removing)
    assert Organisation.objects.get(name="DeepMind").parent is None


def test_effects_are_hidden_from_staff_with_a_conflict(world):
    staff = make.UserFactory(is_staff=True)
    sponsor = world.proposal.sponsor
    make.AffiliationFactory(user=staff, organisation=sponsor.organisation)
    (effect,) = parent_effects(Organisation.objects.get(name="DeepMind"), sponsor.organisation, staff)
    assert (effect.people, effect.hidden) == ((), (sponsor.name,))


def test_my_conflicts_says_when_no_family_is_known(client, world):
    sign_in(client, world)
    page = reverse("proposals:conflicts", args=[world.edition.slug])
    assert "none so far" in text(client.get(page))
    make.OrganisationFactory(parent=make.OrganisationFactory())
    assert "none so far" not in text(client.get(page))

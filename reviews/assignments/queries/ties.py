"""Who is tied to a sponsor of an edition: their wishes about what to review do not count."""

from django.db.models import Q

from expo.accounts.models import Affiliation, User
from expo.accounts.queries import organisation_links
from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.conflicts import families
from expo.sponsors.models import Sponsor, TeamMember


def ties(user: User, edition: Edition) -> list[str]:
    """What ties somebody to sponsors of an edition, as sentences to them: teams, and where they work now."""
    teams = TeamMember.objects.filter(user=user, sponsor__edition=edition).order_by("sponsor__name")
    told = [f"You belong to the team of {sponsor}." for sponsor in teams.values_list("sponsor__name", flat=True)]
    return [*told, *(f"You work for {name} or a company of its family." for name in _employers(user, edition))]


def _employers(user: User, edition: Edition) -> list[str]:
    """The sponsors whose family of companies somebody works for today."""
    family_of = families(organisation_links())
    today = clock.now().astimezone(edition.zone).date()
    present = Affiliation.objects.filter(Q(ended_on=None) | Q(ended_on__gte=today), user=user)
    own = {family_of[organisation] for organisation in present.values_list("organisation_id", flat=True)}
    sponsors = Sponsor.objects.filter(edition=edition).order_by("name", "id").values_list("organisation_id", "name")
    return [name for organisation, name in sponsors if family_of[organisation] in own]

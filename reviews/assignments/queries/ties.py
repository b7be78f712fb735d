"""Who is tied to a sponsor of an edition: their wishes about what to review do not count."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from expo.accounts.models import Affiliation, Organisation, User
from expo.editions.models import Edition
from expo.kit import clock
from expo.proposals.conflicts import families
from expo.sponsors.models import Sponsor, TeamMember


@dataclass(frozen=True)
class Ties:
    """Reviewer → why they are tied to a sponsor of the edition, as sentences to them."""

    told: dict[int, tuple[str, ...]]

    def of(self, user: int) -> tuple[str, ...]:
        return self.told.get(user, ())


def ties(edition: Edition, users: Collection[User]) -> Ties:
    """Team members of any sponsor, and whoever works now for a sponsor's family: four queries."""
    told: dict[int, list[str]] = defaultdict(list)
    ids = [user.pk for user in users]
    teams = TeamMember.objects.filter(user__in=ids, sponsor__edition=edition).order_by("sponsor__name")
    for user, sponsor in teams.values_list("user_id", "sponsor__name"):
        told[user].append(f"You belong to the team of {sponsor}.")
    family_of = families(dict(Organisation.objects.values_list("id", "parent_id")))
    owners = Sponsor.objects.filter(edition=edition).order_by("name", "id").values_list("organisation_id", "name")
    sponsors = {family_of[organisation]: name for organisation, name in owners}
    today = clock.now().astimezone(edition.zone).date()
    present = Affiliation.objects.filter(Q(ended_on=None) | Q(ended_on__gte=today), user__in=ids).order_by("id")
    for user, organisation in present.values_list("user_id", "organisation_id"):
        if sponsor := sponsors.get(family_of[organisation]):
            told[user].append(f"You work for {sponsor} or a company of its family.")
    return Ties({user: tuple(dict.fromkeys(sentences)) for user, sentences in told.items()})

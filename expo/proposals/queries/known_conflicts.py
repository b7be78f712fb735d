"""Conflicts in words, and what a change of facts about organisations would do to them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from expo.accounts.models import Organisation, User
from expo.accounts.queries import organisation_links
from expo.editions.models import Edition
from expo.editions.rules import runs_edition
from expo.editions.states import Phase
from expo.sponsors.models import Sponsor

from .. import conflicts
from ..models import Conflict
from ..states import ConflictSource
from .conflict_wall import Between, Facts, SponsorFact, conflicts_between, wall

#: A conflict with one proposal does not say whose it is: a reviewer could declare it to learn that.
NOT_NAMED = "Not shown"


@dataclass(frozen=True)
class OwnConflict:
    """One conflict of the viewer: with which sponsor, from which source, why."""

    sponsor: str
    source: ConflictSource
    detail: str
    covers: str


def own_conflicts(user: User, edition: Edition) -> list[OwnConflict]:
    """Everything that stands between somebody and proposals of an edition, by the sponsor's name."""
    names = dict(Sponsor.objects.filter(edition=edition).values_list("id", "name"))
    own = [
        OwnConflict(
            names[each.sponsor] if each.proposal is None else NOT_NAMED,
            each.source,
            # Who presents what is hidden too, so the coauthor's name is for those outside the conflict.
            "You have written with one of its presenters." if each.source == ConflictSource.COAUTHOR else each.detail,
            "One proposal" if each.proposal else "All its proposals",
        )
        for each in conflicts_between([user], edition)
    ]
    return sorted(set(own), key=lambda each: (each.sponsor.casefold(), each.covers, each.source))


def declared_by_others(viewer: User, edition: Edition) -> QuerySet[Conflict]:
    """Declared conflicts of other people that a chair may take back: none that concern the chair's own conflicts."""
    rows = Conflict.objects.filter(sponsor__edition=edition).select_related("user", "sponsor", "proposal")
    if not runs_edition(viewer, edition):
        return rows.none()
    hidden = wall(viewer, edition)
    rows = rows.exclude(user=viewer).exclude(sponsor__in=hidden.sponsors)
    return rows.exclude(proposal__isnull=False, proposal__in=hidden.proposals).order_by(
        "sponsor__name", "user__email", "id"
    )


@dataclass(frozen=True)
class ConflictChange:
    """Somebody with a role gains a conflict with a sponsor as a whole, or loses it. `why`: a sentence for people."""

    user: User
    sponsor: Sponsor
    gains: bool
    why: str


def conflict_changes(edition: Edition, if_so: Callable[[Facts], Facts], viewer: User) -> list[ConflictChange]:
    """Who would gain or lose a conflict with which sponsor, by sponsor and name; the viewer counts as well."""
    users = {user.pk: user for user in User.objects.filter(roles__edition=edition).distinct().order_by("name", "id")}
    users.setdefault(viewer.pk, viewer)
    before = _whole(conflicts_between(list(users.values()), edition))
    after = _whole(conflicts_between(list(users.values()), edition, if_so=if_so))
    sponsors = {sponsor.pk: sponsor for sponsor in Sponsor.objects.filter(edition=edition)} if before != after else {}
    changed = [
        ConflictChange(users[user], sponsors[sponsor], gains, detail)
        for gains, here, there in ((True, after, before), (False, before, after))
        for (user, sponsor), detail in here.items()
        if (user, sponsor) not in there
    ]
    return sorted(changed, key=lambda each: (each.sponsor.name.casefold(), str(each.user).casefold(), each.user.pk))


def _whole(conflicts: Collection[Between]) -> dict[tuple[int, int], str]:
    return {(each.user, each.sponsor): each.detail for each in conflicts if each.proposal is None}


def with_domains(sponsor: Sponsor, domains: Collection[str]) -> Callable[[Facts], Facts]:
    """The facts as they would be if a sponsor had these mail domains."""

    def change(each: SponsorFact) -> SponsorFact:
        return replace(each, domains=tuple(domains)) if each.sponsor == sponsor.pk else each

    return lambda facts: replace(facts, sponsors=tuple(change(each) for each in facts.sponsors))


def with_parent(organisation: Organisation, parent: Organisation | None) -> Callable[[Facts], Facts]:
    """The facts as they would be if an organisation had this parent."""
    key = parent.pk if parent else None
    return lambda facts: replace(
        facts,
        organisations=tuple(
            (each, key if each == organisation.pk else before, stem) for each, before, stem in facts.organisations
        ),
    )


def editions_touched(*organisations: Organisation | None) -> list[Edition]:
    """The editions, not yet over, that have a sponsor of a family of one of these organisations; newest first."""
    family_of = conflicts.families(organisation_links())
    touched = {family_of[each.pk] for each in organisations if each is not None}
    members = [organisation for organisation, family in family_of.items() if family in touched]
    rows = Edition.objects.filter(sponsors__organisation__in=members).exclude(phase=Phase.ARCHIVED)
    return list(rows.distinct().order_by("-id"))


def ancestors(organisation: Organisation) -> list[int]:
    """The ids of an organisation's parent, its parent and so on, however many there are."""
    parents = {child: parent for child, parent, _ in organisation_links()}
    line: list[int] = []
    above = parents.get(organisation.pk)
    while above is not None and above not in line:
        line.append(above)
        above = parents.get(above)
    return line


def own_conflicts_among(
    user: User, organisation: Organisation, parent: Organisation | None, after: Organisation | None
) -> list[str]:
    """The sponsors of the two families with which somebody has a conflict, or would have if `after` were the parent."""
    family_of = conflicts.families([*organisation_links(), (organisation.pk, parent.pk if parent else None, "")])
    names: set[str] = set()
    for edition in editions_touched(organisation, parent):
        between = conflicts_between([user], edition)
        between += conflicts_between([user], edition, if_so=with_parent(organisation, after))
        for sponsor in Sponsor.objects.filter(edition=edition, pk__in={each.sponsor for each in between}):
            if family_of[sponsor.organisation_id] == family_of[organisation.pk]:
                names.add(f"{sponsor.name} in {edition.name}")
    return sorted(names)

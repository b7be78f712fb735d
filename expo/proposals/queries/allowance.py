"""What a sponsor's tier allows, and how much of it is used."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from expo.editions.models import Format, Track
from expo.sponsors.models import Entitlement, Sponsor

from ..models import Proposal
from ..states import COUNTED, PLACEABLE


@dataclass(frozen=True)
class Allowance:
    """One format: how many proposals a sponsor may submit and have accepted, and how many it has."""

    format: Format
    submitted: int
    may_submit: int
    accepted: int
    may_be_accepted: int

    @property
    def left(self) -> int:
        return max(0, self.may_submit - self.submitted)

    @property
    def text(self) -> str:
        """Both numbers, as people read them."""
        return f"{self.submitted} of {self.may_submit} submitted, {self.left or 'none'} left"

    @property
    def accepted_text(self) -> str:
        """How many were accepted, of how many that may be."""
        return f"{self.accepted} of {self.may_be_accepted} accepted"

    @property
    def offer(self) -> str:
        """What somebody reads who is about to choose the format."""
        if self.left:
            return f"{self.left} of {self.may_submit} left"
        return f"none left, {self.text_after_the_call}: to submit another, first withdraw one"

    @property
    def text_after_the_call(self) -> str:
        return f"{self.submitted} of {self.may_submit} submitted"


def allowances(sponsor: Sponsor) -> list[Allowance]:
    """One entry per format of the edition, in its order; formats the tier lacks have zeros."""
    return allowances_of([sponsor])[sponsor.pk]


def allowances_of(sponsors: Collection[Sponsor]) -> dict[int, list[Allowance]]:
    """The same for several sponsors of one edition: three queries, whatever their number."""
    formats = Format.objects.filter(edition__in={sponsor.edition_id for sponsor in sponsors})
    tiers = {sponsor.tier_id for sponsor in sponsors}
    entitled = {(each.tier_id, each.format_id): each for each in Entitlement.objects.filter(tier__in=tiers)}
    used = _used(sponsors)
    by_sponsor: dict[int, list[Allowance]] = {sponsor.pk: [] for sponsor in sponsors}
    for format in formats:
        for sponsor in sponsors:
            if format.edition_id == sponsor.edition_id:
                row = entitled.get((sponsor.tier_id, format.pk))
                submitted, accepted = used[sponsor.pk, format.pk]
                limits = (row.may_submit, row.may_be_accepted) if row else (0, 0)
                by_sponsor[sponsor.pk].append(Allowance(format, submitted, limits[0], accepted, limits[1]))
    return by_sponsor


def _used(sponsors: Collection[Sponsor]) -> dict[tuple[int, int], tuple[int, int]]:
    """By sponsor and format: what was submitted as it, and what is accepted as it, which may be something else."""
    rows = (
        Proposal.objects.filter(sponsor__in=[sponsor.pk for sponsor in sponsors])
        .order_by()
        .values_list("sponsor_id", "format_id", "accepted_instead_of_id")
        .annotate(
            submitted=Count("id", filter=Q(state__in=COUNTED)), accepted=Count("id", filter=Q(state__in=PLACEABLE))
        )
    )
    used: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for sponsor, format, before, submitted, accepted in rows:
        for key, more in (((sponsor, before or format), (submitted, 0)), ((sponsor, format), (0, accepted))):
            used[key] = (used[key][0] + more[0], used[key][1] + more[1])
    return used


@dataclass(frozen=True)
class FormatChoice:
    """A format that a tier includes, with the tracks that take it."""

    format: Format
    tracks: tuple[Track, ...]


def format_choices(sponsor: Sponsor, allowances: Iterable[Allowance]) -> list[FormatChoice]:
    """Every format the tier includes with every track that takes it."""
    tracks: dict[int, list[Track]] = defaultdict(list)
    for track in Track.objects.filter(edition=sponsor.edition_id).prefetch_related("formats"):
        for format in track.formats.all():
            tracks[format.pk].append(track)
    return [FormatChoice(each.format, tuple(tracks[each.format.pk])) for each in allowances if each.may_submit]

"""What became of reviews after they were submitted, read from the journal beside what they said at first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import F

from expo.editions.models import Edition
from expo.journal.models import Entry
from reviews.rubrics.models import Criterion

from ..amendments import Amendment, Amendments, difference
from ..models import DiscussionVisit, Review

FACT = "scoring.review_amended"


def amendments_of(review: Review, edition: Edition) -> Amendments | None:
    """A review's own changes; None where it has not changed. No query for a review that has not."""
    return amendments_in([review], edition).get(review.pk)


def amendments_in(reviews: Iterable[Review], edition: Edition) -> dict[int, Amendments]:
    """By review, for those that changed since they were submitted: three queries, none where no review has."""
    changed = {review.pk: review for review in reviews if review.amended_at is not None}
    if not changed:
        return {}
    entries: dict[int | None, list[Entry]] = defaultdict(list)
    about = Entry.objects.filter(fact=FACT, target_type="scoring.review", target_id__in=changed)
    for entry in about.order_by("id"):
        entries[entry.target_id].append(entry)
    names, seen = _names(changed.values()), _others_seen(changed)
    return {
        pk: _amendments(review, entries[pk], names[review.rubric_id], edition, seen.get(pk))
        for pk, review in changed.items()
        if entries[pk]
    }


def _amendments(
    review: Review, entries: list[Entry], names: Mapping[str, str], edition: Edition, others_seen_at: datetime | None
) -> Amendments:
    steps = [Amendment(each.at, difference(each.data["before"], each.data["after"], names)) for each in entries]
    first, last = review.first_content or entries[0].data["before"], entries[-1].data["after"]
    return Amendments(
        steps=tuple(steps),
        whole=difference(first, last, names) if len(steps) > 1 else None,
        after_sponsor=review.first_content.get("is_blind", edition.hide_sponsor_until_scored),
        after_others=others_seen_at is not None and others_seen_at < entries[-1].at,
    )


def _others_seen(reviews: Collection[int]) -> dict[int, datetime]:
    """By review when its reviewer was first shown somebody else's review of the proposal."""
    its = "proposal__assignments__review"
    visits = DiscussionVisit.objects.filter(
        **{f"{its}__in": reviews}, user=F("proposal__assignments__reviewer"), others_seen_at__isnull=False
    )
    return dict(visits.values_list(its, "others_seen_at"))


def _names(reviews: Iterable[Review]) -> Mapping[int | None, Mapping[str, str]]:
    """What the criteria of each rubric are called, by slug, in order."""
    names: dict[int | None, dict[str, str]] = defaultdict(dict)
    for criterion in Criterion.objects.filter(rubric__in={review.rubric_id for review in reviews} - {None}):
        names[criterion.rubric_id][criterion.slug] = criterion.name
    return names

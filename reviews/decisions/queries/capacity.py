"""The pools' capacity as boxes, without the desk's rows and their scores."""

from collections import Counter

from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.chart_rows import Boxes
from expo.kit.policy import allowed
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import ProposalState
from reviews.scoring.queries.pools import pools

from ..states import Verdict


def capacity(edition: Edition, viewer: User) -> tuple[Boxes, ...]:
    """A row of boxes for each pool of known capacity: what is accepted and waitlisted among what the viewer sees.

    Verdicts count from the moment they are given, so there are none for who may not open the desk. Six queries.
    """
    if not allowed(viewer, "decisions.desk", edition):
        return ()
    visible = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    counted_in = Coalesce("decision__format", "format")
    given = Counter(visible.order_by().annotate(counted_in=counted_in).values_list("counted_in", "decision__verdict"))
    found = []
    for pool in pools(edition):
        if pool.capacity is not None:
            taken = sum(pool.size(format) * given[format.pk, Verdict.ACCEPT] for format in pool.formats)
            held = sum(given[format.pk, Verdict.WAITLIST] for format in pool.formats) if pool.is_in_places else 0
            found.append(Boxes(pool.name, taken, pool.capacity, held, pool.unit))
    return tuple(found)

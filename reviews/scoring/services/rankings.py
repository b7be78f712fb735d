"""Keeps the stored rankings up to date: no verb of anybody's, and nothing is lost where it never runs."""

from contextlib import suppress

from django.db import OperationalError, connection, transaction

from expo.editions.models import Edition
from expo.editions.queries import holders
from expo.editions.states import Phase, RoleKind
from expo.kit import clock

from ..models import StoredRanking
from ..queries.ranking import numbers_for, out_of_date
from ..queries.stored_ranking import as_data, scopes_in_use

#: What changed while it computed is computed again at once, so often at most; then by the next sweep.
ROUNDS = 5
#: Editions whose ranking somebody may be looking at.
RANKED = (Phase.CALL, Phase.REVIEW, Phase.DECIDE, Phase.SCHEDULE)


def keep_up(edition: Edition) -> int:
    """Compute what is out of date, for each set of hidden proposals among the chairs; returns how many.

    Whoever comes while another worker is at it leaves it to that one: many submits in a row cost few computations.
    """
    computed = 0
    for _ in range(ROUNDS):
        now = 0
        with suppress(OperationalError):  # somebody else stored it since this transaction began
            now = _keep_up(edition)
        if not now:
            break
        computed += now
    return computed


@transaction.atomic
def _keep_up(edition: Edition) -> int:
    if not _begin(edition):
        return 0
    chairs = list(holders(edition, RoleKind.COCHAIR))
    scopes = scopes_in_use(edition, chairs)
    StoredRanking.objects.filter(edition=edition).exclude(scope__in=scopes).delete()
    rows = [
        StoredRanking(
            edition=edition,
            scope=scope,
            inputs=inputs.digest,
            result=as_data(numbers_for(edition, viewer)),
            computed_at=clock.now(),
        )
        for scope, viewer in scopes.items()
        if (inputs := out_of_date(edition, viewer)) is not None
    ]
    changing = ["inputs", "result", "computed_at"]
    StoredRanking.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["edition", "scope"], update_fields=changing
    )
    return len(rows)


def _begin(edition: Edition) -> bool:
    """One view of the data for digest and numbers, so that they belong together; False: another worker is at it."""
    with connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"scoring.ranking.{edition.pk}"])
        return bool(cursor.fetchone()[0])


def sweep() -> int:
    """The same for every edition under way: what no fact announced, or what a lost message did."""
    return sum(map(keep_up, Edition.objects.filter(phase__in=RANKED)))

"""What happens to a decision, kept for good, and the seals that hold the records together."""

from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit import clock

from ..chain import START, record_digest, seal_digest
from ..models import Decision, DecisionRecord, Seal
from ..states import RecordKind


def keep(*, by: User, decision: Decision, kind: RecordKind, content: dict[str, Any]) -> DecisionRecord:
    """Record what happened to a decision; called by every verb on it, under the edition's lock."""
    proposal, at = decision.proposal, clock.now()
    return DecisionRecord.objects.create(
        edition=proposal.edition,
        proposal=proposal,
        kind=kind,
        content=content,
        digest=record_digest(
            edition=proposal.edition.slug, proposal=proposal.code, kind=kind, by=by.pk, at=at, content=content
        ),
        made_by=by,
        made_at=at,
    )


@transaction.atomic
def seal(edition: Edition) -> Seal | None:
    """Add what is recorded and not sealed yet to the edition's chain; returns its last seal, if it has any.

    Under the lock that all verbs on decisions take, so that no record with a lower number can still appear.
    """
    Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)
    last = Seal.objects.filter(edition=edition).order_by("number").last()
    for record in DecisionRecord.objects.filter(edition=edition, seal=None).order_by("id"):
        previous = last.digest if last else START
        last = Seal.objects.create(
            edition=edition,
            record=record,
            number=last.number + 1 if last else 1,
            previous=previous,
            digest=seal_digest(previous, record.digest),
        )
    return last


def seal_all() -> int:
    """Seal what waits in every edition; returns how many editions had something."""
    waiting = Edition.objects.filter(pk__in=DecisionRecord.objects.filter(seal=None).values("edition"))
    editions = list(waiting.order_by("pk"))
    for edition in editions:
        seal(edition)
    return len(editions)

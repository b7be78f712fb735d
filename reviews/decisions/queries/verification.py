"""Whether an edition's decisions are still what they were when they were recorded, and where not."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.releases.models import Release

from ..chain import Link, breaks, digest, record_digest
from ..models import Batch, Decision, DecisionRecord, Released, Seal
from ..states import RecordKind


@dataclass(frozen=True)
class Verification:
    """`problems`: sentences, the first break first; none: everything holds. `head`: the last seal's digest."""

    edition: Edition
    records: int
    sealed: int
    head: str
    problems: tuple[str, ...]


def head_of(edition: Edition) -> str:
    """The digest of the edition's last seal; empty before the first."""
    last = Seal.objects.filter(edition=edition).order_by("number").last()
    return last.digest if last else ""


def verify(edition: Edition) -> Verification:
    """Check records, seals, decisions, releases and printed heads against one another."""
    rows = DecisionRecord.objects.filter(edition=edition).select_related("proposal", "seal", "made_by").order_by("id")
    records = list(rows)
    seals = {each.record_id: each for each in Seal.objects.filter(edition=edition)}
    links = sorted(
        (
            Link(
                seal.number, seal.previous, seal.digest, each.digest, _digest_now(edition, each), _about(edition, each)
            )
            for each in records
            if (seal := seals.get(each.pk)) is not None
        ),
        key=lambda link: link.number,
    )
    problems = [
        *breaks(links),
        *(
            f"{_about(edition, each)} says something else than when it was recorded."
            for each in records
            if each.pk not in seals and _digest_now(edition, each) != each.digest
        ),
        *_decisions(edition, records),
        *_heads(edition, {seal.digest: seal.number for seal in seals.values()}, records, seals),
    ]
    head = links[-1].digest if links else ""
    return Verification(edition, len(records), len(links), head, tuple(_capital(each) for each in problems))


def seal_named(head: str) -> Seal | None:
    """The seal whose digest begins so; None: no chain has it, or several have."""
    found = list(Seal.objects.filter(digest__startswith=head.lower()).select_related("edition")[:2])
    return found[0] if len(found) == 1 else None


def _digest_now(edition: Edition, each: DecisionRecord) -> str:
    return record_digest(
        edition=edition.slug,
        proposal=each.proposal.code,
        kind=each.kind,
        by=each.made_by_id,
        at=each.made_at,
        content=each.content,
    )


def _about(edition: Edition, each: DecisionRecord) -> str:
    kind = RecordKind(each.kind).label.lower()
    at = timezone.localtime(each.made_at, edition.zone)
    return f"the record “{kind}” of {each.proposal.code} from {at:%d %B %Y, %H:%M}"


def _decisions(edition: Edition, records: list[DecisionRecord]) -> Iterator[str]:
    """Decisions and releases whose text, numbers or reason are not as recorded."""
    recorded: dict[int, set[str]] = defaultdict(set)
    for record in records:
        plain = {name: part for name, part in record.content.items() if name != "batch"}
        recorded[record.proposal_id].add(digest(plain))
    decisions = Decision.objects.filter(proposal__edition=edition).select_related("proposal").order_by("id")
    sent = Released.objects.filter(batch__edition=edition).select_related("proposal")
    decided: list[tuple[str, Decision | Released]] = [("decision", each) for each in decisions]
    released: list[tuple[str, Decision | Released]] = [("released decision", each) for each in sent]
    for noun, each in [*decided, *released]:
        now = digest(each.snapshot)
        if now != each.digest:
            yield f"The {noun} on {each.proposal.code} does not match its digest."
        if now not in recorded[each.proposal_id]:
            yield f"The {noun} on {each.proposal.code} is not as it was recorded."
        for name in ("verdict", "reason", "feedback"):
            if each.snapshot.get("decision", {}).get(name) != getattr(each, name):
                yield f"The {noun} on {each.proposal.code} has another {name} than its record."


def _heads(
    edition: Edition, numbers: dict[str, int], records: list[DecisionRecord], seals: dict[int, Seal]
) -> Iterator[str]:
    """Heads that were printed, in batches, in the journal and in releases, and are not in the chain."""
    last: dict[int, int] = defaultdict(int)
    for each in records:
        batch = each.content.get("batch", {}).get("id") if each.kind == RecordKind.RELEASED else None
        if batch is not None and each.pk in seals:
            last[batch] = max(last[batch], seals[each.pk].number)
    entries = Entry.objects.filter(edition_id=edition.pk, fact="decisions.batch_released").order_by("id")
    journalled = {each.target_id: each.data.get("seal", "") for each in entries}
    for batch in Batch.objects.filter(edition=edition, seal__isnull=False).select_related("seal").order_by("id"):
        head = batch.seal.digest if batch.seal else ""
        if numbers.get(head, 0) < last[batch.pk]:
            yield f"The batch “{batch.name}” names a seal that does not cover its decisions."
        if journalled.get(batch.pk, "") != head:
            yield f"The batch “{batch.name}” names another seal than the journal."
    for release in Release.objects.filter(edition=edition).exclude(decisions_head="").order_by("number"):
        if release.decisions_head not in numbers:
            yield f"Release {release.number} names a seal that is not in the chain."


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

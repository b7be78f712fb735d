"""The verdict on one proposal."""

from datetime import datetime
from typing import Any

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, WrongState
from expo.kit.policy import require
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import DECIDABLE, PLACEABLE, VERDICTS, ProposalState
from reviews.scoring.queries import overview

from .. import queries, snapshots
from ..feedback import Facts
from ..models import Decision, Released
from ..states import BatchState, Reason, Verdict
from .ground import hold, require_deciding

LONGEST = 10_000


@transaction.atomic
def decide(
    *,
    by: User,
    proposal: Proposal,
    verdict: str,
    reason: str,
    feedback: str = "",
    note: str = "",
    version: int = 0,
    facts: Facts | None = None,
) -> Decision:
    """Give or change a verdict; only the chairs know it before its batch is released. `version` 0: the first one.

    `facts`: what the feedback's draft says, if it began as one; the release checks that they still hold. Standing,
    line, scores and conflicts of this moment are kept with it, under a digest. A sponsor that knows a verdict keeps it
    until a batch with the new one is released; the old verdict, chosen again, takes the new one back.
    """
    require(by, "decisions.decide", proposal)
    texts = {"feedback": _tidy("feedback", feedback), "note": _tidy("note", note)}
    require_deciding(hold(proposal.edition))
    proposal = _fresh(proposal)
    decision = Decision.objects.select_for_update(of=("self",)).filter(proposal=proposal).first()
    fields: dict[str, Any] = {
        "verdict": _known(Verdict, verdict, "verdict"),
        "reason": _known(Reason, reason, "reason"),
        **texts,
        "facts": facts.data() if facts else {},
    }
    if decision is not None and _is_repeat(decision, fields, version):
        return decision
    _check_version(decision, version)
    released = queries.released_of(proposal)
    _check_open(proposal)
    if VERDICTS[fields["verdict"]] == proposal.state:
        return _take_back(by, proposal, decision, released)
    if fields["verdict"] == Verdict.ACCEPT:
        _check_limit(by, proposal)
    if facts is not None:
        _check_facts(by, proposal, facts)
    return _write(by, proposal, decision, fields)


def _known(states: type[Verdict] | type[Reason], value: str, field: str) -> str:
    if value not in list(states):
        raise Invalid(f"unknown-{field}", f"Choose a {field} from the list; “{value}” is not on it.", field=field)
    return str(value)


def _tidy(field: str, text: str) -> str:
    if len(text) > LONGEST:
        raise Invalid("too-long", f"This text has {len(text):,} characters; {LONGEST:,} are the most.", field=field)
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _fresh(proposal: Proposal) -> Proposal:
    found = Proposal.objects.select_for_update(of=("self",), no_key=True)
    return found.select_related("edition", "sponsor__tier", "format", "track").get(pk=proposal.pk)


def _is_repeat(decision: Decision, fields: dict[str, Any], version: int) -> bool:
    """The second copy of one form."""
    return version != decision.version and all(getattr(decision, name) == value for name, value in fields.items())


def _check_version(decision: Decision | None, version: int) -> None:
    if version != (decision.version if decision else 0):
        raise WrongState(
            "stale-version",
            "Somebody decided on this proposal after you opened the page. What you typed is still below: look at the "
            "present verdict, then save again to replace it.",
        )


def _check_open(proposal: Proposal) -> None:
    """Undecided, or decided and not released, or released to the waiting list or as a rejection."""
    state = ProposalState(proposal.state)
    if state in DECIDABLE:
        return
    if state in PLACEABLE:
        raise WrongState(
            "already-released",
            f"This proposal is {state.label.lower()}, and its sponsor counts on that, so no other verdict is given.",
            who_can=("team",),
            can="withdraw it",
        )
    if state == ProposalState.WITHDRAWN and proposal.withdrawn_from:
        raise WrongState(
            "withdrawn",
            "This proposal is withdrawn, so there is nothing to decide.",
            who_can=("organiser", "cochair"),
            can="restore it, if it was withdrawn by mistake",
        )
    raise WrongState("not-under-review", f"This proposal is {state.label.lower()}, so there is nothing to decide.")


def _take_back(by: User, proposal: Proposal, decision: Decision | None, released: Released | None) -> Decision:
    """What the sponsor knows stands again, as it was released; a decision that never left goes."""
    if decision is None or released is None or _is_released(decision):
        state = ProposalState(proposal.state).label.lower()
        raise WrongState(
            f"already-{state}",
            f"Its sponsor knows already that it is {state}. Choose another verdict.",
            field="verdict",
        )
    before, old = _words(decision), released.snapshot["decision"]
    for name in ("verdict", "reason", "feedback", "snapshot", "digest", "batch"):
        setattr(decision, name, getattr(released, name))
    decision.facts = released.snapshot.get("facts", {})
    decision.note, decision.decided_by_id = old["note"], old["by"]
    decision.decided_at = datetime.fromisoformat(old["at"])
    decision.merit = proposal.merit
    decision.version += 1
    decision.save()
    data = {**_words(decision), "before": before, "digest": decision.digest}
    record(
        "decisions.taken_back",
        by=by,
        target=decision,
        edition_id=proposal.edition_id,
        proposal_id=proposal.pk,
        data=data,
    )
    return decision


def _is_released(decision: Decision) -> bool:
    return decision.batch is not None and decision.batch.state == BatchState.RELEASED


def _check_limit(by: User, proposal: Proposal) -> None:
    """Counted over what this chair sees; the release counts once more over everything."""
    limit = queries.limits_of(proposal.edition, [proposal])[proposal.sponsor_id, proposal.format_id]
    seen = for_chairs(by, proposal.edition).filter(sponsor=proposal.sponsor_id, format=proposal.format_id)
    others = seen.exclude(pk=proposal.pk).exclude(state=ProposalState.WITHDRAWN)
    placed = set(others.filter(state__in=PLACEABLE).values_list("code", flat=True))
    placed |= set(others.filter(decision__verdict=Verdict.ACCEPT).values_list("code", flat=True))
    if len(placed) >= limit:
        taken = f", and {', '.join(sorted(placed))} {'has' if len(placed) == 1 else 'have'} it" if placed else ""
        raise WrongState(
            "over-the-tiers-limit",
            f"{proposal.sponsor} ({proposal.sponsor.tier}) may have {limit} {proposal.format.name.lower()}"
            f"{'' if limit == 1 else 's'} accepted{taken}. Choose another verdict for one of them first.",
            field="verdict",
        )


def _check_facts(by: User, proposal: Proposal, facts: Facts) -> None:
    """A draft that no longer holds is not saved: the chair reads the present one first."""
    if queries.draft_for(queries.basis(proposal.edition, by), proposal, facts.verdict, facts.reason).facts != facts:
        raise WrongState(
            "draft-changed",
            "Reviews or other verdicts have changed since you opened the page, and what the draft says with them. Read "
            "the present draft, then save again.",
            field="feedback",
        )


def _write(by: User, proposal: Proposal, decision: Decision | None, fields: dict[str, Any]) -> Decision:
    before = _words(decision) if decision else None
    if decision is None:
        decision = Decision(proposal=proposal, version=0)
    elif _is_released(decision):
        decision.batch = None
    for name, value in {**fields, "decided_by": by, "decided_at": clock.now(), "version": decision.version + 1}.items():
        setattr(decision, name, value)
    ground = overview(proposal.edition, by)
    standing = ground.of(proposal)
    decision.merit = standing.merit if standing else None
    record_of = {**queries.snapshot_of(proposal, ground), "decision": _words(decision)}
    decision.snapshot = {**record_of, "facts": decision.facts} if decision.facts else record_of
    decision.digest = snapshots.digest(decision.snapshot)
    decision.save()
    data = {**_words(decision), "before": before, "digest": decision.digest}
    record(
        "decisions.decided", by=by, target=decision, edition_id=proposal.edition_id, proposal_id=proposal.pk, data=data
    )
    return decision


def _words(decision: Decision) -> dict[str, Any]:
    """The decision itself, as the record keeps it."""
    names = ("verdict", "reason", "feedback", "note", "version")
    return {
        **{name: getattr(decision, name) for name in names},
        "by": decision.decided_by_id,
        "at": decision.decided_at.isoformat(),
    }

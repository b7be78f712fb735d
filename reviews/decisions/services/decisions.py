"""The decision on one proposal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.states import Phase
from expo.journal.queries import entries
from expo.journal.services import record
from expo.kit import clock
from expo.kit.errors import Invalid, Refused, WrongState
from expo.kit.policy import require
from expo.kit.text import counted, listed
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import DECIDABLE, PLACEABLE, VERDICTS, ProposalState
from reviews.scoring.queries.pools import limits_of
from reviews.scoring.queries.ranking import ranking_of

from ..chain import digest
from ..models import Decision, Released
from ..queries.asks import ASKS, Ask, NeedsConfirmation, asks_before, confirmed_before, confirmed_by
from ..queries.batches import released_of
from ..queries.decision_basis import basis_of, decisions_of, snapshot_of
from ..queries.desk import criteria_to_send, draft_for, draft_named, is_as_drafted, saved_draft
from ..states import DECIDING, BatchState, Reason, RecordKind, Verdict
from . import records

MAX_LENGTH = 10_000


def lock_decisions(edition: Edition) -> Edition:
    """One verb on an edition's decisions at a time, so that counts, batches and decisions agree."""
    return Edition.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.pk)


def require_deciding(edition: Edition) -> None:
    """Decisions are made once reviews are closed, and until the edition is archived."""
    if edition.phase == Phase.ARCHIVED:
        raise WrongState("not-deciding", "This edition is archived, so its verdicts do not change any more.")
    if edition.phase not in DECIDING:
        raise WrongState(
            "not-deciding",
            f"Verdicts are given from the phase “{Phase.DECIDE.label}” on; the edition is in "
            f"“{Phase(edition.phase).label}”. Change the phase first: that closes the reviews.",
        )


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
    drafted: str = "",
    format: Format | None = None,
    shows_criteria: bool = True,
    confirmed: Collection[str] = (),
    is_read: bool = False,
) -> Decision:
    """Make or change a decision; only the chairs know it before its batch is released. `version` 0: the first one.

    `format`: accept it as another than it was submitted as, an offer to its sponsor; None: as it was submitted.
    `shows_criteria`: without an acceptance its sponsor reads where the reviews put it, by criterion.
    `drafted`: the token of the draft that the feedback began as, if any; the release checks that its facts still hold.
    `confirmed`: codes of what `asks_before` an unusual acceptance asks; without them it raises `NeedsConfirmation`.
    `is_read`: a chair has read the feedback as it is sent here; else it counts as unread once its text changes.
    Score, line, levels and conflicts of this moment are kept with it, under a digest. A sponsor that knows a verdict
    keeps it until a batch with the new one is released; the old verdict, chosen again, takes the new one back.
    """
    require(by, "decisions.decide", proposal)
    require_deciding(lock_decisions(proposal.edition))
    proposal = _locked(proposal)
    decision = Decision.objects.select_for_update(of=("self",)).filter(proposal=proposal).first()
    fields: dict[str, Any] = {
        "verdict": _known(Verdict, verdict, "verdict"),
        "reason": _known(Reason, reason, "reason"),
        "feedback": _tidy("feedback", feedback),
        "note": _tidy("note", note),
        "format": _checked_format(proposal, verdict, format),
        "shows_criteria": shows_criteria,
    }
    if (
        decision is not None
        and version != decision.version
        and all(getattr(decision, name) == value for name, value in fields.items())
        and saved_draft(decision).token == drafted
    ):
        return decision  # the second copy of one form
    if version != (decision.version if decision else 0):
        raise WrongState(
            "stale-version",
            "Somebody decided on this proposal after you opened the page. What you typed is still below: look at the "
            "current verdict, then save again to replace it.",
        )
    _require_open(proposal)
    if VERDICTS[fields["verdict"]] == proposal.state:
        return _take_back(by, proposal, decision, released_of(proposal))
    if fields["verdict"] == Verdict.ACCEPT:
        _require_within_limit(by, proposal, fields["format"] or proposal.format)
    asks = _asks(by, proposal, decision, fields, confirmed)
    facts = _drafted_facts(by, proposal, fields, drafted) if drafted else {}
    was_read = decision.feedback_read_by if decision and decision.feedback == fields["feedback"] else None
    read_by = by if is_read else was_read
    return _write(by, proposal, decision, {**fields, "facts": facts, "feedback_read_by": read_by}, asks)


def decide_by_points(
    *, by: User, proposal: Proposal, verdict: str, version: int, confirmed: Collection[str] = ()
) -> Decision:
    """A verdict with the reason and the feedback that are computed for it, as one click gives it."""
    require(by, "decisions.decide", proposal)
    basis = basis_of(proposal.edition, by)
    decision, score = basis.decisions.get(proposal.pk), basis.scores.get(proposal.pk)
    known = _known(Verdict, verdict, "verdict")
    same = decision is not None and decision.verdict == known
    computed = basis.reason(score, Verdict(known)) if score else Reason.CHAIRS_CALL
    reason = decision.reason if decision is not None and same else computed
    draft = draft_for(basis, proposal, known, reason)
    note = decision.note if decision else ""
    kept = decision if decision is not None and same else None
    return decide(
        by=by,
        proposal=proposal,
        verdict=known,
        reason=reason,
        feedback=draft.text,
        note=note,
        version=version,
        drafted=draft.token,
        format=kept.format if kept else None,
        shows_criteria=decision.shows_criteria if decision else True,
        confirmed=confirmed,
    )


@transaction.atomic
def decide_several(
    *, by: User, chosen: Iterable[tuple[Proposal, int]], verdict: str, confirmed: Collection[str] = ()
) -> list[Decision]:
    """The same verdict for several (each with the version seen): for all of them, or for none, with every refusal.

    `confirmed`: tokens of `NeedsConfirmation`. Those that have the verdict already stay as they are. Returns what has
    changed.
    """
    changed: list[Decision] = []
    refusals: list[str] = []
    asks: dict[str, Collection[Ask]] = {}
    for proposal, version in chosen:
        if Decision.objects.filter(proposal=proposal, version=version, verdict=verdict).exists():
            continue
        codes = confirmed_by(confirmed, proposal)
        try:
            with transaction.atomic():
                one = decide_by_points(by=by, proposal=proposal, verdict=verdict, version=version, confirmed=codes)
        except NeedsConfirmation as refusal:
            asks |= refusal.asks
            # As if it were accepted, so that what the next one is asked counts it too.
            with suppress(Refused):
                decide_by_points(by=by, proposal=proposal, verdict=verdict, version=version, confirmed=ASKS)
        except Refused as refusal:
            refusals.append(f"{proposal.code}: {refusal.message}")
        else:
            changed.append(one)
    if refusals:
        raise WrongState("some-refused", " ".join(refusals))
    if asks:
        raise NeedsConfirmation(asks)
    return changed


@transaction.atomic
def undo_verdicts(*, by: User, chosen: Iterable[tuple[Proposal, int]]) -> None:
    """Undo the last verdict on each, named by its version: the one before holds again, or none. All of them, or none.

    The one before comes back with its words, its facts and who had read it; what was confirmed for it stays confirmed.
    """
    for proposal, version in chosen:
        _undo(by, proposal, version)


def _undo(by: User, proposal: Proposal, version: int) -> None:
    require(by, "decisions.decide", proposal)
    require_deciding(lock_decisions(proposal.edition))
    proposal = _locked(proposal)
    decision = Decision.objects.select_for_update(of=("self",)).filter(proposal=proposal).first()
    made = entries(proposal.edition_id).filter(proposal_id=proposal.pk, fact="decisions.decided").first()
    if decision is None or made is None or not decision.version == version == made.data["version"]:
        raise WrongState("stale-version", f"The verdict on {proposal.code} has changed since then. Look at it again.")
    before, released = made.data["before"], released_of(proposal)
    if before is None and released is not None:
        raise WrongState(
            "already-released",
            f"The sponsor of {proposal.code} knows a verdict already. Choose that one again instead.",
        )
    if before is None:
        _record("decisions.taken_back", by, decision, _content(decision))
        _keep(by, decision, RecordKind.TAKEN_BACK)
        decision.delete()
        return
    _require_open(proposal)
    if VERDICTS[Verdict(before["verdict"])] == proposal.state:
        _take_back(by, proposal, decision, released)
        return
    format = proposal.edition.formats.filter(slug=before.get("format", "")).first()
    if before["verdict"] == Verdict.ACCEPT:
        _require_within_limit(by, proposal, format or proposal.format)
    names = ("verdict", "reason", "feedback", "note", "shows_criteria", "facts")
    fields = {name: before[name] for name in names if name in before}
    reader = {"feedback_read_by_id": before.get("read_by")}
    _write(by, proposal, decision, {**fields, **reader, "format": format}, before.get("confirmed", []))


def _locked(proposal: Proposal) -> Proposal:
    """As it is now: a release may have come first."""
    rows = Proposal.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("edition", "sponsor__tier", "format", "track").get(pk=proposal.pk)


def _known(states: type[Verdict] | type[Reason], value: str, field: str) -> str:
    if value not in list(states):
        raise Invalid(f"unknown-{field}", f"Choose a {field} from the list; “{value}” is not on it.", field=field)
    return str(value)


def _tidy(field: str, text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise Invalid("too-long", f"This text has {len(text):,} characters; {MAX_LENGTH:,} are allowed.", field=field)
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _require_open(proposal: Proposal) -> None:
    """Undecided, or decided and not released, or released to the waiting list or as a rejection."""
    state = ProposalState(proposal.state)
    if state in DECIDABLE:
        return
    if state in PLACEABLE:
        raise WrongState(
            "already-released",
            f"This proposal is {state.label.lower()}, and its sponsor relies on that, so the verdict cannot change.",
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
    """The decision that the sponsor knows holds again, as it was released; the one that was never released goes."""
    if decision is None or released is None or _is_released(decision):
        state = ProposalState(proposal.state).label.lower()
        raise WrongState(
            f"already-{state}",
            f"Its sponsor already knows that it is {state}. Choose another verdict.",
            field="verdict",
        )
    before, old = _content(decision), released.snapshot["decision"]
    for name in ("verdict", "reason", "feedback", "format", "snapshot", "digest", "batch"):
        setattr(decision, name, getattr(released, name))
    decision.criteria = released.snapshot.get("criteria", [])
    decision.shows_criteria = old.get("shows_criteria", False)
    decision.facts = released.snapshot.get("facts", {})
    decision.note, decision.decided_by_id = old["note"], old["by"]
    decision.decided_at = datetime.fromisoformat(old["at"])
    decision.merit = proposal.merit
    decision.signed_by, decision.signed_at = None, None
    if decision.verdict != Verdict.WAITLIST:
        decision.waitlist_position = None
    decision.version += 1
    decision.save()
    _record("decisions.taken_back", by, decision, before)
    _keep(by, decision, RecordKind.TAKEN_BACK)
    return decision


def _is_released(decision: Decision) -> bool:
    return decision.batch is not None and decision.batch.state == BatchState.RELEASED


def _checked_format(proposal: Proposal, verdict: str, format: Format | None) -> Format | None:
    """None: as it was submitted."""
    if format is None or format.pk == proposal.format_id:
        return None
    if verdict != Verdict.ACCEPT:
        raise Invalid(
            "format-not-offered",
            "Only an acceptance can be in another format. Choose “Accept”, or the format it was submitted as.",
            field="format",
        )
    if format.edition_id != proposal.edition_id:
        raise Invalid("unknown-format", "Choose one of this edition's formats.", field="format")
    return format


def _require_within_limit(by: User, proposal: Proposal, format: Format) -> None:
    """Counted over what this chair sees; the release counts once more over everything."""
    limit = limits_of(proposal.edition, [proposal]).get((proposal.sponsor_id, format.pk), 0)
    visible = for_chairs(by, proposal.edition).filter(sponsor=proposal.sponsor_id)
    counted_in = visible.annotate(counted_in=Coalesce("decision__format", "format")).filter(counted_in=format.pk)
    others = counted_in.exclude(pk=proposal.pk).exclude(state=ProposalState.WITHDRAWN)
    accepted = set(others.filter(state__in=PLACEABLE).values_list("code", flat=True))
    accepted |= set(others.filter(decision__verdict=Verdict.ACCEPT).values_list("code", flat=True))
    if len(accepted) >= limit:
        has = "has" if len(accepted) == 1 else "have"
        taken = f", and {listed(sorted(accepted))} {has} been accepted" if accepted else ""
        follows = "Choose another verdict for one of them first." if accepted else "Choose another format."
        raise WrongState(
            "over-the-tiers-limit",
            f"{proposal.sponsor} ({proposal.sponsor.tier}) may have {counted(limit, format.name.lower())} "
            f"accepted{taken}. {follows}",
            field="verdict" if format.pk == proposal.format_id else "format",
        )


def _drafted_facts(by: User, proposal: Proposal, fields: dict[str, Any], drafted: str) -> dict[str, Any]:
    """What the draft says. One that nobody has read, or that no longer holds, is refused: the chair reads it first."""
    basis = basis_of(proposal.edition, by)
    chosen = draft_for(basis, proposal, fields["verdict"], fields["reason"])
    if is_as_drafted(drafted, fields["feedback"]) and drafted != chosen.token:
        raise WrongState(
            "draft-changed",
            "There is a new draft for this verdict and reason, from what is known now. Read it, then save again.",
            field="feedback",
        )
    draft = draft_named(basis, proposal, drafted)
    if draft is None or draft.facts is None:
        raise WrongState(
            "draft-changed",
            "Reviews or other verdicts have changed what the draft says since you opened the page. Your text is kept: "
            "compare it with the current draft, then save again.",
            field="feedback",
        )
    return draft.facts.data()


def _asks(
    by: User, proposal: Proposal, decision: Decision | None, fields: dict[str, Any], confirmed: Collection[str]
) -> list[dict[str, str]]:
    """What was confirmed for this acceptance, now or before; refuses what was not."""
    if fields["verdict"] != Verdict.ACCEPT:
        return []
    ranking, format = ranking_of(proposal.edition, by), fields["format"] or proposal.format
    asks = asks_before(ranking, decisions_of(ranking.scores), proposal, format)
    kept = confirmed_before(decision, format)
    known = {each["code"] for each in kept}
    if missing := [ask for ask in asks if ask.code not in known | set(confirmed)]:
        raise NeedsConfirmation({proposal.code: missing})
    return [*kept, *(ask.data() for ask in asks if ask.code not in known)]


def _write(
    by: User,
    proposal: Proposal,
    decision: Decision | None,
    fields: dict[str, Any],
    confirmed: Sequence[Mapping[str, str]] = (),
) -> Decision:
    """`confirmed`: what the chair confirmed for an unusual acceptance; it is part of the record."""
    before = _kept_for_undo(decision) if decision else None
    if decision is None:
        decision = Decision(proposal=proposal, version=_last_version(proposal))
    elif _is_released(decision):
        decision.batch = None
    if fields["verdict"] != Verdict.WAITLIST:
        decision.waitlist_position = None
    for name, value in {**fields, "decided_by": by, "decided_at": clock.now(), "version": decision.version + 1}.items():
        setattr(decision, name, value)
    decision.signed_by, decision.signed_at = None, None
    ranking = ranking_of(proposal.edition, by)
    score = ranking.of(proposal)
    decision.merit = score.merit if score else None
    decision.criteria = criteria_to_send(ranking, proposal, decision.verdict, shows=decision.shows_criteria)
    parts = {"facts": decision.facts, "criteria": decision.criteria, "confirmed": list(confirmed)}
    snapshot = {**snapshot_of(proposal, ranking), "decision": _content(decision)}
    decision.snapshot = {**snapshot, **{name: part for name, part in parts.items() if part}}
    decision.digest = digest(decision.snapshot)
    decision.save()
    _record("decisions.decided", by, decision, before)
    _keep(by, decision, RecordKind.DECIDED)
    return decision


def _last_version(proposal: Proposal) -> int:
    """Of a first verdict that was taken back: the next one counts on, so that no page takes it for the one before."""
    taken_back = entries(proposal.edition_id).filter(proposal_id=proposal.pk, fact="decisions.taken_back").first()
    return int(taken_back.data["version"]) if taken_back else 0


def _content(decision: Decision) -> dict[str, Any]:
    """The decision itself, as the record keeps it."""
    names = ("verdict", "reason", "feedback", "note", "version", "shows_criteria")
    return {
        **{name: getattr(decision, name) for name in names},
        **({"format": decision.format.slug} if decision.format else {}),
        "by": decision.decided_by_id,
        "at": decision.decided_at.isoformat(),
    }


def _keep(by: User, decision: Decision, kind: RecordKind) -> None:
    records.keep(by=by, decision=decision, kind=kind, content={**decision.snapshot, "decision": _content(decision)})


def _kept_for_undo(decision: Decision) -> dict[str, Any]:
    """The decision itself with what else it needs to hold again."""
    kept = {"facts": decision.facts, "read_by": decision.feedback_read_by_id}
    confirmed = decision.snapshot.get("confirmed", [])
    return {**_content(decision), **kept, **({"confirmed": confirmed} if confirmed else {})}


def _record(fact: str, by: User, decision: Decision, before: dict[str, Any] | None) -> None:
    proposal = decision.proposal
    record(
        fact,
        by=by,
        target=decision,
        edition_id=proposal.edition_id,
        proposal_id=proposal.pk,
        data={**_content(decision), "before": before, "digest": decision.digest},
    )

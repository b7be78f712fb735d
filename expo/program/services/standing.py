"""How a session stands, as the journal keeps it: enough to put it back there."""

from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.services import record

from ..models import Session

#: None: it has no place.
Standing = dict[str, Any] | None


def standing(session: Session) -> dict[str, Any]:
    """Room, start, length and pin. What its presenters were told stays with the proposal."""
    minutes = (session.ends_at - session.starts_at).total_seconds() / 60
    return {
        "room": session.room_id,
        "room_name": session.room.name,
        "starts_at": session.starts_at.isoformat(),
        "minutes": round(minutes),
        "pinned": session.is_pinned,
    }


def standings(edition: Edition) -> dict[int, Standing]:
    """Every session of the edition by its proposal."""
    rows = Session.objects.filter(edition=edition).select_related("room").order_by("id")
    return {row.proposal_id: standing(row) for row in rows}


def changes(before: dict[int, Standing], after: dict[int, Standing]) -> list[dict[str, Any]]:
    """What became different, as the journal keeps it for a step that touches many."""
    keys = sorted(before.keys() | after.keys())
    return [
        {"proposal": key, "from": before.get(key), "to": after.get(key)}
        for key in keys
        if differing(before.get(key), after.get(key))
    ]


def differing(one: Standing, other: Standing) -> set[str]:
    """The facts in which two standings differ; everything when one of them has no place."""
    facts = {"room", "starts_at", "minutes", "pinned"}
    if one is None or other is None:
        return facts if one is not other else set()
    return {fact for fact in facts if one.get(fact) != other.get(fact)}


def note(by: User, session: Session, before: Standing, after: Standing, **more: Any) -> None:
    """Record what became of one session, behind its proposal's wall."""
    found = {"from": before, "to": after}
    data = {key: value for key, value in found.items() if value is not None} | more
    record(f"program.session_{_fact(before, after)}", by=by, target=session, data=data)


def _fact(before: Standing, after: Standing) -> str:
    if before is None:
        return "placed"
    if after is None:
        return "unplaced"
    changed = differing(before, after)
    if changed & {"room", "starts_at"}:
        return "moved"
    if "minutes" in changed:
        return "resized"
    return "pinned" if after["pinned"] else "unpinned"

"""A chair's own steps in the timetable, read from the journal: which one would be undone, which one redone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.journal.models import Entry
from expo.proposals.models import Proposal
from expo.proposals.queries import behind_the_wall

#: How far back one can go.
REACH = 300
SESSION = "program.session_"
RUN = ("program.run_adopted", "program.adoption_undone", "program.adoption_redone")
ROOM = ("program.room_blocked", "program.room_unblocked")
FACTS = (
    *(f"{SESSION}{verb}" for verb in ("placed", "unplaced", "moved", "resized", "pinned", "unpinned")),
    *RUN,
    *ROOM,
)


@dataclass(frozen=True)
class Change:
    """What a step made of one session; None: it had, or has, no place."""

    proposal: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True)
class Step:
    """One act of a chair: `words` say it ("moving “Title” to Hall A, 10:00"), `id` is its first journal entry."""

    id: int
    fact: str
    target: int | None
    changes: tuple[Change, ...]
    pause: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None] | None
    words: str = ""


@dataclass(frozen=True)
class Steps:
    """What Undo and Redo would do now."""

    undo: Step | None
    redo: Step | None


def steps(edition: Edition, viewer: User) -> Steps:
    """The viewer's last step that still counts, and the last one they undid. What their wall hides is left alone."""
    hidden = behind_the_wall(viewer, edition)
    rows = Entry.objects.filter(edition_id=edition.pk, actor=viewer, fact__in=FACTS).order_by("-id")[:REACH]
    done, undone = _stacks(reversed(rows), hidden)
    last = [found[-1] if found else None for found in (done, undone)]
    titles = _titles([step for step in last if step])
    return Steps(*(step and _told(step, titles, edition) for step in last))


def _stacks(rows: Iterable[Entry], hidden: frozenset[int]) -> tuple[list[Step], list[Step]]:
    done: dict[int, Step] = {}
    undone: dict[int, Step] = {}
    first: dict[str, int] = {}
    for row in rows:
        if (key := row.data.get("undoes")) is not None:
            _shift(key, done, undone)
        elif (key := row.data.get("redoes")) is not None:
            _shift(key, undone, done)
        else:
            key = first.setdefault(row.data.get("step", str(row.pk)), row.pk)
            done[key] = _with(done.get(key), row)
            undone.clear()
    return [_ for _ in done.values() if _is_open(_, hidden)], [_ for _ in undone.values() if _is_open(_, hidden)]


def _shift(key: int, source: dict[int, Step], target: dict[int, Step]) -> None:
    """Move a step over, once: a step of several sessions writes several entries."""
    if key in source:
        target[key] = source.pop(key)


def _is_open(step: Step, hidden: frozenset[int]) -> bool:
    return not any(change.proposal in hidden for change in step.changes) and bool(step.changes or step.pause)


def _with(step: Step | None, row: Entry) -> Step:
    """The step with what one more entry says of it."""
    data = row.data
    if row.fact in ROOM:
        return Step(row.pk, row.fact, row.target_id, (), (data.get("from"), data.get("to")))
    found = data.get("changes", []) if row.fact in RUN else [{**data, "proposal": row.proposal_id}]
    more = tuple(Change(each["proposal"], each.get("from"), each.get("to")) for each in found)
    if step is None:
        return Step(row.pk, row.fact, row.target_id, more, None)
    return Step(step.id, step.fact, step.target, step.changes + more, None)


def _titles(found: list[Step]) -> dict[int, str]:
    keys = {change.proposal for step in found if len(step.changes) <= 2 for change in step.changes}
    return dict(Proposal.objects.filter(pk__in=keys).values_list("pk", "title"))


def _told(step: Step, titles: Mapping[int, str], edition: Edition) -> Step:
    return Step(step.id, step.fact, step.target, step.changes, step.pause, _words(step, titles, edition))


def _words(step: Step, titles: Mapping[int, str], edition: Edition) -> str:
    if step.pause is not None:
        before, after = step.pause
        shape = before or after or {}
        return (
            f"{'closing' if after else 'opening'} {shape.get('room_name') or 'all rooms'} (“{shape.get('name', '')}”)"
        )
    if step.fact in RUN:
        return f"adopting run {step.target}"
    named = [f"“{titles.get(change.proposal, '')}”" for change in step.changes]
    if len(named) == 2:
        return f"swapping {named[0]} and {named[1]}"
    return changed(step.changes[0], named[0], edition)


def changed(change: Change, name: str, edition: Edition) -> str:
    """One change in words, as something that somebody did: "moving “Title” to Hall A, 10:00"."""
    before, after = change.before, change.after
    if after is None:
        return f"taking out {name}"
    where = f"{after['room_name']}, {datetime.fromisoformat(after['starts_at']).astimezone(edition.zone):%H:%M}"
    if before is None:
        return f"placing {name} in {where}"
    if (before["room"], before["starts_at"]) != (after["room"], after["starts_at"]):
        return f"moving {name} to {where}"
    if before.get("minutes") != after.get("minutes"):
        return f"giving {name} {after['minutes']} minutes"
    return f"{'pinning' if after.get('pinned') else 'unpinning'} {name}"


def words_of(row: Entry, title: str, edition: Edition) -> str:
    """One entry in words."""
    step = _with(None, row)
    return _words(step, {change.proposal: title for change in step.changes}, edition)


def changed_since(edition: Edition, proposal: Proposal, entry: int, viewer: User) -> str:
    """Who did what to a session after this entry, as far as the journal says it of the session alone."""
    rows = Entry.objects.filter(edition_id=edition.pk, proposal_id=proposal.pk, pk__gt=entry, fact__startswith=SESSION)
    row = rows.select_related("actor").order_by("-id").first()
    if row is None:
        return "the timetable was changed as a whole since"
    who = "you" if row.actor == viewer else str(row.actor or "a withdrawal")
    return f"{who} changed it since by {changed(_with(None, row).changes[0], 'it', edition)}"

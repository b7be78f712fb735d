"""The consequences of a delay as sentences, with names and clock times. What is hidden has no name here."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from expo.program.models import Session
from expo.program.queries.problem import moment

from ..effects import Effect
from ..shifts import Step, Stop

HIDDEN = "A hidden session"


@dataclass(frozen=True)
class Telling:
    """Knows the sessions that may be named, by proposal, and the edition's clock."""

    sessions: Mapping[int, Session]
    zone: ZoneInfo

    def effect(self, effect: Effect, step: Step) -> str:
        """One consequence for the session of this step."""
        title, span = self._title(effect.id), self._span(step.start, step.end)
        minutes = _minutes(effect.minutes)
        return {
            "in-break": lambda: f"{title} runs {minutes} into {effect.name}.",
            "past-closing": lambda: f"{title} ends at {self._clock(step.end)}, {minutes} after the day closes.",
            "setup-cut": lambda: f"{title} has {effect.minutes} of its {_minutes(step.stay.setup)} of set-up left.",
            "on-stage": lambda: f"{self._who(effect)} would be in two places: {title} {span}, {self._other(effect)}.",
            "too-far": lambda: f"{self._who(effect)} could not walk in time: {title} {span}, {self._other(effect)}.",
            "room-taken": lambda: f"{title} would meet {self._other(effect)}.",
            "away": lambda: f"{self._who(effect)} is away at the new time of {title}, {span}.",
            "too-late": lambda: f"{title} was bound to end earlier than {self._clock(step.end)}.",
        }.get(effect.code, lambda: f"A rule that ties {title} to {self._title(effect.other)} would be broken.")()

    def stop(self, stop: Stop, session: Session) -> str:
        """Why a way does not work, and what to do instead."""
        title, minutes = f"“{session.proposal.title}”", _minutes(stop.minutes)
        if stop.code == "no-gap":
            return f"Only {minutes} behind {title} are free. Tell fewer minutes, or let what follows move."
        least = min(session.proposal.format.lengths[0], session.proposal.length)
        return (
            f"{title} would last {minutes}, and a {session.proposal.format.name.lower()} takes at least {least}. "
            "Tell fewer minutes, or let what follows move."
        )

    def _title(self, key: int | None) -> str:
        session = self.sessions.get(key or 0)
        return f"“{session.proposal.title}”" if session else HIDDEN

    def _other(self, effect: Effect) -> str:
        session = self.sessions.get(effect.other or 0)
        if session is None:
            return HIDDEN.lower()
        start, end = (f"{at.astimezone(self.zone):%H:%M}" for at in (session.starts_at, session.ends_at))
        return f"“{session.proposal.title}” in {session.room} from {start} to {end}"

    def _who(self, effect: Effect) -> str:
        session = self.sessions.get(effect.id)
        people = session.proposal.presenters.all() if session else []
        return next((person.name for person in people if person.person == effect.person), "A presenter")

    def _span(self, start: int, end: int) -> str:
        return f"from {self._clock(start)} to {self._clock(end)}"

    def _clock(self, at: int) -> str:
        return f"{moment(at).astimezone(self.zone):%H:%M}"


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"

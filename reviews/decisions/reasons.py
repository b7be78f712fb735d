"""Reasons of decisions: computed from the selection, and what the sponsor reads for each. Pure."""

from dataclasses import dataclass

from .selection import Answer, Cause
from .states import Reason, Verdict


def computed(verdict: Verdict, answer: Answer, recruiting: int = 0, reviews: int = 0) -> Reason:
    """The reason that the facts give for a verdict; `recruiting` of the `reviews` flag recruiting or sales."""
    if verdict == Verdict.ACCEPT:
        return Reason.ABOVE_THE_LINE if answer.chosen else Reason.CHAIRS_CALL
    if verdict == Verdict.REJECT and recruiting and (answer.chosen or 2 * recruiting >= reviews):
        return Reason.SALES_OR_RECRUITING
    out = {
        Cause.LIMIT: Reason.OVER_THE_TIERS_LIMIT,
        Cause.FULL: Reason.NO_PLACE_LEFT,
        Cause.OUTRANKED: Reason.NO_PLACE_LEFT if verdict == Verdict.WAITLIST else Reason.BELOW_THE_LINE,
        Cause.TOO_LONG: Reason.NOT_PLACEABLE,
    }
    return out.get(answer.cause, Reason.CHAIRS_CALL)


#: What the chairs found, for reasons that need no numbers; mail and feedback say it alike.
FOUND = {
    Reason.OFF_TOPIC: "The chairs found that its subject does not match the topics of this Expo.",
    Reason.DUPLICATE: "The chairs found that another proposal covers the same subject.",
    Reason.NOT_PLACEABLE: "The chairs found no room and time in the program that suit it.",
}


@dataclass(frozen=True)
class Places:
    """What the mail may say about places: more proposals than fit; the tier's limit where the sponsor has reached it.

    False and None also where the chair who asks does not see all proposals.
    """

    is_contested: bool = False
    limit: int | None = None


def sentence(verdict: str, reason: str, format: str, places: Places) -> str:
    """Why, in the mail's own words; never more than is known."""
    if verdict == Verdict.ACCEPT:
        return ""
    return _waiting(reason, format, places) if verdict == Verdict.WAITLIST else _rejected(reason, format, places)


def _waiting(reason: str, format: str, places: Places) -> str:
    if reason == Reason.OVER_THE_TIERS_LIMIT:
        return _limit(format, places)
    if reason == Reason.NO_PLACE_LEFT and places.is_contested:
        return "The chairs would like to have it; there is no place for it at the moment."
    return "The chairs may still accept it."


def _rejected(reason: str, format: str, places: Places) -> str:
    if reason == Reason.OVER_THE_TIERS_LIMIT:
        return _limit(format, places)
    if reason in (Reason.BELOW_THE_LINE, Reason.NO_PLACE_LEFT) and places.is_contested:
        return "There were more proposals than places, and the chairs had to choose."
    written = {
        Reason.BELOW_THE_LINE: "The chairs did not find it strong enough for this program.",
        Reason.NO_PLACE_LEFT: "The chairs found no place for it in this program.",
        Reason.SALES_OR_RECRUITING: (
            "The chairs read it as sales or recruiting; the program is for research and what was learned from it."
        ),
        **FOUND,
    }
    return written.get(Reason(reason), "The chairs decided not to include it.")


def _limit(format: str, places: Places) -> str:
    if places.limit is None:
        return f"Your sponsorship tier limits how many {format}s may be accepted."
    count = f"{places.limit} {format}{'' if places.limit == 1 else 's'}"
    return f"Your sponsorship tier may have {count} accepted, and that number is reached."

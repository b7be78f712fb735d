"""What a sponsor reads with a decision, from structured facts: its reason, and a first draft of the feedback. Pure.

The draft speaks of the proposal's own reviews and of the leading proposals as a group, never of another proposal, a
score of somebody else, or a reviewer. A chair reads and edits it before it is sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from expo.kit.text import counted
from reviews.scoring.selection import Cause, Suggestion

from .states import Reason, Verdict

#: Below this many proposals an average would speak of single ones.
MIN_GROUP = 3
#: Levels: a smaller distance from the leading proposals is not worth a sentence.
MIN_GAP = 0.1
#: What the chairs found, for reasons that need no numbers; mail and feedback use the same sentences.
FINDINGS = {
    Reason.OFF_TOPIC: "The chairs found that its subject does not match the topics of this Expo.",
    Reason.DUPLICATE: "The chairs found that another proposal covers the same subject.",
    Reason.NOT_PLACEABLE: "The chairs found no room and time in the program that suit it.",
}


def computed_reason(verdict: Verdict, suggestion: Suggestion, recruiting: int = 0, reviews: int = 0) -> Reason:
    """The reason that the facts give for a decision; `recruiting` of the `reviews` flag recruiting or sales."""
    if verdict == Verdict.ACCEPT:
        return Reason.ABOVE_THE_LINE if suggestion.chosen else Reason.CHAIRS_CALL
    if verdict == Verdict.REJECT and recruiting and (suggestion.chosen or 2 * recruiting >= reviews):
        return Reason.SALES_OR_RECRUITING
    out = {
        Cause.LIMIT: Reason.OVER_THE_TIERS_LIMIT,
        Cause.FULL: Reason.NO_PLACE_LEFT,
        Cause.OUTRANKED: Reason.NO_PLACE_LEFT if verdict == Verdict.WAITLIST else Reason.BELOW_THE_LINE,
        Cause.TOO_LONG: Reason.NOT_PLACEABLE,
    }
    return out.get(suggestion.cause, Reason.CHAIRS_CALL)


@dataclass(frozen=True)
class Scarcity:
    """What the mail may say about capacity: more proposals than fit; the tier's limit if the sponsor has reached it.

    False and None also where the chair who asks does not see all proposals.
    """

    is_contested: bool = False
    limit: int | None = None


def mail_reason(verdict: str, reason: str, format: str, scarcity: Scarcity, feedback: str = "") -> str:
    """The reason in the mail's own words, never more than is known; nothing if the feedback already says it."""
    if verdict == Verdict.ACCEPT:
        return ""
    sentence = _mail_reason(Verdict(verdict), Reason(reason), format, scarcity)
    return "" if sentence in feedback else sentence


def _mail_reason(verdict: Verdict, reason: Reason, format: str, scarcity: Scarcity) -> str:
    if reason == Reason.OVER_THE_TIERS_LIMIT:
        if scarcity.limit is None:
            return f"Your sponsorship tier limits how many {format}s may be accepted."
        return f"Your sponsorship tier may have {counted(scarcity.limit, format)} accepted, and that limit is reached."
    if verdict == Verdict.WAITLIST:
        if reason == Reason.NO_PLACE_LEFT and scarcity.is_contested:
            return "The chairs would like to have it, but there is no place for it at the moment."
        return "The chairs may still accept it."
    if reason in (Reason.BELOW_THE_LINE, Reason.NO_PLACE_LEFT) and scarcity.is_contested:
        return "There were more proposals than places, and the chairs had to choose."
    sentences = {
        Reason.BELOW_THE_LINE: "The chairs did not find it strong enough for this program.",
        Reason.NO_PLACE_LEFT: "The chairs found no place for it in this program.",
        Reason.SALES_OR_RECRUITING: (
            "The chairs consider it sales or recruiting; the program is for research and what was learned from it."
        ),
        **FINDINGS,
    }
    return sentences.get(reason, "The chairs decided not to include it.")


@dataclass(frozen=True)
class Part:
    """One criterion: the proposal's mean level, and the mean of the leading proposals (None: too few of them)."""

    name: str
    own: float
    band: float | None


@dataclass(frozen=True)
class Raise:
    """With these criteria rated so many levels higher in every review it would have been in; verified by doing it.

    `is_capped`: in some reviews that stops at the best level.
    """

    names: tuple[str, ...]
    levels: int
    is_capped: bool


@dataclass(frozen=True)
class Rank:
    """Place by points among those reviewed in its pool, and how many of them have a place."""

    number: int
    among: int
    places: int
    formats: str


@dataclass(frozen=True)
class Facts:
    """What a draft says; nothing that it does not say, so that two drafts say the same if their facts are equal.

    `limit`: what the tier may have accepted, where that is reached; `is_on_merit` False: with one more it would be in.
    `recruiting`: reviews that flag recruiting or sales. `is_complete` False: made for a chair who does not see every
    proposal, so nothing is compared.
    """

    verdict: str
    reason: str
    title: str
    format: str
    reviews: int
    is_complete: bool = True
    strongest: str = ""
    weakest: str = ""
    change: Raise | None = None
    gaps: tuple[tuple[str, str, str], ...] = ()
    rank: Rank | None = None
    is_full: bool = False
    limit: int | None = None
    is_held_by_limit: bool = False
    recruiting: int = 0
    comments: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """As plain JSON."""
        return dict(json.loads(json.dumps(asdict(self))))


def from_data(data: Mapping[str, Any]) -> Facts:
    """Facts back from JSON."""
    known = {field.name: data[field.name] for field in fields(Facts) if field.name in data}
    change, rank = data["change"], data["rank"]
    return Facts(
        **{
            **known,
            "change": Raise(tuple(change["names"]), change["levels"], change["is_capped"]) if change else None,
            "gaps": tuple(tuple(gap) for gap in data["gaps"]),
            "rank": Rank(**rank) if rank else None,
            "comments": tuple(data["comments"]),
        }
    )


def band_means(levels: Sequence[Mapping[int, float]], criterion: int) -> float | None:
    """A group's mean level on a criterion, or None where the group is too small to speak of."""
    values = [each[criterion] for each in levels if criterion in each]
    return sum(values) / len(values) if len(values) >= MIN_GROUP else None


def ends(parts: Sequence[Part]) -> tuple[str, str]:
    """The criteria rated highest and lowest; empty where there is nothing to say."""
    ranked = sorted(parts, key=lambda part: (-part.own, part.name))
    return (ranked[0].name, ranked[-1].name) if ranked and ranked[0].own > ranked[-1].own else ("", "")


def gaps(parts: Sequence[Part]) -> tuple[tuple[str, str, str], ...]:
    """The two criteria furthest behind the leading proposals: name, own mean level and theirs, as written."""
    behind = sorted((part.own - part.band, part.name, part.own, part.band) for part in parts if part.band is not None)
    return tuple((name, f"{own:.1f}", f"{band:.1f}") for gap, name, own, band in behind[:2] if gap <= -MIN_GAP)


def draft(facts: Facts) -> str:
    """The whole text, in Markdown."""
    paragraphs = [f"Thank you for proposing “{facts.title}”."]
    if facts.reviews:
        readers = "One reviewer" if facts.reviews == 1 else f"{facts.reviews} reviewers"
        paragraphs[0] += f" {readers} read it and scored it against the Expo's rubric."
    if facts.strongest:
        strongest, weakest = _named(facts.strongest), _named(facts.weakest)
        paragraphs.append(f"Reviewers rated it highest on {strongest} and lowest on {weakest}.")
    if facts.verdict != Verdict.ACCEPT:
        paragraphs.append(_reason(facts))
    if facts.comments:
        quoted = "\n\n".join("\n".join(f"> {line}".rstrip() for line in text.splitlines()) for text in facts.comments)
        paragraphs.append(f"Reviewers wrote for you:\n\n{quoted}")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _reason(facts: Facts) -> str:
    if facts.reason in (Reason.BELOW_THE_LINE, Reason.NO_PLACE_LEFT):
        return _on_points(facts)
    if facts.reason == Reason.OVER_THE_TIERS_LIMIT:
        limits = f"tier's number of accepted {facts.format.lower()}s is reached."
        if facts.limit is None:
            return f"Your tier limits how many {facts.format.lower()}s may be accepted."
        return f"It did not fail on merit: your {limits}" if facts.is_held_by_limit else f"Your {limits}"
    if facts.reason == Reason.SALES_OR_RECRUITING:
        who = "The chairs"
        if facts.recruiting:
            who = f"{facts.recruiting} of its {facts.reviews} reviewers" if facts.reviews > 1 else "Its reviewer"
        return (
            f"{who} read it as sales or recruiting. The Expo is for research: what was asked, what was found and how "
            "it was measured."
        )
    if facts.reason == Reason.CHAIRS_CALL:
        return "This was the chairs' decision; it does not rest on the scores alone."
    return FINDINGS.get(Reason(facts.reason), "")


def _on_points(facts: Facts) -> str:
    if facts.change is not None:
        names = " and ".join(map(_named, facts.change.names))
        each = " each" if len(facts.change.names) > 1 else ""
        levels = "one level" if facts.change.levels == 1 else f"{facts.change.levels} levels"
        who = "its reviewer" if facts.reviews == 1 else "every reviewer"
        best = ", or at the best level where that is nearer" if facts.change.is_capped else ""
        return (
            f"With the other proposals as they are, it would have had a place if {who} had rated {names} {levels} "
            f"higher{each}{best}."
        )
    sentences = []
    if facts.is_full:
        sentences.append("It was rated as highly as some that have a place; no place was left for it.")
    if facts.rank is not None:
        rank = facts.rank
        places = f"there is a place for {rank.places} of them"
        sentences.append(f"By its points it is number {rank.number} of {rank.among} {rank.formats}; {places}.")
    if facts.gaps:
        named = " and ".join(f"{_named(name)} ({own} on average, theirs {band})" for name, own, band in facts.gaps)
        sentences.append(f"It is furthest behind the leading proposals on {named}.")
    return " ".join(sentences)


def _named(criterion: str) -> str:
    """In quotes: names of criteria have an “and” of their own."""
    return f"“{criterion.lower()}”"

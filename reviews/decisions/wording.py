"""What the scheduler answered, in sentences for a chair. Pure: titles and names come from whoever may read them."""

from collections.abc import Sequence

from expo.program.solver.causes import AWAY, BREAKS, EQUIPMENT, LINKS, ON_STAGE, PAUSES, PINS, ROOMS, TRACKS

HELPS = {
    "unpin": "Unpin {title}.",
    "present": "Ask the presenters of {title} for other times.",
    "equip": "Do without the equipment that {title} asks for.",
    "any-track": "Let {title} run in any track that takes its format.",
    "leave-out": "Leave out {title}.",
}
LIMIT = "With it as well, a limit would be broken: its sponsor’s, or the one that you asked for."
WORTH = "It would fit there, but the whole would be worth less: fewer of a higher band, or fewer points."
UNKNOWN = "Whether it would have fitted instead was not settled in the time given."


def quoted(title: str) -> str:
    return f"“{title}”"


def listed(words: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def headline(titles: Sequence[str]) -> str:
    """What is certain about a smallest blocking set."""
    said = listed([quoted(title) for title in titles])
    if len(titles) == 1:
        return f"{said} finds no place, even with the day to itself."
    if len(titles) == 2:
        return f"{said} cannot both have a place; either of them alone can."
    return f"{said} cannot all have a place; any {len(titles) - 1} of them can."


def because(
    kinds: Sequence[str], count: int, rooms: Sequence[str], people: Sequence[str], limited: Sequence[str]
) -> list[str]:
    """Why, one sentence for each kind of rule without which they would all fit."""
    where = f"only in {listed(rooms)}" if rooms else "in no room"
    bound = listed([quoted(title) for title in limited])
    said = {
        ROOMS: f"They may be {where}, with room for no more than {max(1, count - 1)} of them at their times.",
        ON_STAGE: f"{listed(people)} would have to be on stage in two places at once." if people else "",
        AWAY: f"The presenters of {bound} are there at some times only." if limited else "",
        PINS: "A pin holds one of them where the others would have to be.",
        LINKS: "The chairs asked for an order, a day or a distance between them that the rest does not leave.",
        EQUIPMENT: "What they need in equipment is in too few rooms.",
        TRACKS: "The tracks they ask for leave them too few rooms.",
        PAUSES: "Set-up, rest and walking between rooms take the time that is missing.",
        BREAKS: "Breaks, and what is taken already, leave too little time in one piece.",
    }
    found = [said[kind] for kind in kinds if said[kind]]
    return found or ["Several rules hold them together; no single one of them is the reason."]


def alone(text: str) -> str:
    """A reason for one session by itself; a room that is taken counts like a break."""
    return text.replace("between the breaks", "between the breaks and what is taken already")


def helping(kind: str, title: str) -> str:
    return HELPS[kind].format(title=quoted(title))

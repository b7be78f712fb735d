"""The scheduler's rules in words: one row for each code that the solver's checker reports. Plain Python, for everybody.

What stands in braces is filled in by the reader of the table, who leaves unnamed what somebody may not see.
"""

from dataclasses import dataclass

#: What a session is called for somebody from whom it is hidden.
HIDDEN_SESSION = "another session (hidden: conflict)"


@dataclass(frozen=True)
class RuleText:
    """How a placement that breaks one rule is described.

    `clause`: names what is in the way ({other}, {person}, {break_name}); part of a sentence about another slot.
    `unnamed`: a clause that names neither session nor person: on cards, and stored with a run.
    `sentence`: for whoever places a session, with what to do about it.
    `unnamed_sentence`: the same when the other session is hidden or unknown, where `sentence` could not say it.
    `delayed`: when a delay on the day causes it. `field`: the field of the form that it is about.
    """

    clause: str
    unnamed: str
    sentence: str
    unnamed_sentence: str = ""
    delayed: str = ""
    field: str = "starts_at"


_OWN_HOURS = "It may not run at this time of day. Choose another time, or change its hours first."
_LINK = "it breaks a rule about another session"
_LINK_SENTENCE = (
    "A rule that links it to another session would be broken. Move the other session first, or drop the rule."
)
_LINK_DELAYED = "A rule that links {title} to {other_title} would be broken."
_ANY_SENTENCE = "A rule of this timetable would be broken. Choose another room or time."

RULES = {
    "closed": RuleText(
        "it is outside the opening hours",
        "it is outside the opening hours",
        "{start} plus {minutes} minutes is not inside a day's opening hours. "
        "Choose a start that ends before the day does.",
    ),
    "off-grid": RuleText(
        "it is off the grid of starts",
        "it is off the grid of starts",
        "Sessions start every {grid} minutes from a day's opening. Choose such a start.",
    ),
    "in-break": RuleText(
        "it runs into {break_name}",
        "it runs into a break",
        "It would run into a break in {room}. Choose a time before or after it.",
        delayed="{title} runs {minutes} into {break_name}.",
    ),
    "wrong-track": RuleText(
        "the room holds no track that takes it",
        "its track is not in this room",
        "{room} does not hold {track}. Choose another room, or change the tracks in the setup.",
        field="room",
    ),
    "lacks-equipment": RuleText(
        "the room lacks equipment that it needs",
        "the room lacks equipment",
        "{room} lacks equipment that this session needs. Choose another room.",
        field="room",
    ),
    "excluded-room": RuleText(
        "{sponsor} cannot use this room",
        "its sponsor cannot use the room",
        "{sponsor} cannot use {room}. Choose another room, or ask the sponsor to change what its session needs.",
        field="room",
    ),
    "too-early": RuleText("it would start before its own hours", "it starts before its own hours", _OWN_HOURS),
    "too-late": RuleText(
        "it would end after its own hours",
        "it ends after its own hours",
        _OWN_HOURS,
        delayed="{title} was to end before {end}.",
    ),
    "off-slot": RuleText("it is bound to other starts", "it is bound to other starts", _OWN_HOURS),
    "away": RuleText(
        "{person} is away",
        "a presenter is away",
        "{person} is away at that time. Choose another time.",
        delayed="{person} is away at the new time of {title}, {span}.",
    ),
    "room-taken": RuleText(
        "the room is taken by {other}",
        "the room is taken",
        "{room} is taken then by {other}. Choose another room or time, or move the other session first.",
        delayed="{title} would meet {other}.",
        field="room",
    ),
    "no-setup": RuleText(
        "no time is left to set the room up between it and {other}",
        "the room would have no time to be set up",
        "{room} would have no time to be set up between this session and the next. Choose another time.",
    ),
    "on-stage": RuleText(
        "{person} is on stage in {other}",
        "a presenter is on stage elsewhere",
        "{person} is on stage in {where}. Choose another time.",
        "A presenter of this session is not free at that time. Choose another time.",
        delayed="{person} would be in two places: {title} {span}, {other}.",
    ),
    "too-far": RuleText(
        "{person} could not get from {other} to it, or back, in time",
        "a presenter could not be there in time",
        "{person} could not walk from one room to the other in time. Choose another time, or a room nearby.",
        delayed="{person} could not walk in time: {title} {span}, {other}.",
    ),
    "not-before": RuleText("the rule on the order of it and {other}", _LINK, _LINK_SENTENCE, delayed=_LINK_DELAYED),
    "not-same-day": RuleText(
        "the rule that it is on one day with {other}", _LINK, _LINK_SENTENCE, delayed=_LINK_DELAYED
    ),
    "not-apart": RuleText("the rule that it does not overlap {other}", _LINK, _LINK_SENTENCE, delayed=_LINK_DELAYED),
    "not-one-room": RuleText("the rule that it is in one room with {other}", _LINK, _LINK_SENTENCE),
    "not-larger": RuleText("the rule on the room sizes of it and {other}", _LINK, _LINK_SENTENCE),
    "over-quota": RuleText("its quota is used up", "its quota is used up", _ANY_SENTENCE),
    "pinned": RuleText("it is pinned where it is", "it is pinned elsewhere", _ANY_SENTENCE),
}


def as_sentence(clause: str) -> str:
    """With a capital and a full stop."""
    return f"{clause[:1].upper()}{clause[1:]}."


def unnamed_sentence(code: str) -> str:
    """For somebody who cannot know which session or person is in the way."""
    text = RULES[code]
    return (text.unnamed_sentence or text.sentence).format(
        room="The room", other="another session", person="A presenter", sponsor="Its sponsor"
    )

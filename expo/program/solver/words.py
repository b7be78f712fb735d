"""The aims in words, for the person who watches."""

WORDS = {
    "left-out-": "placing sessions",
    "lost-announced": "keeping what is announced in the program",
    "lost": "keeping what has a place in the program",
    "moved-announced": "moving as little as possible of what is announced",
    "moved": "moving as little as possible",
    "merit-left-out": "placing the best sessions",
    "prime-time": "sharing prime time",
    "sponsor-parallel": "keeping a sponsor's sessions apart",
    "topic-parallel": "keeping sessions on one topic apart",
    "clashes": "keeping apart what the same people want to hear",
    "strands": "keeping what belongs together together",
    "overflow": "fitting audiences into rooms",
    "wishes": "granting wishes",
    "sequence": "keeping sessions in sequence",
    "changes": "keeping what stands",
    "late-starts": "starting early, without gaps",
    "blend": "weighing all aims against each other",
}


def words(key: str) -> str:
    """An aim for the person who watches."""
    return WORDS[key.rstrip("0123456789")]

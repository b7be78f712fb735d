"""The sentences and flags that go with a standing. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flag:
    """Something to look at before deciding: a code, words, and how loud they are."""

    code: str
    text: str
    tone: str


@dataclass(frozen=True)
class Facts:
    """What is known about one proposal; `scale` is the rubric's width in points, `units` the places of its pool."""

    scores: tuple[float, ...]
    expected: int
    mean: float | None
    calibrated: float | None
    low: float | None
    high: float | None
    chance: float | None
    line: float | None
    rank: int | None
    ranked: int
    units: int | None
    pool: str
    recruiting: int
    conflicted: int
    scale: int
    gate: str

    @property
    def spread(self) -> float | None:
        """Largest score less smallest."""
        return max(self.scores) - min(self.scores) if len(self.scores) > 1 else None


def flags(facts: Facts) -> tuple[Flag, ...]:
    """What asks for a second look."""
    found = []
    if facts.recruiting:
        found.append(Flag("recruiting", f"Recruiting: {facts.recruiting} of {len(facts.scores)}", "danger"))
    if facts.conflicted:
        text = "1 review under a conflict" if facts.conflicted == 1 else f"{facts.conflicted} reviews under a conflict"
        found.append(Flag("conflict", text, "warn"))
    if facts.spread is not None and facts.spread >= facts.scale / 2:
        found.append(Flag("disagreement", "Reviewers disagree", "warn"))
    if len(facts.scores) < facts.expected:
        found.append(Flag("few-reviews", f"{len(facts.scores)} of {facts.expected} reviews", "neutral"))
    return tuple(found)


def why(facts: Facts) -> tuple[str, ...]:
    """How the standing came about, in the order one would ask."""
    if facts.mean is None:
        return ("No review has been submitted yet, so there is no standing.",)
    told = [_scores(facts), _calibration(facts), _interval(facts), _rank(facts), _chance(facts)]
    return tuple(sentence for sentence in told if sentence)


def _scores(facts: Facts) -> str:
    listed = ", ".join(f"{score:.2f}" for score in facts.scores)
    return f"{len(facts.scores)} of {facts.expected} reviews are in: {listed}; plain mean {facts.mean:.2f}."


def _calibration(facts: Facts) -> str:
    if facts.calibrated is None:
        return f"The plain mean counts, without correction for strict or mild reviewers. {facts.gate}".strip()
    return (
        f"Calibrated {facts.calibrated:.2f}: corrected for how strict its reviewers are elsewhere, and pulled towards "
        "the middle of all proposals, the more so the fewer its reviews."
    )


def _interval(facts: Facts) -> str:
    if facts.low is None or facts.high is None:
        return "There are too few reviews to say how far this may be off."
    return f"The mean of very many reviewers would lie between {facts.low:.2f} and {facts.high:.2f} (95 % interval)."


def _rank(facts: Facts) -> str:
    places = f" for {facts.units} places" if facts.units is not None else ""
    line = f"; the line is at {facts.line:.2f}" if facts.line is not None else "; there is room for all"
    known = line if facts.line is not None or facts.units is not None else ""
    return f"Number {facts.rank} of {facts.ranked} in {facts.pool}{places}{known}."


def _chance(facts: Facts) -> str:
    if facts.chance is None:
        return ""
    return (
        f"By its scores, and those of all others in {facts.pool}, it belongs above the line with a probability of "
        f"{percent(facts.chance)}. Tiers' limits are not in this number."
    )


def percent(share: float | None) -> str:
    """A share as whole per cent, a dash for none; never 0 or 100 unless it is."""
    if share is None:
        return "–"
    if 0 < share < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")

"""How well a reviewer knows what a proposal is about. Pure; every part can be said in a sentence.

The value lies in [0, 1] and has three parts:

- topics: the share of the proposal's topics that the reviewer chose;
- text: the square root of the cosine between the proposal and the reviewer's nearest past texts (see `texts`). Cosines
  of texts from one field crowd near 0; the root spreads them, so that text keeps its weight beside topics;
- the bid: "want" moves what topics and text say a quarter of the way to 1, "no" a quarter of the way to 0, "can" not.

Text weighs 3 and topics 2. A part that is missing (no topics named or chosen, no texts given) drops out and the other
counts alone: silence is not evidence against somebody. With all parts there, text makes 45 % of the value, topics 30 %
and the bid 25 %, in the order that studies of real assignments favour (Saveski et al., NeurIPS 2023).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

TEXT, TOPICS = 3, 2
BID = 0.25
PULLS = {"want": 1.0, "no": 0.0}
SAID = {"want": "Wants to review it.", "can": "Can review it.", "no": "Would rather not review it."}
DIGITS = 6
STEPS: float = 10.0**DIGITS
CLOSE, SOME = 0.45, 0.2


@dataclass(frozen=True)
class Affinity:
    """One pair. `asked`: how many topics the proposal names. `text`: None when a side has no text to compare.

    `knows`: whether the reviewer chose any topics at all. `find_terms` looks up what both sides' texts share most,
    strongest first, when somebody asks for words.
    """

    shared: tuple[int, ...]
    asked: int
    knows: bool = True
    text: float | None = None
    bid: str = ""
    find_terms: Callable[[], tuple[str, ...]] = field(default=tuple, compare=False, repr=False)

    @property
    def topics(self) -> float | None:
        return len(self.shared) / self.asked if self.asked and self.knows else None

    @property
    def value(self) -> float:
        return mix(self.topics, self.text, self.bid)

    def sentences(self, names: Mapping[int, str]) -> list[str]:
        """The parts of the value in words; `names` maps topics to their names."""
        told = [self._topic_words(names), self._text_words(), SAID.get(self.bid, "")]
        return [sentence for sentence in told if sentence]

    def _topic_words(self, names: Mapping[int, str]) -> str:
        if not self.asked:
            return "The proposal names no topics, so topics say nothing here."
        if not self.knows:
            return "Has chosen no topics yet, so topics say nothing here."
        told = ", ".join(sorted(names[topic] for topic in self.shared))
        noun = "topic" if self.asked == 1 else "topics"
        return f"{len(self.shared)} of {self.asked} {noun}{': ' + told if told else ' in common'}."

    def _text_words(self) -> str:
        if self.text is None:
            return ""
        found = self.find_terms()
        terms = f"; strongest terms: {', '.join(found)}" if found else ""
        return f"Shares {_amount(self.text)} words with the reviewer's own texts ({self.text:.2f} of 1){terms}."


def _amount(text: float) -> str:
    """Words are all that is compared: who knows a subject may still write about it in other words."""
    if text >= CLOSE:
        return "many"
    if text >= SOME:
        return "some"
    return "few" if text else "no"


def text_part(cosine: float) -> float:
    """The text part of a cosine."""
    return round(sqrt(min(1.0, max(0.0, cosine))), DIGITS)


def mix(topics: float | None, text: float | None, bid: str = "") -> float:
    """The value of the parts that are there; 0 when none is."""
    parts = [(weight, part) for weight, part in ((TOPICS, topics), (TEXT, text)) if part is not None]
    weight = sum(weight for weight, _ in parts)
    base = sum(weight * part for weight, part in parts) / weight if weight else 0.0
    return round((base + BID * (PULLS.get(bid, base) - base)) * STEPS) / STEPS  # as numpy rounds


def mix_all(topics: Any, text: Any, pulls: Any) -> Any:
    """`mix` for whole arrays at once; nan stands for a part that is missing, in `pulls` for no bid or "can"."""
    import numpy as np

    has_topics, has_text = ~np.isnan(topics), ~np.isnan(text)
    weight = TOPICS * has_topics + TEXT * has_text
    told = TOPICS * np.where(has_topics, topics, 0.0) + TEXT * np.where(has_text, text, 0.0)
    base = np.divide(told, weight, out=np.zeros_like(told), where=weight > 0)
    return np.round(base + BID * (np.where(np.isnan(pulls), base, pulls) - base), DIGITS)


def between(
    proposal_topics: frozenset[int],
    reviewer_topics: frozenset[int],
    *,
    text: float | None = None,
    bid: str = "",
    find_terms: Callable[[], tuple[str, ...]] = tuple,
) -> Affinity:
    """The affinity of one pair; more topics in common or a nearer text never lower it."""
    shared = tuple(sorted(proposal_topics & reviewer_topics))
    return Affinity(shared, len(proposal_topics), bool(reviewer_topics), text, bid, find_terms)

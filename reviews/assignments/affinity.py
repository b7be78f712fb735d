"""How well a reviewer knows what a proposal is about. Pure; every part can be said in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Affinity:
    """A value in [0, 1]: the share of the proposal's topics that the reviewer knows."""

    shared: tuple[int, ...]
    asked: int

    @property
    def value(self) -> float:
        return len(self.shared) / self.asked if self.asked else 0.0

    def sentences(self, names: Mapping[int, str]) -> list[str]:
        """The parts of the value in words; `names` maps topics to their names."""
        if not self.asked:
            return ["The proposal names no topics, so topics say nothing here."]
        told = ", ".join(sorted(names[topic] for topic in self.shared))
        noun = "topic" if self.asked == 1 else "topics"
        return [f"{len(self.shared)} of {self.asked} {noun}{': ' + told if told else ' in common'}."]


def between(proposal_topics: frozenset[int], reviewer_topics: frozenset[int]) -> Affinity:
    """The affinity of one pair; more topics on the reviewer's side never lower it."""
    return Affinity(tuple(sorted(proposal_topics & reviewer_topics)), len(proposal_topics))

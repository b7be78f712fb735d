from reviews.assignments.affinity import between

NAMES = {1: "Optimisation", 2: "Robotics", 3: "Theory", 4: "Speech"}


def test_affinity_is_the_share_of_the_proposals_topics() -> None:
    found = between(frozenset({1, 2, 3}), frozenset({2, 1, 4}))
    assert found.value == 2 / 3
    assert found.sentences(NAMES) == ["2 of 3 topics: Optimisation, Robotics."]


def test_nothing_in_common_says_so() -> None:
    found = between(frozenset({1}), frozenset({2}))
    assert (found.value, found.sentences(NAMES)) == (0.0, ["0 of 1 topic in common."])


def test_a_proposal_without_topics_says_so() -> None:
    found = between(frozenset(), frozenset({2}))
    assert (found.value, found.sentences(NAMES)) == (
        0.0,
        ["The proposal names no topics, so topics say nothing here."],
    )

"""The draft a chair starts from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.decisions.feedback import Judged, Part, band_means, draft, smallest_change

SUBSTANCE = Part("Substance", 2, 4, 3.0, 3.2)
EVIDENCE = Part("Evidence", 1, 4, 1.5, 3.0)


def judged(**changes):
    fields = {
        "verdict": "reject",
        "title": "Forecasts",
        "format": "Talk",
        "reviews": 3,
        "parts": (SUBSTANCE, EVIDENCE),
        "short": 0.3,
        "is_held_by_limit": False,
        "comments": ("Show the data.\nAnd the code.", " "),
    }
    return Judged(**{**fields, **changes})


def test_a_rejection_names_both_ends_the_smallest_change_and_what_reviewers_wrote():
    assert draft(judged()) == (
        "Thank you for proposing “Forecasts”. 3 reviewers read it and scored it against the Expo's rubric.\n\n"
        "Its strongest side was substance; its weakest compared with the accepted proposals was evidence.\n\n"
        "With the other proposals as they are, it would have had a place if reviewers had rated substance about half "
        "a level higher.\n\n"
        "Reviewers wrote for you:\n\n> Show the data.\n> And the code."
    )


def test_an_acceptance_speaks_of_no_line():
    text = draft(judged(verdict="accept", comments=()))
    assert text.endswith("Its strongest side was substance. There is most to gain on evidence.")


def test_a_tiers_limit_and_a_full_program_are_not_called_lack_of_merit():
    assert "It did not fail on merit: your tier's number of accepted talks is reached." in draft(
        judged(is_held_by_limit=True)
    )
    assert "there was no place left for it in the program." in draft(judged(verdict="waitlist", short=-0.1))


def test_two_criteria_where_one_is_not_enough_and_honesty_where_nothing_is():
    assert "rated substance and evidence about 2 levels higher each" in draft(
        judged(parts=(Part("Substance", 1, 4, 2.0, None), Part("Evidence", 1, 4, 2.0, None)), short=1.5)
    )
    assert "no change on one or two sides alone" in draft(judged(short=2.9))


def test_without_reviews_it_says_thank_you_and_no_more():
    assert draft(judged(reviews=0, parts=(), short=None, comments=())) == "Thank you for proposing “Forecasts”."


def test_a_band_of_two_is_too_small_to_speak_of():
    assert band_means([{1: 4.0}, {1: 3.0}], 1) is None
    assert band_means([{1: 4.0}, {1: 3.0}, {1: 2.0}], 1) == 3.0


parts = st.lists(
    st.builds(Part, st.sampled_from("ABCDE"), st.integers(1, 3), st.just(5), st.floats(1, 5), st.none()),
    min_size=1, max_size=5, unique_by=lambda part: part.name,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(parts, st.floats(0.01, 4))
def test_the_change_crosses_the_line_and_a_lesser_one_would_not(chosen, short):
    total = sum(part.weight for part in chosen)

    def gain(names, levels):
        return sum(part.weight * levels for part in chosen if part.name in names) / total

    change = smallest_change(chosen, short)
    if change is not None:
        assert gain(change.names, change.levels) >= short - 1e-9
        assert all(part.own + change.levels <= part.best + 1e-6 for part in chosen if part.name in change.names)
        singles = [short * total / part.weight for part in chosen if short * total / part.weight <= part.room]
        assert not singles or change.levels <= min(singles) + 1e-9
    else:
        assert all(short * total / part.weight > part.room for part in chosen)

"""The draft a chair starts from, and the reasons behind it."""

import pytest

from reviews.decisions.feedback import (
    Facts,
    Part,
    Raise,
    Rank,
    Scarcity,
    band_means,
    computed_reason,
    draft,
    ends,
    from_data,
    gaps,
    mail_reason,
)
from reviews.decisions.states import Reason, Verdict
from reviews.scoring.selection import Cause, Suggestion

OUT = Suggestion(False, 3.0, "", Cause.OUTRANKED)


def facts(**changes):
    fields = {
        "verdict": "reject",
        "reason": "below_the_line",
        "title": "Forecasts",
        "format": "Talk",
        "reviews": 3,
        "strongest": "Substance",
        "weakest": "Evidence",
        "comments": ("Show the data.\nAnd the code.",),
    }
    return Facts(**{**fields, **changes})


def test_a_rejection_names_both_ends_the_smallest_change_and_what_reviewers_wrote():
    assert draft(facts(change=Raise(("Substance",), 1, False))) == (
        "Thank you for proposing “Forecasts”. 3 reviewers read it and scored it against the Expo's rubric.\n\n"
        "Reviewers rated it highest on “substance” and lowest on “evidence”.\n\n"
        "With the other proposals as they are, it would have had a place if every reviewer had rated “substance” one "
        "level higher.\n\n"
        "Reviewers wrote for you:\n\n> Show the data.\n> And the code."
    )


def test_a_change_of_two_criteria_says_that_it_is_each_and_where_it_stops():
    text = draft(facts(reviews=1, change=Raise(("Substance", "Evidence"), 2, True)))
    assert (
        "if its reviewer had rated “substance” and “evidence” 2 levels higher each, or at the best level where that is "
        "nearer." in text
    )


def test_where_no_small_change_is_enough_it_gives_numbers_instead():
    text = draft(facts(rank=Rank(9, 20, 8, "talks"), gaps=(("Evidence", "1.5", "3.0"),)))
    assert (
        "By its points it is number 9 of 20 talks; there is a place for 8 of them. It is furthest behind the leading "
        "proposals on “evidence” (1.5 on average, theirs 3.0)." in text
    )
    assert "would have had a place" not in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"reason": "over_the_tiers_limit", "limit": 1, "is_held_by_limit": True},
            "It did not fail on merit: your tier's number of accepted talks is reached.",
        ),
        ({"reason": "over_the_tiers_limit", "limit": 1}, "Your tier's number of accepted talks is reached."),
        ({"reason": "over_the_tiers_limit"}, "Your tier limits how many talks may be accepted."),
        ({"reason": "sales_or_recruiting", "recruiting": 2}, "2 of its 3 reviewers read it as sales or recruiting."),
        ({"reason": "sales_or_recruiting"}, "The chairs read it as sales or recruiting."),
        ({"reason": "off_topic"}, "its subject does not match the topics of this Expo."),
        ({"reason": "duplicate"}, "another proposal covers the same subject."),
        ({"reason": "not_placeable"}, "no room and time in the program that suit it."),
        ({"reason": "chairs_call"}, "it does not rest on the scores alone."),
        ({"reason": "no_place_left", "is_full": True}, "It was rated as highly as some that have a place"),
    ],
)
def test_each_reason_has_its_own_text(changes, words):
    assert words in draft(facts(**changes))


def test_an_acceptance_speaks_of_no_line():
    text = draft(facts(verdict="accept", reason="above_the_line", comments=()))
    assert text.endswith("Reviewers rated it highest on “substance” and lowest on “evidence”.")


def test_without_reviews_it_says_thank_you_and_no_more():
    assert draft(facts(reviews=0, strongest="", weakest="", comments=())) == "Thank you for proposing “Forecasts”."


def test_facts_come_back_from_json_as_they_were():
    full = facts(change=Raise(("A", "B"), 2, True), rank=Rank(1, 2, 1, "talks"), gaps=(("A", "1.0", "2.0"),))
    assert from_data(full.data()) == full


def test_a_band_of_two_is_too_small_to_speak_of():
    assert band_means([{1: 4.0}, {1: 3.0}], 1) is None
    assert band_means([{1: 4.0}, {1: 3.0}, {1: 2.0}], 1) == 3.0


def test_ends_and_gaps_are_those_that_differ():
    parts = (Part("Substance", 3.0, 3.2), Part("Evidence", 1.5, 3.0), Part("Fit", 3.5, 3.5))
    assert ends(parts) == ("Fit", "Evidence")
    assert gaps(parts) == (("Evidence", "1.5", "3.0"), ("Substance", "3.0", "3.2"))
    assert ends((Part("Substance", 2.0, None), Part("Evidence", 2.0, None))) == ("", "")


class TestComputedReasons:
    @pytest.mark.parametrize(
        ("verdict", "cause", "reason"),
        [
            ("accept", Cause.CHOSEN, "above_the_line"),
            ("accept", Cause.OUTRANKED, "chairs_call"),
            ("accept", Cause.LIMIT, "chairs_call"),
            ("waitlist", Cause.OUTRANKED, "no_place_left"),
            ("waitlist", Cause.LIMIT, "over_the_tiers_limit"),
            ("waitlist", Cause.CHOSEN, "chairs_call"),
            ("reject", Cause.OUTRANKED, "below_the_line"),
            ("reject", Cause.FULL, "no_place_left"),
            ("reject", Cause.LIMIT, "over_the_tiers_limit"),
            ("reject", Cause.TOO_LONG, "not_placeable"),
            ("reject", Cause.CHOSEN, "chairs_call"),
            ("reject", Cause.UNREVIEWED, "chairs_call"),
        ],
    )
    def test_each_verdict_takes_its_reason_from_the_selection(self, verdict, cause, reason):
        assert computed_reason(Verdict(verdict), Suggestion(cause == Cause.CHOSEN, None, "", cause)) == reason

    def test_what_reviewers_flag_as_recruiting_is_rejected_for_that(self):
        chosen = Suggestion(True, None, "", Cause.CHOSEN)
        assert computed_reason(Verdict.REJECT, chosen, recruiting=1, reviews=3) == Reason.SALES_OR_RECRUITING
        assert computed_reason(Verdict.REJECT, OUT, recruiting=2, reviews=3) == Reason.SALES_OR_RECRUITING
        assert computed_reason(Verdict.REJECT, OUT, recruiting=1, reviews=3) == Reason.BELOW_THE_LINE
        assert computed_reason(Verdict.ACCEPT, chosen, recruiting=3, reviews=3) == Reason.ABOVE_THE_LINE


class TestTheMailsSentence:
    def test_too_few_places_are_named_only_where_it_is_so(self):
        few = "There were more proposals than places, and the chairs had to choose."
        assert mail_reason("reject", "below_the_line", "talk", Scarcity(is_contested=True)) == few
        for reason in Reason:
            assert mail_reason("reject", reason, "talk", Scarcity()) != few
        for reason in set(Reason) - {Reason.BELOW_THE_LINE, Reason.NO_PLACE_LEFT}:
            assert mail_reason("reject", reason, "talk", Scarcity(is_contested=True)) != few

    def test_the_tiers_limit_is_called_reached_only_where_it_is(self):
        assert mail_reason("reject", "over_the_tiers_limit", "talk", Scarcity(limit=1)) == (
            "Your sponsorship tier may have 1 talk accepted, and that limit is reached."
        )
        assert mail_reason("waitlist", "over_the_tiers_limit", "talk", Scarcity()) == (
            "Your sponsorship tier limits how many talks may be accepted."
        )

    def test_labels_are_written_as_english_writes_them(self):
        assert Reason.OVER_THE_TIERS_LIMIT.label == "Over the tier's limit"
        assert Reason.CHAIRS_CALL.label == "Chairs' call"

    def test_what_the_feedback_says_already_is_not_said_twice(self):
        feedback = draft(facts(reason="off_topic"))
        assert mail_reason("reject", "off_topic", "talk", Scarcity()) in feedback
        assert mail_reason("reject", "off_topic", "talk", Scarcity(), feedback) == ""
        assert mail_reason("reject", "off_topic", "talk", Scarcity(), "In a chair's own words.") != ""

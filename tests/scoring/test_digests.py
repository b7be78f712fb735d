"""Mail about what is new in discussions, and what waits."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse

from expo.kit import clock
from expo.kit.waiting import waiting_for
from expo.notify.models import Message
from expo.proposals.states import ProposalState
from reviews.scoring.models import DiscussionVisit
from reviews.scoring.services import digests
from reviews.scoring.services.digests import send_digests
from reviews.scoring.services.discussion import look, post_comment, remove_comment
from reviews.scoring.services.exclusion import exclude_review
from tests.factories import ConflictFactory

from .fixtures import open_review

HOUR = timedelta(hours=1)


@pytest.fixture
def reviewed(panel):
    """Two reviews, which both reviewers and the chair have looked at."""
    proposal = panel.proposal(2, 3, title="How forecasts scale")
    for person in (*panel.reviewers[:2], panel.chair):
        look(by=person, proposal=proposal, saw_others=True)
    return proposal


def sent_to():
    return sorted(Message.objects.filter(kind="scoring/digest").values_list("recipient__name", flat=True))


def later(hours):
    return clock.at(clock.now() + hours * HOUR)


def test_an_hour_later_everybody_else_gets_one_mail(panel, reviewed):
    one, two = panel.reviewers[:2]
    post_comment(by=one, proposal=reviewed, text="A secret opinion: 4.")
    assert send_digests() == 0
    with later(2):
        assert send_digests() == 2
        assert send_digests() == 0
    assert sent_to() == sorted([two.name, panel.chair.name])
    mail = Message.objects.get(kind="scoring/digest", recipient=two)
    assert "How forecasts scale”: 1 new comment\n" in mail.body
    assert reverse("scoring:discussion", args=[panel.edition.slug, reviewed.code]) in mail.body
    assert "secret" not in mail.body
    assert one.name not in mail.body


def test_at_most_one_a_day_and_nothing_twice(panel, reviewed):
    one, two = panel.reviewers[:2]
    post_comment(by=one, proposal=reviewed, text="One.")
    with later(2):
        send_digests()
        post_comment(by=one, proposal=reviewed, text="Two.")
    with later(10):
        assert send_digests() == 0
    with later(30):
        assert send_digests() == 2
    with later(60):
        assert send_digests() == 0
    bodies = Message.objects.filter(kind="scoring/digest", recipient=two).order_by("id").values_list("body", flat=True)
    assert ["1 new comment" in body for body in bodies] == [True, True]


def test_a_crash_before_the_end_sends_nothing_and_loses_nothing(panel, reviewed):
    post_comment(by=panel.reviewers[0], proposal=reviewed, text="One.")
    with later(2):
        with patch.object(DiscussionVisit.objects, "bulk_create", side_effect=RuntimeError):
            assert send_digests() == 0
        assert sent_to() == []
        assert send_digests() == 2


def test_who_looked_was_conflicted_or_excluded_gets_none(panel, reviewed):
    one, two = panel.reviewers[:2]
    panel.review(reviewed, panel.reviewers[2], 4)
    post_comment(by=one, proposal=reviewed, text="One.")
    with later(1.5):
        look(by=panel.chair, proposal=reviewed, saw_others=True)
    exclude_review(by=panel.chair, assignment=reviewed.assignments.get(reviewer=panel.reviewers[2]), reason="Copied.")
    ConflictFactory(user=two, sponsor=reviewed.sponsor)  # declared after the comment, before the mail
    with later(2):
        assert send_digests() == 0


def test_removed_comments_and_decided_proposals_are_no_news(panel, reviewed):
    removed = post_comment(by=panel.reviewers[0], proposal=reviewed, text="One.")
    remove_comment(by=panel.chair, comment=removed)
    decided = panel.proposal(2, 3)
    post_comment(by=panel.reviewers[0], proposal=decided, text="Two.")
    decided.state = ProposalState.REJECTED
    decided.save()
    with later(2):
        assert send_digests() == 0


def test_editions_do_not_share_their_mails(panel, reviewed):
    other = open_review()
    theirs = other.proposal(2, 3)
    look(by=other.reviewers[0], proposal=theirs, saw_others=True)
    for proposal, by in ((reviewed, panel.reviewers[0]), (theirs, other.reviewers[0])):
        post_comment(by=by, proposal=proposal, text="One.")
    with later(2):
        assert send_digests() == 4
    mails = Message.objects.filter(kind="scoring/digest")
    assert {(each.edition_id, each.recipient_id in {panel.chair.pk, panel.reviewers[1].pk}) for each in mails} == {
        (panel.edition.pk, True),
        (other.edition.pk, False),
    }


def test_one_persons_trouble_holds_up_nobody(panel, reviewed):
    post_comment(by=panel.reviewers[0], proposal=reviewed, text="One.")
    real = digests._send

    def broken(user, *args, **more):
        if user == panel.chair:
            raise RuntimeError
        return real(user, *args, **more)

    with later(2), patch.object(digests, "_send", broken):
        assert send_digests() == 1
    assert sent_to() == [panel.reviewers[1].name]


def test_what_is_new_waits_for_those_who_may_read_it(panel, reviewed):
    one, two = panel.reviewers[:2]
    post_comment(by=one, proposal=reviewed, text="One.")

    def waits(person):
        return [each.text for each in waiting_for(person, panel.edition) if each.key in ("discussions", "revisions")]

    assert waits(one) == []
    assert waits(two) == waits(panel.chair) == ["1 discussion with something new"]
    walled = panel.cochair()
    ConflictFactory(user=walled, sponsor=reviewed.sponsor)
    ConflictFactory(user=two, sponsor=reviewed.sponsor)
    assert waits(walled) == waits(two) == []
    look(by=panel.chair, proposal=reviewed, saw_others=True)
    assert waits(panel.chair) == []

"""What people type into a mail stays text: it neither carries off a way in nor adds a header."""

import pytest
from django.core import mail

from expo.notify.services import deliver_due
from expo.proposals.services.submission import withdraw
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_a_typed_placeholder_does_not_become_a_link_to_elsewhere() -> None:
    proposal = make.SubmittedFactory()
    member = make.TeamMemberFactory(sponsor=proposal.sponsor).user
    member.set_unusable_password()
    member.save()
    withdraw(by=member, proposal=proposal, reason="See https://elsewhere.example/?[personal link] for more.")
    assert deliver_due() == 1
    assert "https://elsewhere.example/?[personal link] for more." in mail.outbox[0].body
    assert "/accounts/password/" not in mail.outbox[0].body


def test_a_title_with_a_line_break_stays_in_the_subject() -> None:
    proposal = make.SubmittedFactory(title="One\r\nBcc: everybody@example.org")
    member = make.TeamMemberFactory(sponsor=proposal.sponsor).user
    withdraw(by=member, proposal=proposal)
    deliver_due()
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == [member.email]

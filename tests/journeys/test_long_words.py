"""A word of 160 letters, wherever people write: no page gets wider than a phone."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from expo.editions.states import RoleKind
from expo.journal.services import record
from expo.notify.models import Message
from tests import factories as make

pytestmark = [pytest.mark.slow, pytest.mark.journey, pytest.mark.django_db(transaction=True)]
WORD = "x" * 160
PHONE = {"width": 320, "height": 700}


def test_no_page_of_a_sponsor_or_an_organiser_gets_wide(new_page: Any, live_server: Any) -> None:
    edition = make.EditionFactory()
    tier = make.TierFactory(edition=edition, name=WORD[:40])
    talk, topic = make.FormatFactory(edition=edition), make.TopicFactory(edition=edition, name=WORD[:60])
    make.EntitlementFactory(tier=tier, format=talk, may_submit=9)
    sponsor = make.SponsorFactory(edition=edition, tier=tier, name=WORD)
    member = make.TeamMemberFactory(sponsor=sponsor, user__name=WORD[:120]).user
    organiser = make.RoleFactory(edition=edition, kind=RoleKind.ORGANISER).user
    texts = dict.fromkeys(("title", "abstract", "takeaways", "needs", "public_title", "public_text"), WORD)
    proposal = make.ProposalFactory(edition=edition, sponsor=sponsor, format=talk, created_by=member, **texts)
    proposal.topics.add(topic)
    make.PresenterFactory(proposal=proposal, name=WORD[:120], affiliation=WORD)
    make.AcceptedFactory(edition=edition, sponsor=sponsor, format=talk, created_by=member, **texts)
    entry = record("proposals.submitted", by=member, edition_id=edition.pk, target=sponsor)
    mail = Message.objects.create(
        entry=entry, kind="test", recipient=member, edition_id=edition.pk, subject=WORD, body=WORD
    )
    own = [reverse(f"proposals:{name}", args=[edition.slug, proposal.code]) for name in ("detail", "edit", "submit")]
    pages = {
        member: [reverse("proposals:mine", args=[edition.slug]), *own, team(sponsor)],
        organiser: [
            *(reverse(name, args=[edition.slug]) for name in ("sponsors:list", "sponsors:tiers", "editions:topics")),
            *(reverse(name, args=[edition.slug]) for name in ("proposals:after", "insight:audit", "insight:outbox")),
            reverse("insight:outbox", args=[edition.slug]) + f"?message={mail.pk}",
            reverse("sponsors:edit", args=[edition.slug, sponsor.pk]),
            team(sponsor),
        ],
    }
    wide = []
    for user, paths in pages.items():
        page = new_page(viewport=PHONE)
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                wide.append(path)
    assert wide == []


def team(sponsor: Any) -> str:
    return reverse("sponsors:team", args=[sponsor.edition.slug, sponsor.pk])

"""The desk, the decision and the batch as pages."""

import re

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.editions.states import Phase
from expo.kit.posted import undo_of
from expo.proposals.states import ProposalState
from reviews.decisions.models import Batch, Decision
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide
from tests.factories import ConflictFactory, SponsorFactory, TeamMemberFactory, UserFactory


@pytest.fixture
def chair(client, panel):
    client.force_login(panel.chair)
    return client


@pytest.fixture
def address(panel):
    """Addresses of this edition by name and further arguments."""
    return lambda name, *arguments: reverse(f"decisions:{name}", args=[panel.edition.slug, *arguments])


def main(response):
    """The page's own part, without what changes with every request."""
    return response.content.decode().split("<main", 1)[1].split("</main>")[0]


def verdict(panel, proposal, chosen="accept", **more):
    reason = {"accept": "above_the_line", "reject": "below_the_line", "waitlist": "no_place_left"}[chosen]
    more = {"confirmed": ASKS, "is_read": True, **more}
    return decide(by=panel.chair, proposal=proposal, verdict=chosen, reason=reason, **more)


def batch_with(panel, *proposals):
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First verdicts")
    return put_in_batch(by=panel.chair, batch=batch, proposals=proposals)


class TestDesk:
    def test_an_empty_desk_says_the_next_step(self, chair, address):
        assert "Nothing to decide yet" in main(chair.get(address("desk")))

    def test_it_suggests_what_fits_and_says_what_would_have_changed_it(self, panel, chair, address):
        for value in (4, 3, 2):
            panel.proposal(value, value, value, title=f"Talk of {value}")
        found = chair.get(address("desk")).context["desk"]
        assert [row.suggestion.chosen for row in found.rows] == [True, True, False]
        assert re.fullmatch(
            r"It would be in (from|above) a score of 3\.00 \(0\.75 more\), with all others unchanged\.",
            found.rows[2].suggestion.why,
        )
        assert (found.undecided, found.pools[0].pool.capacity, found.pools[0].undecided) == (3, 2, 3)

    @pytest.mark.slow
    def test_one_click_decides_with_the_usual_reason_and_a_draft(self, panel, chair, address):
        proposal = panel.proposal(4, 4, 4)
        form = {"quick": "1", "verdict": "accept", "version": "0", "back": "view=undecided&q=x"}
        response = chair.post(address("decide", proposal.code), form)
        decision = Decision.objects.get()
        assert response.url == f"{address('desk')}?view=undecided&q=x#p-{proposal.code}"
        assert (decision.verdict, decision.reason) == ("accept", "above_the_line")
        assert decision.feedback.startswith(f"Thank you for proposing “{proposal.title}”. 3 reviewers read it")
        pressed = re.search(r'value="accept"[^>]*aria-pressed="true"', main(chair.get(address("desk"))))
        assert pressed, "the verdict given is the one pressed"

    @pytest.mark.slow
    def test_the_reason_beside_each_verdict_is_what_a_click_records(self, panel, chair, address):
        """One talk per sponsor, two places: above the line, held by the tier's limit, below the line, flagged."""
        sponsor = SponsorFactory(edition=panel.edition)
        first, held = panel.proposal(4, 4, 4, sponsor=sponsor), panel.proposal(3, 3, 3, sponsor=sponsor)
        flagged = panel.proposal()
        panel.review(flagged, panel.reviewers[0], 2, is_recruiting=True)
        low = panel.proposal(1, 1, 1)
        expected = {
            first.code: ("above_the_line", "chairs_call", "chairs_call"),
            held.code: ("chairs_call", "over_the_tiers_limit", "over_the_tiers_limit"),
            flagged.code: ("above_the_line", "chairs_call", "sales_or_recruiting"),
            low.code: ("chairs_call", "no_place_left", "below_the_line"),
        }

        def reasons():
            rows = chair.get(address("desk")).context["desk"].rows
            return {row.proposal.code: tuple(row.reasons.values()) for row in rows}

        assert reasons() == expected
        clicks = {first.code: "accept", flagged.code: "accept", held.code: "reject", low.code: "reject"}
        for code, chosen in clicks.items():
            shown = dict(zip(("accept", "waitlist", "reject"), expected[code], strict=True))[chosen]
            click = {"quick": "1", "verdict": chosen, "version": "0", f"reason-{chosen}": shown}
            click["confirmed"] = f"{code}:recruiting"
            chair.post(address("decide", code), click)
            # What the first clicks took does not change what the later ones say.
            assert reasons() == expected
        decided = {each.proposal.code: each for each in Decision.objects.select_related("proposal")}
        assert {code: (each.verdict, each.reason) for code, each in decided.items()} == {
            first.code: ("accept", "above_the_line"),
            flagged.code: ("accept", "above_the_line"),
            held.code: ("reject", "over_the_tiers_limit"),
            low.code: ("reject", "below_the_line"),
        }
        assert (
            "It did not fail on merit: your tier's number of accepted talks is reached." in decided[held.code].feedback
        )

    def test_the_suggestion_says_what_reviewers_flagged(self, panel, chair, address):
        flagged = panel.proposal(4)
        panel.review(flagged, panel.reviewers[1], 4, is_recruiting=True)
        suggestion = chair.get(address("desk")).context["desk"].rows[0].suggestion
        assert suggestion.chosen
        assert suggestion.why.endswith("1 of 2 reviews flags recruiting or sales: read them first.")

    def test_a_click_on_a_reason_that_no_longer_holds_is_refused(self, panel, chair, address):
        proposal = panel.proposal(4)
        click = {"quick": "1", "verdict": "accept", "version": "0", "reason-accept": "chairs_call"}
        text = main(chair.post(address("decide", proposal.code), click, follow=True))
        assert "other verdicts have changed the reason from “Chairs&#x27; call” to “Chosen on points”." in text
        assert not Decision.objects.exists()

    @pytest.mark.slow
    def test_a_click_past_the_limit_is_refused_with_a_sentence(self, panel, chair, address):
        sponsor = SponsorFactory(edition=panel.edition, name="Northwind")
        first, second = panel.proposal(4, sponsor=sponsor), panel.proposal(3, sponsor=sponsor)
        verdict(panel, first)
        click = {"quick": "1", "verdict": "accept", "version": "0"}
        response = chair.post(address("decide", second.code), click, follow=True)
        assert "Northwind (Gold) may have 1 talk accepted" in main(response)
        assert Decision.objects.count() == 1

    def test_a_first_click_is_undone_to_no_verdict_and_a_later_one_to_the_verdict_before(self, panel, chair, address):
        proposal = panel.proposal(4)
        page = address("decide", proposal.code)

        def click(chosen, version):
            response = chair.post(page, {"quick": "1", "verdict": chosen, "version": str(version)})
            (message,) = get_messages(response.wsgi_request)
            return undo_of(message.extra_tags)

        own = {"verdict": "reject", "reason": "off_topic", "feedback": "Not here.", "note": "n", "version": "0"}
        chair.post(page, own)
        list(get_messages(chair.get(address("desk")).wsgi_request))
        undo = click("accept", 1)
        chair.post(undo.url, dict(undo.fields))
        decision = Decision.objects.get()
        assert (decision.verdict, decision.reason, decision.feedback, decision.note) == (
            "reject",
            "off_topic",
            "Not here.",
            "n",
        )

        decision.delete()
        list(get_messages(chair.get(address("desk")).wsgi_request))
        undo = click("waitlist", 0)
        stale = {**dict(undo.fields), "code": f"{proposal.code}:9"}
        assert "changed since then" in main(chair.post(undo.url, stale, follow=True))
        assert f"Undone: {proposal.code}." in main(chair.post(undo.url, dict(undo.fields), follow=True))
        assert not Decision.objects.exists()

    @pytest.mark.slow
    def test_a_verdict_that_its_sponsor_knows_is_not_taken_back_to_none(self, panel, chair, address):
        proposal = panel.proposal(2)
        TeamMemberFactory(sponsor=proposal.sponsor)
        verdict(panel, proposal, "waitlist", feedback="Later, perhaps.")
        release_batch(by=panel.chair, batch=batch_with(panel, proposal))
        text = main(chair.post(address("undo"), {"code": f"{proposal.code}:1"}, follow=True))
        assert f"The sponsor of {proposal.code} knows a verdict already." in text
        assert Decision.objects.count() == 1

    @pytest.mark.parametrize("bad", [{"verdict": "x"}, {"version": "x"}, {"verdict": "accept", "version": "7"}])
    def test_a_bad_click_changes_nothing(self, panel, chair, address, bad):
        proposal = panel.proposal(4)
        response = chair.post(
            address("decide", proposal.code), {"quick": "1", "verdict": "accept", "version": "0", **bad}
        )
        assert (response.status_code, Decision.objects.count()) == (302, 0)

    def test_back_leads_nowhere_but_to_the_desk(self, panel, chair, address):
        proposal = panel.proposal(4)
        click = {"quick": "1", "verdict": "accept", "version": "0", "back": "//evil.example/?x=1\r\nSet-Cookie: a"}
        assert chair.post(address("decide", proposal.code), click).url.startswith(address("desk") + "?")

    @pytest.mark.slow
    def test_views_show_the_undecided_and_each_verdict(self, panel, chair, address):
        done, open_ = panel.proposal(4), panel.proposal(2)
        verdict(panel, done, "waitlist")

        def codes(query):
            return [each["row"].proposal.code for each in chair.get(address("desk") + query).context["rows"]]

        assert codes("?view=undecided") == [open_.code]
        assert codes("?view=waitlist") == [done.code]
        assert codes("?view=nonsense&sort=nonsense&page=99") == [done.code, open_.code]
        assert codes("?sort=merit") == [open_.code, done.code]

    def test_while_reviews_are_open_it_says_so(self, panel, chair, address):
        panel.proposal(4)
        panel.edition.phase = Phase.REVIEW
        panel.edition.save()
        text = main(chair.get(address("desk")))
        assert ("Reviews are still open" in text, 'name="verdict"' in text) == (True, False)

    @pytest.mark.slow
    def test_what_is_hidden_changes_not_a_byte(self, panel, chair, address):
        panel.proposal(4, 3, 3)
        hidden = panel.proposal(2, 2, 2, title="Hidden gem")
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)

        def page():
            return main(chair.get(address("desk"))).split("csrfmiddlewaretoken")[0::2]

        def counts():
            found = chair.get(address("desk")).context["desk"]
            return found.pools, found.undecided, [row.suggestion for row in found.rows], found.unbatched

        before, counted = page(), counts()
        other = panel.cochair()
        panel.review(hidden, panel.reviewers[3], 4)
        decide(by=other, proposal=hidden, verdict="accept", reason="above_the_line")
        assert len(page()) == len(before)
        assert counts() == counted
        assert "Hidden gem" not in "".join(page())
        assert chair.get(address("decide", hidden.code)).status_code == 404


class TestSeveral:
    def test_a_verdict_for_several_records_each_with_its_reason_and_draft(self, panel, chair, address):
        _, _, *proposals = (panel.proposal(value, value, value) for value in (4, 4, 2, 1))
        form = {"code": [f"{each.code}:0" for each in proposals], "verdict": "reject", "back": "view=undecided"}
        response = chair.post(address("decide-several"), form)
        assert response.url == f"{address('desk')}?view=undecided"
        reasons = {each.proposal_id: each.reason for each in Decision.objects.all()}
        assert reasons == {each.pk: "below_the_line" for each in proposals}
        assert all(each.feedback for each in Decision.objects.all())

    def test_all_or_none_and_every_refusal_is_said(self, panel, chair, address):
        sponsor = SponsorFactory(edition=panel.edition, name="Northwind")
        first, second, other = panel.proposal(4, sponsor=sponsor), panel.proposal(3, sponsor=sponsor), panel.proposal(2)
        verdict(panel, other, "waitlist")
        form = {"code": [f"{each.code}:0" for each in (first, second, other)], "verdict": "accept"}
        text = main(chair.post(address("decide-several"), form, follow=True))
        assert "Nothing has changed." in text
        assert f"{second.code}: Northwind (Gold) may have 1 talk accepted" in text
        assert f"{other.code}: Somebody decided on this proposal" in text
        assert list(Decision.objects.values_list("proposal__code", "verdict")) == [(other.code, "waitlist")]

    def test_they_are_put_in_a_batch_or_none_is(self, panel, chair, address):
        done, open_ = panel.proposal(4), panel.proposal(2)
        verdict(panel, done)
        batch = batch_with_nothing(panel)
        both = {"code": [f"{done.code}:1", f"{open_.code}:0"], "batch": str(batch.pk), "put": "1"}
        assert "Nothing has changed." in main(chair.post(address("decide-several"), both, follow=True))
        assert Decision.objects.get().batch is None
        text = main(chair.post(address("decide-several"), {**both, "code": [f"{done.code}:1"]}, follow=True))
        assert "1 proposal put in “Empty”." in text
        assert Decision.objects.get().batch == batch

    @pytest.mark.parametrize(
        "bad", [{}, {"code": "NOPE42:0"}, {"code": "x", "verdict": "accept"}, {"verdict": "x"}, {"batch": "7"}]
    )
    def test_nonsense_changes_nothing(self, panel, chair, address, bad):
        proposal = panel.proposal(4)
        text = main(chair.post(address("decide-several"), {"code": f"{proposal.code}:0", **bad}, follow=True))
        assert "choose at least one of the proposals shown" in text
        assert not Decision.objects.exists()

    def test_what_is_hidden_from_the_chair_is_absent(self, panel, chair, address):
        hidden = panel.proposal(4, title="Hidden gem")
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
        form = {"code": f"{hidden.code}:0", "verdict": "accept"}
        text = main(chair.post(address("decide-several"), form, follow=True))
        assert "choose at least one of the proposals shown" in text
        assert hidden.code not in text
        assert not Decision.objects.exists()

    def test_the_file_holds_the_rows_shown_and_nothing_hidden(self, panel, chair, address):
        shown, hidden = panel.proposal(4, title="Plain sight"), panel.proposal(4, title="Hidden gem")
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
        text = chair.get(f"{address('desk')}?format=csv&view=undecided").content.decode()
        assert f"{shown.code},Plain sight," in text
        assert hidden.code not in text
        assert hidden.sponsor.name not in text


class TestDecision:
    @pytest.mark.slow
    def test_it_starts_from_the_draft_of_the_suggested_verdict(self, panel, chair, address):
        for _ in range(3):
            panel.proposal(4, 4, 4)
        weak = panel.proposal()
        panel.review(weak, panel.reviewers[0], 1, for_sponsor="Show the data.")
        text = main(chair.get(address("decide", weak.code)))
        assert "Show the data." in text
        assert "By its points it is number 4 of 4 talks; there is a place for 2 of them." in text
        initial = chair.get(address("decide", weak.code)).context["form"].initial
        assert (initial["verdict"], initial["reason"]) == ("reject", "below_the_line")
        asked = chair.get(address("decide", weak.code) + "?verdict=waitlist").context["form"].initial
        assert (asked["verdict"], asked["reason"]) == ("waitlist", "no_place_left")

    @pytest.mark.slow
    def test_the_draft_tells_no_other_scores_or_names(self, panel, chair, address):
        others = [panel.proposal(4, 4, 4, title=f"Rival {n}") for n in range(3)]
        weak = panel.proposal(1, 1, 1)
        draft = chair.get(address("decide", weak.code)).context["form"].initial["feedback"]
        for secret in [
            *(each.title for each in others),
            *(each.sponsor.name for each in others),
            *map(str, panel.reviewers),
            "4.00",
        ]:
            assert secret not in draft

    @pytest.mark.slow
    def test_saving_and_the_present_verdict(self, panel, chair, address):
        proposal = panel.proposal(3)
        form = {"verdict": "reject", "reason": "off_topic", "feedback": "Not here.", "note": "n", "version": "0"}
        assert chair.post(address("decide", proposal.code), form).status_code == 302
        text = main(chair.get(address("decide", proposal.code)))
        assert "Not here." in text
        assert address("record", proposal.code) in text

    @pytest.mark.slow
    def test_refusals_keep_what_was_typed(self, panel, chair, address):
        proposal = panel.proposal(3)
        form = {"verdict": "reject", "reason": "", "feedback": "Typed words", "version": "0"}
        response = chair.post(address("decide", proposal.code), form)
        assert response.status_code == 422
        assert "Typed words" in main(response)
        verdict(panel, proposal)
        stale = chair.post(address("decide", proposal.code), {**form, "reason": "off_topic"})
        assert "Somebody decided on this proposal after you opened the page" in main(stale)
        assert "Typed words" in main(stale)
        assert 'name="version" value="1"' in main(stale)

    @pytest.mark.slow
    def test_bad_versions_get_a_sentence(self, panel, chair, address):
        proposal = panel.proposal(3)
        for version in ("", "x", "9" * 30):
            form = {"verdict": "reject", "reason": "off_topic", "version": version}
            assert chair.post(address("decide", proposal.code), form).status_code == 422

    @pytest.mark.slow
    def test_the_draft_follows_verdict_and_reason_unless_it_was_edited(self, panel, chair, address):
        proposal = panel.proposal(3)
        page = address("decide", proposal.code)
        form = dict(chair.get(page).context["form"].initial)
        assert (form["verdict"], form["reason"]) == ("accept", "above_the_line")

        def redrafted(**changes):
            return chair.post(page, {**form, **changes, "redraft": "1"}).context

        rejected = redrafted(verdict="reject")["form"].initial
        assert rejected["reason"] == "chairs_call"
        assert "it does not rest on the scores alone" in rejected["feedback"]
        topic = redrafted(verdict="reject", reason="off_topic")["form"].initial
        assert "does not match the topics of this Expo" in topic["feedback"]
        kept = redrafted(verdict="reject", reason="off_topic", feedback="My own words.")
        assert kept["form"].initial["feedback"] == "My own words."
        assert kept["draft"].text == topic["feedback"]
        assert not Decision.objects.exists()

    @pytest.mark.slow
    def test_a_draft_for_another_reason_is_read_before_it_is_saved(self, panel, chair, address):
        proposal = panel.proposal(3)
        page = address("decide", proposal.code)
        form = dict(chair.get(page).context["form"].initial)
        refused = chair.post(page, {**form, "verdict": "reject", "reason": "duplicate"})
        assert refused.status_code == 422
        assert "There is a new draft for this verdict and reason" in main(refused)
        again = {name: refused.context["form"][name].value() for name in form}
        assert "another proposal covers the same subject" in again["feedback"]
        assert chair.post(page, again).status_code == 302
        assert Decision.objects.get().feedback == again["feedback"]

    def test_strangers_get_404(self, panel, client, address):
        proposal = panel.proposal(3)
        for user in (UserFactory(), panel.reviewers[0]):
            client.force_login(user)
            for name, arguments in (("desk", ()), ("decide", (proposal.code,))):
                assert client.get(address(name, *arguments)).status_code == 404


class TestBatch:
    @pytest.mark.slow
    def test_from_a_name_to_the_release(self, panel, chair, address):
        proposal = panel.proposal(4, title="Forecasts")
        member = TeamMemberFactory(sponsor=proposal.sponsor).user
        verdict(panel, proposal, feedback="Bring the code.")
        page = chair.post(address("create-batch"), {"name": "First verdicts"}).url
        batch = Batch.objects.get()
        assert page == address("batch", batch.pk)
        assert f'value="{proposal.code}"' in main(chair.get(page))
        chair.post(address("put", batch.pk), {"code": [proposal.code]})
        preview = main(chair.get(page))
        assert str(member) in preview
        assert f"Accepted: Forecasts ({panel.edition.name})" in preview
        assert "Bring the code." in preview
        released = chair.post(address("release", batch.pk), follow=True)
        assert "One verdict is released" in main(released)
        proposal.refresh_from_db()
        assert proposal.state == ProposalState.ACCEPTED

    @pytest.mark.slow
    def test_a_draft_that_changed_is_shown_and_taken_over_by_one_click(self, panel, chair, address):
        for _ in range(2):
            panel.proposal(4, 4, 4)
        proposal = panel.proposal(2, 2)
        chair.post(address("decide", proposal.code), {"quick": "1", "verdict": "reject", "version": "0"})
        batch = batch_with(panel, proposal)
        assert not chair.get(address("batch", batch.pk)).context["contents"].previews[0].draft.text
        panel.review(proposal, panel.reviewers[2], 1, for_sponsor="Show the data.")
        refused = chair.post(address("release", batch.pk), {"unread": "1"})
        assert refused.status_code == 422
        assert f"what the draft of the feedback says for {proposal.code}" in main(refused)
        preview = refused.context["contents"].previews[0]
        assert not preview.is_edited
        assert "Show the data." in preview.draft.text
        assert chair.post(address("decide", proposal.code), preview.form).url == address("batch", batch.pk)
        assert "is released" in main(chair.post(address("release", batch.pk), follow=True))

    @pytest.mark.slow
    def test_releasing_twice_says_that_it_was_done(self, panel, chair, address):
        proposal = panel.proposal(4)
        verdict(panel, proposal)
        batch = batch_with(panel, proposal)
        chair.post(address("release", batch.pk))
        again = chair.post(address("release", batch.pk))
        assert again.status_code == 422
        assert "has been released and cannot change" in main(again)

    @pytest.mark.slow
    def test_who_was_left_out_is_said(self, panel, chair, address):
        gone, there = panel.proposal(4, title="Gone fishing"), panel.proposal(3)
        for proposal in (gone, there):
            verdict(panel, proposal)
        batch = batch_with(panel, gone, there)
        gone.state = ProposalState.WITHDRAWN
        gone.save()
        assert "It has been withdrawn" in main(chair.get(address("batch", batch.pk)))
        text = main(chair.post(address("release", batch.pk), follow=True))
        assert "“Gone fishing” was left out: it is withdrawn." in text

    @pytest.mark.slow
    def test_a_conflicted_chair_releases_the_rest_and_learns_of_nothing_else(self, panel, client, address):
        hidden, seen = panel.proposal(4, title="Hidden gem"), panel.proposal(3, title="Plain sight")
        for proposal in (hidden, seen):
            verdict(panel, proposal)
        batch = batch_with(panel, hidden, seen)
        other = panel.cochair()
        ConflictFactory(user=other, sponsor=hidden.sponsor)
        client.force_login(other)
        text = main(client.get(address("batch", batch.pk)))
        assert "Plain sight" in text
        released = main(client.post(address("release", batch.pk), follow=True))
        assert "One verdict is released" in released
        listed = main(client.get(address("batches")))
        for secret in ("Hidden gem", hidden.code, hidden.sponsor.name):
            assert secret not in text + released + listed

    @pytest.mark.parametrize("codes", [[], ["NOPE42"]])
    def test_odd_choices_get_a_sentence(self, panel, chair, address, codes):
        response = chair.post(address("put", batch_with_nothing(panel).pk), {"code": codes})
        assert response.status_code == 422
        assert "Choose at least one of the proposals shown." in main(response)

    def test_a_name_that_is_taken_is_refused_on_the_desk(self, panel, chair, address):
        panel.proposal(4)
        batch_with_nothing(panel)
        response = chair.post(address("create-batch"), {"name": "Empty"})
        assert response.status_code == 422
        assert "There is a batch “Empty” already." in main(response)

    def test_verbs_are_post_only(self, panel, chair, address):
        batch = batch_with_nothing(panel)
        for name in ("put", "take-out", "release"):
            assert chair.get(address(name, batch.pk)).status_code == 405

    def test_batches_of_other_editions_are_absent(self, panel, chair):
        other = batch_with_nothing(panel)
        path = reverse("decisions:batch", args=["elsewhere", other.pk])
        assert chair.get(path).status_code == 404


def batch_with_nothing(panel):
    return create_batch(by=panel.chair, edition=panel.edition, name="Empty")


@pytest.mark.slow
def test_pages_ask_a_constant_number_of_questions(panel, chair, address):
    def more(n):
        made = [panel.proposal(3, 2, 4) for _ in range(n)]
        for proposal in made:
            TeamMemberFactory(sponsor=proposal.sponsor)
            verdict(panel, proposal)
        return made

    first = more(2)
    batch = batch_with(panel, *first)
    spare = create_batch(by=panel.chair, edition=panel.edition, name="Spare")
    put_in_batch(by=panel.chair, batch=spare, proposals=more(1))
    more(1)

    def asked(*target):
        chair.get(address(*target))
        with CaptureQueriesContext(connection) as queries:
            assert chair.get(address(*target)).status_code == 200
        return len(queries)

    def open_pages():
        return {target: asked(*target) for target in (("desk",), ("decide", first[0].code), ("batch", batch.pk))}

    few = open_pages()
    put_in_batch(by=panel.chair, batch=batch, proposals=more(18))
    more(3)
    assert open_pages() == few

    chair.post(address("release", spare.pk))
    chair.post(address("release", batch.pk))
    assert asked("batch", batch.pk) == asked("batch", spare.pk)


class TestAnew:
    @pytest.mark.slow
    def test_a_rejection_is_reversed_on_its_page_and_the_earlier_verdict_stays_on_record(self, panel, chair, address):
        proposal = panel.proposal(2, 2, 2)
        TeamMemberFactory(sponsor=proposal.sponsor)
        verdict(panel, proposal, "reject", feedback="Show the data.")
        release_batch(by=panel.chair, batch=batch_with(panel, proposal))
        panel.edition.phase = Phase.PUBLISHED
        panel.edition.save()
        assert "Decide again" in main(chair.get(address("desk")))
        page = main(chair.get(address("decide", proposal.code) + "?change=1"))
        assert all(words in page for words in ("Its sponsor already has a verdict", "Reject: below the line"))
        form = {"verdict": "accept", "reason": "chairs_call", "feedback": "After all.", "version": "1"}
        said = main(chair.post(address("decide", proposal.code), form, follow=True))
        assert f"{proposal.code}: Accept. Its sponsor is notified when its batch is released." in said
        assert "not released" in " ".join(said.split())
        batch = create_batch(by=panel.chair, edition=panel.edition, name="Anew")
        put_in_batch(by=panel.chair, batch=batch, proposals=[proposal])
        assert "This verdict replaces the earlier one (not accepted)." in main(chair.get(address("batch", batch.pk)))
        chair.post(address("release", batch.pk))
        page = " ".join(main(chair.get(address("record", proposal.code))).split())
        assert all(words in page for words in ("Accept released (chairs", "Reject released (below the line)"))
        proposal.refresh_from_db()
        assert proposal.state == ProposalState.ACCEPTED


@pytest.mark.parametrize("version", ["9" * 5000, "9" * 30, "-1", "x", ""])
def test_a_nonsense_version_of_a_chosen_proposal_changes_nothing(panel, chair, address, version):
    proposal = panel.proposal(4, 4, 4)
    form = {"code": [f"{proposal.code}:{version}"], "verdict": "accept"}
    assert "Nothing has changed" in main(chair.post(address("decide-several"), form, follow=True))
    assert not Decision.objects.exists()


def test_a_proposal_that_is_sent_twice_is_decided_and_counted_once(panel, chair, address):
    proposal = panel.proposal(4, 4, 4)
    form = {"code": [f"{proposal.code}:0", f"{proposal.code}:1"], "verdict": "accept"}
    chair.post(address("decide-several"), form)
    assert [str(each) for each in get_messages(chair.get(address("desk")).wsgi_request)] == ["Accept: 1 proposal."]
    assert Decision.objects.get().version == 1


def test_after_a_refused_name_of_a_batch_the_list_still_searches_and_sorts(panel, chair, address):
    """Its links ask for more of the page that the refused form is on."""
    panel.proposal(4, 4, 4)
    assert chair.post(address("create-batch"), {"name": ""}).status_code == 422
    response = chair.get(address("create-batch"), {"sort": "-title", "q": "a b"})
    assert (response.status_code, response["Location"]) == (302, f"{address('desk')}?sort=-title&q=a+b")
    assert chair.get(address("create-batch"))["Location"] == f"{address('desk')}?all=1"
    assert chair.put(address("create-batch")).status_code == 405

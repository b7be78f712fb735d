"""The chairs' room: questions before unusual acceptances, undo, notes, read marks, the waiting list's order."""

import pytest
from django.urls import reverse

from expo.kit.errors import Invalid, NotAllowed, WrongState
from expo.proposals.services.submission import withdraw
from reviews.decisions.models import ChairNotes, Decision, Released
from reviews.decisions.queries.asks import ASKS, NeedsConfirmation
from reviews.decisions.queries.batches import batch_page
from reviews.decisions.queries.desk import desk_of
from reviews.decisions.queries.places import places_of
from reviews.decisions.queries.waitlist import waiting_lists
from reviews.decisions.services.batches import create_batch, mark_feedback_read, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide, decide_by_points, decide_several, undo_verdicts
from reviews.decisions.services.notes import add_tags, mark_opened, save_notes
from reviews.decisions.services.waitlist import move_on_waiting_list
from tests.factories import ConflictFactory, FormatFactory, SponsorFactory, TeamMemberFactory, TrackFactory
from tests.pages import press_undo, squeezed

ACCEPT = {"verdict": "accept", "reason": "chairs_call"}


def walled_chair(panel, proposal):
    chair = panel.cochair()
    ConflictFactory(user=chair, sponsor=proposal.sponsor)
    return chair


def batch_with(panel, *proposals):
    batch = create_batch(by=panel.chair, edition=panel.edition, name="First")
    return put_in_batch(by=panel.chair, batch=batch, proposals=proposals)


class TestAsking:
    def asked(self, panel, proposal, **more):
        with pytest.raises(NeedsConfirmation) as needed:
            decide(by=panel.chair, proposal=proposal, **ACCEPT, **more)
        assert needed.value.code == "needs-confirmation"
        return [(ask.code, ask.sentence) for ask in needed.value.asks[proposal.code]]

    def test_an_acceptance_without_a_review_is_asked_for_and_kept_with_what_was_confirmed(self, panel):
        proposal = panel.proposal()
        said = [("no-review", "No review of it counts yet.")]
        assert self.asked(panel, proposal) == said
        assert self.asked(panel, proposal, confirmed=["recruiting"]) == said
        decision = decide(by=panel.chair, proposal=proposal, **ACCEPT, confirmed=["no-review"])
        assert decision.snapshot["confirmed"] == [{"code": "no-review", "sentence": said[0][1]}]
        again = decide(by=panel.chair, proposal=proposal, **ACCEPT, feedback="Welcome.", version=1)
        assert again.snapshot["confirmed"] == decision.snapshot["confirmed"]
        decide(by=panel.chair, proposal=proposal, verdict="reject", reason="off_topic", version=2)
        assert self.asked(panel, proposal, version=3) == said

    def test_what_is_flagged_or_over_capacity_is_asked_for_in_sentences_of_facts(self, panel):
        for _ in range(2):
            decide(by=panel.chair, proposal=panel.proposal(4), **ACCEPT)
        third = panel.proposal(4)
        panel.review(third, panel.reviewers[1], 4, is_recruiting=True)
        third.flags = [{"code": "link", "field": "abstract", "excerpt": "x", "sentence": "y", "reason": ""}]
        third.save()
        ConflictFactory(user=panel.reviewers[0], sponsor=third.sponsor)
        assert self.asked(panel, third) == [
            ("over-capacity", "With it 3 of 2 places of Talk would be taken."),
            ("recruiting", "1 of 2 reviews flags recruiting or sales."),
            ("conflict", "1 review of it counts although its reviewer has a conflict of interest."),
            ("checks", "The checks found 1 thing in its text."),
        ]
        assert {code for code, _ in self.asked(panel, third)} | {"no-review"} == ASKS

    def test_many_at_once_are_asked_for_together_and_all_or_none_are_decided(self, panel):
        chosen = [(panel.proposal(4), 0) for _ in range(3)] + [(panel.proposal(), 0)]
        with pytest.raises(NeedsConfirmation) as needed:
            decide_several(by=panel.chair, chosen=chosen, verdict="accept")
        third, fourth = (proposal.code for proposal, _ in chosen[2:])
        assert needed.value.tokens == [f"{third}:over-capacity", f"{fourth}:no-review", f"{fourth}:over-capacity"]
        assert "With it 4 of 2 places" in needed.value.message
        assert not Decision.objects.exists()
        decide_several(by=panel.chair, chosen=chosen, verdict="accept", confirmed=needed.value.tokens)
        assert Decision.objects.count() == 4

    def test_one_click_and_the_page_ask_and_the_button_confirms(self, client, panel):
        client.force_login(panel.chair)
        quick, typed = panel.proposal(), panel.proposal()
        desk = reverse("decisions:desk", args=[panel.edition.slug])
        address = reverse("decisions:decide", args=[panel.edition.slug, quick.code])
        click = {"quick": "1", "verdict": "accept", "version": "0"}
        response = client.post(address, click, follow=True)
        assert "No review of it counts yet." in squeezed(response)
        assert not Decision.objects.exists()
        client.post(address, click)
        press_undo(client, desk)
        assert Decision.objects.get().proposal == quick

        address = reverse("decisions:decide", args=[panel.edition.slug, typed.code])
        form = {**ACCEPT, "feedback": "Own words.", "version": "0"}
        response = client.post(address, form)
        assert response.status_code == 422
        page = squeezed(response)
        assert "Own words." in page
        assert f'name="confirmed" value="{typed.code}:no-review"' in page
        assert "Accept all the same" in page
        client.post(address, {**form, "confirmed": f"{typed.code}:no-review"})
        assert Decision.objects.get(proposal=typed).feedback_read_by == panel.chair


class TestUndo:
    def test_several_verdicts_are_undone_to_what_each_was(self, client, panel):
        client.force_login(panel.chair)
        fresh, changed = panel.proposal(4), panel.proposal(3)
        own = decide(
            by=panel.chair, proposal=changed, verdict="reject", reason="off_topic", feedback="Mine.", is_read=True
        )
        several = reverse("decisions:decide-several", args=[panel.edition.slug])
        client.post(several, {"verdict": "accept", "code": [f"{fresh.code}:0", f"{changed.code}:{own.version}"]})
        assert {each.verdict for each in Decision.objects.all()} == {"accept"}
        press_undo(client, reverse("decisions:desk", args=[panel.edition.slug]))
        decision = Decision.objects.get()
        assert (decision.proposal, decision.verdict, decision.reason) == (changed, "reject", "off_topic")
        assert (decision.feedback, decision.feedback_read_by, decision.facts) == ("Mine.", panel.chair, {})

    def test_a_drafted_text_comes_back_with_its_facts(self, panel):
        proposal = panel.proposal(4, 3)
        drafted = decide_by_points(by=panel.chair, proposal=proposal, verdict="accept", version=0)
        second = decide_by_points(by=panel.chair, proposal=proposal, verdict="waitlist", version=1)
        undo_verdicts(by=panel.chair, chosen=[(proposal, second.version)])
        back = Decision.objects.get()
        assert (back.verdict, back.feedback, back.facts) == ("accept", drafted.feedback, drafted.facts)
        assert back.facts

    def test_one_that_has_changed_since_undoes_none(self, panel):
        one, other = panel.proposal(4), panel.proposal(3)
        versions = [decide(by=panel.chair, proposal=each, **ACCEPT).version for each in (one, other)]
        decide(by=panel.cochair(), proposal=other, verdict="reject", reason="off_topic", version=1)
        with pytest.raises(WrongState, match=f"The verdict on {other.code} has changed since then"):
            undo_verdicts(by=panel.chair, chosen=[(one, versions[0]), (other, versions[1])])
        assert Decision.objects.count() == 2


class TestNotes:
    def test_tags_and_note_are_tidied_and_belong_to_one_chair(self, client, panel):
        proposal, other = panel.proposal(4), panel.cochair()
        save_notes(by=panel.chair, proposal=proposal, tags=[" Ask  Priya", "ask priya", ""], note=" Good.\r\n")
        add_tags(by=panel.chair, proposals=[proposal], tags=["late"])
        notes = ChairNotes.objects.get()
        assert (notes.tags, notes.note) == (["ask priya", "late"], "Good.")
        pages = {}
        for chair in (panel.chair, other):
            client.force_login(chair)
            pages[chair] = squeezed(client.get(reverse("decisions:desk", args=[panel.edition.slug])))
        assert "ask priya" in pages[panel.chair]
        assert "priya" not in pages[other]
        client.force_login(panel.chair)
        desk = reverse("decisions:desk", args=[panel.edition.slug])
        panel.proposal(3)
        assert client.get(f"{desk}?tag=late").context["list"].shown == 1
        assert client.get(f"{desk}?q=priya").context["list"].shown == 1

    def test_what_a_conflict_hides_takes_no_notes(self, panel):
        proposal = panel.proposal(4)
        walled = walled_chair(panel, proposal)
        for verb, given in ((save_notes, {"tags": [], "note": "x"}), (mark_opened, {})):
            with pytest.raises(NotAllowed):
                verb(by=walled, proposal=proposal, **given)
        with pytest.raises(NotAllowed):
            add_tags(by=walled, proposals=[proposal], tags=["x"])
        assert not ChairNotes.objects.exists()

    @pytest.mark.parametrize("tags", [["x" * 31], [str(number) for number in range(11)]])
    def test_too_much_is_refused(self, panel, tags):
        with pytest.raises(Invalid):
            save_notes(by=panel.chair, proposal=panel.proposal(), tags=tags, note="")

    def test_a_page_that_was_opened_is_marked_for_who_opened_it(self, client, panel):
        proposal = panel.proposal(4)
        client.force_login(panel.chair)
        client.get(reverse("decisions:decide", args=[panel.edition.slug, proposal.code]))
        assert desk_of(panel.edition, panel.chair).rows[0].is_opened
        assert not desk_of(panel.edition, panel.cochair()).rows[0].is_opened


class TestReading:
    def test_one_click_leaves_the_text_unread_and_any_other_text_clears_the_mark(self, panel):
        proposal = panel.proposal(4)
        given = {"by": panel.chair, "proposal": proposal, **ACCEPT}
        assert decide_by_points(by=panel.chair, proposal=proposal, verdict="accept", version=0).feedback_read_by is None
        read = decide(**given, feedback="Words.", version=1, is_read=True)
        assert read.feedback_read_by == panel.chair
        kept = decide(**given, feedback="Words.", note="A note.", version=2)
        assert kept.feedback_read_by == panel.chair
        assert decide(**given, feedback="Other words.", version=3).feedback_read_by is None

    def test_texts_are_marked_read_in_the_batch_by_the_version_seen(self, panel):
        one, other = panel.proposal(4), panel.proposal(3)
        for each in (one, other):
            decide_by_points(by=panel.chair, proposal=each, verdict="accept", version=0)
        batch = batch_with(panel, one, other)
        assert batch_page(batch, panel.chair).unread == 2
        assert mark_feedback_read(by=panel.chair, batch=batch, seen=[(one, 1)]) == 1
        page = batch_page(batch, panel.chair)
        assert (page.unread, page.next_unread) == (1, f"p-{other.code}")
        with pytest.raises(WrongState, match="has changed since"):
            mark_feedback_read(by=panel.chair, batch=batch, seen=[(other, 7)])
        with pytest.raises(Invalid):
            mark_feedback_read(by=walled_chair(panel, other), batch=batch, seen=[(other, 1)])

    def test_a_release_asks_once_about_texts_that_nobody_has_read(self, client, panel):
        client.force_login(panel.chair)
        proposal = panel.proposal(4, 4)
        TeamMemberFactory(sponsor=proposal.sponsor)
        decide_by_points(by=panel.chair, proposal=proposal, verdict="accept", version=0)
        batch = batch_with(panel, proposal)
        page = squeezed(client.get(reverse("decisions:batch", args=[panel.edition.slug, batch.pk])))
        assert "One text of feedback has been read by nobody. Sponsors get their verdicts at once" in page
        address = reverse("decisions:release", args=[panel.edition.slug, batch.pk])
        assert client.post(address).status_code == 422
        assert not Released.objects.exists()
        client.post(address, {"unread": "1"})
        assert Released.objects.get().proposal == proposal

    def test_marking_leads_to_the_next_unread_text(self, client, panel):
        client.force_login(panel.chair)
        proposals = [panel.proposal(4), panel.proposal(3)]
        for each in proposals:
            decide_by_points(by=panel.chair, proposal=each, verdict="accept", version=0)
        batch = batch_with(panel, *proposals)
        here = reverse("decisions:batch", args=[panel.edition.slug, batch.pk])
        first, second = [each.decision.proposal.code for each in batch_page(batch, panel.chair).previews]
        address = reverse("decisions:read", args=[panel.edition.slug, batch.pk])
        assert client.post(address, {"code": f"{first}:1"}).url == f"{here}?open=unread#p-{second}"
        assert client.post(address, {"code": f"{second}:1"}).url == f"{here}#reading"


class TestWaitingList:
    @pytest.fixture
    def waiting(self, panel):
        found = [panel.proposal(value, value) for value in (4, 3, 2)]
        for each in found:
            decide(by=panel.chair, proposal=each, verdict="waitlist", reason="no_place_left", feedback="Wait.")
        return found

    def order(self, panel):
        return [[row.proposal for row in each.rows] for each in waiting_lists(panel.edition, panel.chair)]

    def test_it_goes_by_score_until_a_chair_moves_somebody(self, panel, waiting):
        first, second, third = waiting
        assert self.order(panel) == [[first, second, third]]
        assert move_on_waiting_list(by=panel.chair, proposal=third, places=-1, seen=3) == 2
        assert self.order(panel) == [[first, third, second]]
        assert [each.waitlist_position for each in Decision.objects.order_by("waitlist_position")] == [1, 2, 3]
        with pytest.raises(WrongState, match="is now number 2"):
            move_on_waiting_list(by=panel.chair, proposal=third, places=-1, seen=3)
        decide(by=panel.chair, proposal=first, **ACCEPT, version=1)
        assert Decision.objects.get(proposal=first).waitlist_position is None
        assert self.order(panel) == [[third, second]]

    def test_a_chair_with_a_conflict_leaves_the_order_to_another(self, panel, waiting):
        walled = walled_chair(panel, waiting[0])
        with pytest.raises(WrongState, match="Another cochair must set the order"):
            move_on_waiting_list(by=walled, proposal=waiting[2], places=-1, seen=2)

    def test_a_chair_with_a_conflict_does_not_read_that_something_hidden_was_moved(self, client, panel, waiting):
        client.force_login(walled_chair(panel, waiting[0]))
        desk = reverse("decisions:desk", args=[panel.edition.slug])

        def order():
            return squeezed(client.get(desk)).partition('id="waiting"')[2].partition("</section>")[0]

        before = order()
        assert move_on_waiting_list(by=panel.chair, proposal=waiting[0], places=2, seen=1) == 3
        assert waiting[1].title in before
        assert order() == before

    def test_the_next_place_goes_to_the_first_in_that_order(self, panel, waiting):
        gone = panel.proposal(4, 4)
        TeamMemberFactory(sponsor=gone.sponsor)
        decide(by=panel.chair, proposal=gone, **ACCEPT, feedback="Yes.")
        for each in waiting:
            TeamMemberFactory(sponsor=each.sponsor)
        release_batch(by=panel.chair, batch=batch_with(panel, gone, *waiting))
        move_on_waiting_list(by=panel.chair, proposal=waiting[2], places=-2, seen=3)
        gone.refresh_from_db()
        withdraw(by=gone.sponsor.team.get().user, proposal=gone, reason="Ill.")
        (place,) = places_of(panel.edition, panel.chair).pools
        assert [each.proposal for each in place.candidates] == [waiting[2], waiting[0], waiting[1]]


class TestPools:
    def test_each_pool_stands_apart_with_its_own_line(self, client, panel):
        client.force_login(panel.chair)
        for value in (4, 3, 2):
            panel.proposal(value, value, title=f"Talk of {value}")
        demo = FormatFactory(edition=panel.edition, name="Demo", slug="demo", minutes=30)
        TrackFactory(edition=panel.edition, formats=[demo])
        shown = panel.proposal(4, 4, title="Demo of 4")
        shown.format = demo
        shown.save()
        desk = reverse("decisions:desk", args=[panel.edition.slug])
        response = client.get(desk)
        rows = response.context["rows"]
        assert [each["row"].proposal.title for each in rows] == ["Talk of 4", "Talk of 3", "Talk of 2", "Demo of 4"]
        assert [each["pool"].name if each["pool"] else "" for each in rows] == ["Talk", "", "", "Demo"]
        assert "Talk<small>2 places · line at" in squeezed(response)
        key = rows[-1]["row"].score.pool.key
        assert [each["row"].proposal for each in client.get(f"{desk}?pool={key}").context["rows"]] == [shown]

    def test_what_it_needs_is_the_line_or_says_why_not(self, panel):
        sponsor = SponsorFactory(edition=panel.edition)
        first, held = panel.proposal(4, 4, sponsor=sponsor), panel.proposal(3, 3, sponsor=sponsor)
        last, low = panel.proposal(2, 2), panel.proposal(1, 1)
        rows = {row.proposal: row for row in desk_of(panel.edition, panel.chair).rows}
        line = rows[last].score.merit
        assert {row.score.line for row in rows.values()} == {line}
        assert (rows[low].suggestion.needs, rows[low].why_not_the_line) == (pytest.approx(line, abs=1e-5), "")
        assert rows[held].suggestion.needs == pytest.approx(rows[first].score.merit, abs=1e-5)
        assert rows[held].why_not_the_line == (
            f"The line of Talk is {line:.2f}; this number differs, because it counts the limit of its sponsor's tier "
            "too."
        )

"""A place that became free goes to the waiting list with one click, past every rule that holds otherwise."""

import re
from datetime import timedelta

import pytest

from expo.editions.models import Edition
from expo.kit import clock
from expo.kit.errors import NotAllowed, WrongState
from expo.notify.models import Message
from expo.proposals.models import Proposal
from expo.proposals.services.submission import confirm, decline, lapse, restore, withdraw
from reviews.decisions.models import Batch, Released
from reviews.decisions.queries.asks import ASKS
from reviews.decisions.queries.places import places_of
from reviews.decisions.queries.waiting import for_chairs
from reviews.decisions.services.batches import create_batch, put_in_batch, release_batch
from reviews.decisions.services.decisions import decide
from reviews.decisions.services.places import accept_from_waiting_list
from tests.concurrency import race
from tests.factories import ConflictFactory, EntitlementFactory, FormatFactory, TeamMemberFactory, TrackFactory
from tests.pages import squeezed

VERDICTS = {
    "accept": {"verdict": "accept", "reason": "above_the_line", "confirmed": ASKS},
    "waitlist": {"verdict": "waitlist", "reason": "no_place_left"},
    "reject": {"verdict": "reject", "reason": "below_the_line"},
}


@pytest.fixture
def decided(panel):
    """Two talk places: two accepted, then three on the waiting list, best first."""
    return release(panel, accept=[(4, 4), (3, 4)], waitlist=[(3, 3), (2, 3), (2, 2)])


def release(panel, **verdicts) -> list[Proposal]:
    batch = create_batch(by=panel.chair, edition=panel.edition, name=f"Batch {Batch.objects.count()}")
    made = []
    for verdict, levels in verdicts.items():
        for values in levels:
            proposal = panel.proposal(*values)
            TeamMemberFactory(sponsor=proposal.sponsor)
            decide(by=panel.chair, proposal=proposal, **VERDICTS[verdict])
            made.append(proposal)
    put_in_batch(by=panel.chair, batch=batch, proposals=made)
    release_batch(by=panel.chair, batch=batch)
    return [fresh(each) for each in made]


def fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.select_related("edition", "sponsor", "format").get(pk=proposal.pk)


def team(proposal: Proposal):
    return proposal.sponsor.team.get().user


def accept(panel, proposal, *, by=None, version=1, **given):
    return accept_from_waiting_list(by=by or panel.chair, proposal=proposal, version=version, **given)


def refusal(verb, *args, **given) -> WrongState:
    with pytest.raises(WrongState) as caught:
        verb(*args, **given)
    return caught.value


def waiting(panel, user=None) -> dict[str, int]:
    rows = for_chairs(user or panel.chair, [Edition.objects.get(pk=panel.edition.pk)])
    return {row.key: row.count for row in rows if row.key in ("free-places", "unconfirmed")}


def pass_the_day(panel) -> None:
    panel.edition.confirm_by_at = clock.now() - timedelta(days=1)
    panel.edition.save()
    Proposal.objects.filter(state="accepted").update(verdict_at=clock.now() - timedelta(days=9))


@pytest.mark.slow
class TestWhoIsNext:
    def test_nothing_is_free_while_everything_accepted_stays(self, panel, decided):
        assert places_of(panel.edition, panel.chair).pools == ()
        assert waiting(panel) == {"free-places": 0, "unconfirmed": 0}

    @pytest.mark.parametrize(("verb", "how"), [(decline, "declined"), (withdraw, "withdrawn")])
    def test_a_place_that_became_free_names_why_and_the_best_that_waits(self, panel, decided, verb, how):
        gone, _, *listed = decided
        verb(by=team(gone), proposal=gone, reason="No visa.")
        [place] = places_of(panel.edition, panel.chair).pools
        assert (place.pool.name, place.free) == ("Talk", 1)
        [vacated] = place.vacated
        assert (vacated.proposal, vacated.how, vacated.by, vacated.reason) == (gone, how, str(team(gone)), "No visa.")
        assert [each.proposal for each in place.candidates] == listed
        assert [each.merit for each in place.candidates] == sorted(
            (each.merit for each in place.candidates), reverse=True
        )
        assert waiting(panel) == {"free-places": 1, "unconfirmed": 0}

    def test_whom_the_tier_does_not_allow_is_not_next(self, panel, decided):
        gone, other, first, second, third = decided
        Proposal.objects.filter(pk=first.pk).update(sponsor=other.sponsor)
        decline(by=team(gone), proposal=gone)
        [place] = places_of(panel.edition, panel.chair).pools
        assert [each.proposal for each in place.candidates] == [second, third]

    def test_whom_a_chair_is_deciding_on_is_not_next(self, panel, decided):
        gone, _, first, second, third = decided
        decline(by=team(gone), proposal=gone)
        decide(by=panel.chair, proposal=first, **VERDICTS["reject"], version=1)
        [place] = places_of(panel.edition, panel.chair).pools
        assert [each.proposal for each in place.candidates] == [second, third]

    def test_other_pools_do_not_take_it(self, panel, decided):
        demo = FormatFactory(edition=panel.edition, name="Demo", slug="demo", minutes=30)
        TrackFactory(edition=panel.edition, formats=[demo])
        EntitlementFactory(tier=panel.edition.tiers.get(), format=demo)
        gone, _, first, second, third = decided
        Proposal.objects.filter(pk=first.pk).update(format=demo)
        decline(by=team(gone), proposal=gone)
        [place] = places_of(panel.edition, panel.chair).pools
        assert [each.proposal for each in place.candidates] == [second, third]

    def test_in_a_pool_of_minutes_only_what_fits(self, panel, decided):
        track = panel.edition.tracks.get()
        short = FormatFactory(edition=panel.edition, name="Short", slug="short", minutes=20)
        track.formats.add(short)
        EntitlementFactory(tier=panel.edition.tiers.get(), format=short)
        _, gone, _, second, _ = decided
        Proposal.objects.filter(pk__in=[gone.pk, second.pk]).update(format=short)
        staying = panel.proposal(4)
        decide(by=panel.chair, proposal=staying, **VERDICTS["accept"])
        Proposal.objects.filter(pk=staying.pk).update(format=short)
        decline(by=team(gone), proposal=fresh(gone))
        [place] = places_of(panel.edition, panel.chair).pools
        assert (place.pool.unit, place.free) == ("minutes", 40)
        assert [each.proposal for each in place.candidates] == [second]

    def test_a_place_taken_since_is_not_free(self, panel, decided):
        gone, other, first, second, _ = decided
        decline(by=team(gone), proposal=gone)
        accept(panel, first)
        assert places_of(panel.edition, panel.chair).pools == ()
        decline(by=team(other), proposal=other)
        [place] = places_of(panel.edition, panel.chair).pools
        assert [each.proposal for each in place.vacated] == [other]
        assert place.next.proposal == second

    def test_what_came_back_is_not_free(self, panel, decided):
        gone = decided[0]
        decline(by=team(gone), proposal=gone)
        restore(by=panel.chair, proposal=gone)
        assert places_of(panel.edition, panel.chair).pools == ()


@pytest.mark.slow
class TestOneClick:
    def test_it_decides_and_releases_in_a_batch_of_its_own(self, panel, decided):
        gone, _, first, *_ = decided
        decline(by=team(gone), proposal=gone)
        report = accept(panel, first)
        assert (report.released, report.batch.name, report.batch.state) == (1, "From the waiting list", "released")
        assert fresh(first).state == "accepted"
        last = Released.objects.get(proposal=first, superseded_by=None)
        assert (last.verdict, last.batch, last.supersedes.verdict) == ("accept", report.batch, "waitlist")
        mail = Message.objects.get(kind="decisions/accepted", recipient=team(first))
        assert "This verdict replaces the earlier one (on the waiting list)." in mail.body
        assert confirm(by=team(first), proposal=first).state == "confirmed"

    def test_only_the_next_unless_another_is_chosen(self, panel, decided):
        gone, _, first, second, _ = decided
        decline(by=team(gone), proposal=gone)
        refused = refusal(accept, panel, second)
        assert (refused.code, f"{first.code} “{first.title}” is." in refused.message) == ("not-next", True)
        assert accept(panel, second, is_next=False).released == 1

    def test_nothing_without_a_free_place(self, panel, decided):
        assert refusal(accept, panel, decided[2]).code == "no-free-place"
        assert Batch.objects.count() == 1

    def test_where_a_second_chair_signs_a_place_is_not_given_by_one_click(self, panel, decided):
        gone, _, first, *_ = decided
        decline(by=team(gone), proposal=gone)
        panel.edition.needs_second_chair = True
        panel.edition.save()
        assert refusal(accept, panel, first).code == "needs-second-chair"
        assert fresh(first).state == "waitlisted"

    def test_an_old_page_is_refused_with_who_changed_it(self, panel, decided):
        gone, _, first, *_ = decided
        decline(by=team(gone), proposal=gone)
        refused = refusal(accept, panel, first, version=7)
        assert refused.code == "stale-version"
        assert refused.message.startswith(f"{panel.chair} has changed the verdict on {first.code}")

    def test_not_for_organisers_reviewers_or_a_chair_with_a_conflict_with_it(self, panel, decided):
        gone, _, first, *_ = decided
        decline(by=team(gone), proposal=gone)
        walled = panel.cochair()
        ConflictFactory(user=walled, sponsor=first.sponsor)
        for person in (walled, panel.reviewers[0], team(first)):
            with pytest.raises(NotAllowed):
                accept(panel, first, by=person)

    def test_the_second_batch_has_a_name_of_its_own_that_names_nobody(self, panel, decided):
        one, other, first, second, _ = decided
        for gone, taker in ((one, first), (other, second)):
            decline(by=team(gone), proposal=gone)
            accept(panel, taker)
        names = set(Batch.objects.filter(name__startswith="From").values_list("name", flat=True))
        assert names == {"From the waiting list", "From the waiting list 2"}

    def test_the_page_shows_the_card_and_its_button_does_it(self, panel, decided, client):
        gone, _, first, second, _ = decided
        decline(by=team(gone), proposal=gone, reason="No visa.")
        client.force_login(panel.chair, backend="django.contrib.auth.backends.ModelBackend")
        desk = f"/e/{panel.edition.slug}/decisions/"
        page = client.get(desk).content.decode()
        words = squeezed(page)
        assert "Talk: 1 of 2 places free" in words
        assert "No visa." in words
        assert f"Accept “{first.title}”" in words
        assert f"Accept “{second.title}”" in words  # under “Choose another”
        done = client.post(f"{desk}{first.code}/accept-next/", {"version": 1, "is_next": "1"}, follow=True)
        assert f"{first.code} is accepted, and its sponsor is being notified." in done.content.decode()
        again = client.post(f"{desk}{first.code}/accept-next/", {"version": 1, "is_next": "1"}, follow=True)
        assert "is accepted, not on the waiting list" in again.content.decode()


@pytest.mark.slow
class TestLapsing:
    def test_first_its_place_is_released_then_the_next_takes_it(self, panel, decided, client):
        late, sure, first, *_ = decided
        confirm(by=team(sure), proposal=sure)
        assert places_of(panel.edition, panel.chair).unconfirmed == ()
        pass_the_day(panel)
        places = places_of(panel.edition, panel.chair)
        assert (places.unconfirmed, places.pools) == ((late,), ())
        assert waiting(panel) == {"free-places": 0, "unconfirmed": 1}
        client.force_login(panel.chair, backend="django.contrib.auth.backends.ModelBackend")
        desk = f"/e/{panel.edition.slug}/decisions/"
        assert f"Release the place of “{late.title}”" in squeezed(client.get(desk).content.decode())
        client.post(f"{desk}{late.code}/release-place/")
        assert fresh(late).withdrawn_as == "lapsed"
        [place] = places_of(panel.edition, panel.chair).pools
        assert (place.vacated[0].how, place.next.proposal) == ("not confirmed in time", first)

    def test_who_confirms_late_keeps_it(self, panel, decided):
        late = decided[0]
        pass_the_day(panel)
        confirm(by=team(late), proposal=late)
        assert late not in places_of(panel.edition, panel.chair).unconfirmed


@pytest.mark.slow
class TestWall:
    HIDDEN = "Conflicts of interest hide something of this edition from you"

    def test_a_chair_with_a_conflict_reads_one_sentence_and_no_name(self, panel, decided, client):
        gone, _, first, *others = decided
        walled = panel.cochair()
        ConflictFactory(user=walled, sponsor=first.sponsor)
        decline(by=team(gone), proposal=gone)
        client.force_login(walled, backend="django.contrib.auth.backends.ModelBackend")
        words = squeezed(client.get(f"/e/{panel.edition.slug}/decisions/").content.decode())
        card = words[words.index("free-places") : words.index("desk-strip")]
        assert self.HIDDEN in card
        assert not any(name in card for each in (first, *others) for name in (each.code, each.title))
        assert waiting(panel, walled) == {"free-places": 0, "unconfirmed": 0}
        assert refusal(accept, panel, others[0], by=walled, is_next=False).code == "hidden-conflict"

    def test_whatever_is_hidden_changes_nothing_on_the_page(self, panel, decided, client):
        gone, _, first, *_ = decided
        walled = panel.cochair()
        ConflictFactory(user=walled, sponsor=first.sponsor)
        decline(by=team(gone), proposal=gone)
        client.force_login(walled, backend="django.contrib.auth.backends.ModelBackend")

        def page() -> str:
            html = client.get(f"/e/{panel.edition.slug}/decisions/").content.decode()
            return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce-[^"]*', "", html)

        before = page()
        for change in (
            {"state": "rejected"},
            {"state": "confirmed"},
            {"state": "withdrawn", "withdrawn_from": "confirmed", "withdrawn_at": clock.now()},
            {"title": "Another title", "state": "waitlisted", "withdrawn_from": "", "withdrawn_at": None},
        ):
            Proposal.objects.filter(pk=first.pk).update(**change)
            assert page() == before

    def test_a_vacated_place_of_a_hidden_proposal_is_no_card(self, panel, decided):
        gone = decided[0]
        walled = panel.cochair()
        ConflictFactory(user=walled, sponsor=gone.sponsor)
        decline(by=team(gone), proposal=gone)
        assert places_of(panel.edition, walled).pools == ()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_chairs_who_click_at_once_one_wins_and_the_other_reads_why(panel):
    gone, first, second = release(panel, accept=[(4, 4)], waitlist=[(3, 3), (2, 2)])
    staying = release(panel, accept=[(4, 3)])[0]
    decline(by=team(gone), proposal=gone)
    other = panel.cochair()
    results = race(
        lambda: accept(panel, first),
        lambda: accept(panel, first, by=other),
    )
    refused = [each for each in results if isinstance(each, WrongState)]
    assert len(refused) == 1
    assert refused[0].code == "not-waiting"
    assert "has decided on it meanwhile." in refused[0].message
    assert [fresh(each).state for each in (first, second, staying)] == ["accepted", "waitlisted", "accepted"]


@pytest.mark.slow
def test_a_lapse_needs_the_day_to_have_passed(panel, decided):
    assert refusal(lapse, by=panel.chair, proposal=decided[0]).code == "no-day-to-confirm"

"""What the writing page sends by itself and gets back; what somebody gets who left the team meanwhile."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from expo.accounts.models import User
from expo.editions.states import Phase
from expo.notify.models import Message
from expo.proposals.models import Proposal
from expo.proposals.services.drafts import edit
from expo.sponsors.models import TeamMember
from expo.sponsors.services.teams import remove_team_member
from tests import factories as make
from tests.pages import squeezed
from tests.proposals.conftest import CallFixture
from tests.proposals.pages import KEY, body, browser, words

JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture
def ana(call: CallFixture) -> User:
    user = make.TeamMemberFactory(sponsor=call.sponsor).user
    user.name = "Ana Silva"
    user.save()
    return user


@pytest.fixture
def draft(call: CallFixture) -> Proposal:
    return call.draft(title="Before", abstract="As it was.")


@pytest.fixture
def client(call: CallFixture) -> Client:
    return browser(call.member)


def send(client: Client, call: CallFixture, proposal: Proposal | None, *dirty: str, **typed: Any) -> Any:
    data = words(call, **{"dirty": list(dirty), "page": "p1", **typed})
    url = call.url("autosave", proposal) if proposal else call.url("autosave-new")
    return client.post(url, data if dirty else {"version": "1", "page": "p1"}, **JSON)


def test_only_what_the_page_names_is_saved(client: Client, call: CallFixture, draft: Proposal) -> None:
    answer = send(client, call, draft, "title", version="1").json()
    draft.refresh_from_db()
    assert (draft.title, draft.abstract) == ("A title of ours", "As it was.")
    assert (answer["saved"], answer["version"], answer["held"], answer["theirs"]) == (["title"], 2, [], [])


def test_the_first_time_makes_the_draft_and_names_its_pages(client: Client, call: CallFixture) -> None:
    answer = send(client, call, None, "title", sponsor=str(call.sponsor.pk)).json()
    proposal = Proposal.objects.get()
    assert (proposal.title, proposal.abstract, str(proposal.form_key)) == ("A title of ours", "", KEY)
    assert answer["made"] == {
        "code": proposal.code,
        "edit": call.url("edit", proposal),
        "autosave": call.url("autosave", proposal),
    }
    again = send(client, call, None, "title", "abstract", sponsor=str(call.sponsor.pk)).json()
    assert (again["made"]["code"], again["held"], Proposal.objects.count()) == (proposal.code, [], 1)


def test_a_form_without_a_format_makes_no_draft(client: Client, call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo", name="Demo")
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1)
    answer = send(client, call, None, "title", sponsor=str(call.sponsor.pk), format="")
    assert (answer.status_code, Proposal.objects.exists()) == (422, False)
    assert "format" in answer.json()["message"]


def test_two_texts_of_one_field_come_back_beside_each_other(
    client: Client, call: CallFixture, draft: Proposal, ana: User
) -> None:
    edit(by=ana, proposal=draft, version=1, title="Hers & more", needs="Power")
    answer = send(client, call, draft, "title", version="1").json()
    [held], [theirs] = answer["held"], answer["theirs"]
    assert (held["name"], held["by"], theirs["name"], theirs["by"]) == ("title", "Ana Silva", "needs", "Ana Silva")
    assert all(
        text in squeezed(held["html"]) for text in ("Hers &amp; more", "A title of ours", "Keep mine<", "Take theirs<")
    )
    draft.refresh_from_db()
    assert draft.title == "Hers & more"


def test_a_field_that_is_wrong_is_refused_and_the_others_are_saved(
    client: Client, call: CallFixture, draft: Proposal
) -> None:
    dirty = ("title", "abstract", "expected_audience", "presenters")
    wrong = {"abstract": "x" * 30_000, "expected_audience": "many", "presenter-0-email": "no address"}
    answer = send(client, call, draft, *dirty, version="1", **wrong).json()
    assert (answer["saved"], sorted(answer["refused"])) == (["title"], ["abstract", "expected_audience", "presenters"])
    assert "Write it like name@example.org." in answer["refused"]["presenters"]


def test_approving_says_so_and_changing_the_text_takes_it_back(
    client: Client, call: CallFixture, draft: Proposal
) -> None:
    answer = send(client, call, draft, "public_title", "public_text", "approve", version="1", approve="on").json()
    assert (answer["approved"], answer["refused"]) == (True, {})
    changed = send(client, call, draft, "public_text", version=str(answer["version"]), public_text="New").json()
    assert changed["approved"] is False


def test_after_the_call_nothing_is_lost_without_a_word(client: Client, call: CallFixture, draft: Proposal) -> None:
    call.edition.phase = Phase.DECIDE
    call.edition.save()
    answer = send(client, call, draft, "title", version="1")
    assert (answer.status_code, bool(answer.json()["message"])) == (409, True)


def test_saving_one_field_takes_few_queries_however_much_there_is_and_mails_nobody(
    client: Client, call: CallFixture, draft: Proposal
) -> None:
    url = call.url("autosave", draft)
    costs = []
    for number in (2, 20):
        for _ in range(number):
            topic = make.TopicFactory(edition=call.edition)
            draft.topics.add(topic)
            make.PresenterFactory(proposal=draft)
            make.TrackFactory(edition=call.edition, formats=[call.talk])
            make.TeamMemberFactory(sponsor=call.sponsor)
        version = Proposal.objects.get(pk=draft.pk).version
        data = words(call, title=f"Title {number}", dirty=["title"], version=str(version), page="p1")
        with CaptureQueriesContext(connection) as queries:
            assert client.post(url, data, **JSON).json()["saved"] == ["title"]
        costs.append(len(queries))
    assert costs == [23, 22]  # the first is in the journal
    assert not Message.objects.exists()


class TestLeftTheTeam:
    def leave(self, call: CallFixture, user: User) -> None:
        remove_team_member(by=None, sponsor=call.sponsor, member=TeamMember.objects.get(user=user))

    def test_their_text_comes_back_to_copy_and_nothing_else(
        self, call: CallFixture, draft: Proposal, ana: User
    ) -> None:
        self.leave(call, ana)
        draft.refresh_from_db()
        edit(by=call.member, proposal=draft, version=draft.version, abstract="A secret of the team")
        answer = browser(ana).post(call.url("edit", draft), words(call, version="1", title="Typed <b>before</b>"))
        page = squeezed(answer)
        assert answer.status_code == 403
        assert f"You are no longer in the team of {call.sponsor}" in page
        assert all(text in page for text in ("Typed &lt;b&gt;before&lt;/b&gt;", "Two plugs", "Ada", "ada@example.org"))
        assert not any(text in page for text in ("A secret of the team", "Before", draft.code))

    def test_what_is_saved_by_itself_gives_back_what_was_not_saved(
        self, call: CallFixture, draft: Proposal, ana: User
    ) -> None:
        self.leave(call, ana)
        answer = send(browser(ana), call, draft, "title", version="1")
        assert (answer.status_code, answer.json()["code"]) == (403, "left-team")
        page = body(browser(ana).post(call.url("edit", draft), words(call, dirty="title")))
        assert ("A title of ours" in page, "Two plugs" in page) == (True, False)

    def test_a_form_that_made_no_draft_gives_it_back_too(self, call: CallFixture, ana: User) -> None:
        self.leave(call, ana)
        for name in ("new", "autosave-new"):
            answer = browser(ana).post(call.url(name), words(call, sponsor=str(call.sponsor.pk)))
            assert (answer.status_code, "A title of ours" in body(answer)) == (403, True)

    def test_who_never_was_in_the_team_finds_nothing(self, call: CallFixture, draft: Proposal) -> None:
        for user in (call.rival_member, make.UserFactory()):
            for name, proposal in (("edit", draft), ("autosave", draft), ("new", None), ("autosave-new", None)):
                data = words(call, version="1", sponsor=str(call.sponsor.pk))
                assert browser(user).post(call.url(name, proposal), data).status_code == 404

    def test_reading_finds_nothing(self, call: CallFixture, draft: Proposal, ana: User) -> None:
        self.leave(call, ana)
        assert browser(ana).get(call.url("edit", draft)).status_code == 404


class TestWithoutScript:
    """The whole form at once: of fields that two people changed, the second says which text to keep."""

    @pytest.fixture
    def both(self, client: Client, call: CallFixture, draft: Proposal, ana: User) -> Any:
        """The page that comes back when somebody else changed a field, and a field that this person did not touch."""
        edit(by=ana, proposal=draft, version=1, title="Hers instead", needs="Two plugs")
        return client.post(call.url("edit", draft), words(call, version="1", title="Mine instead"))

    def test_it_is_said_who_changed_which_field_and_only_that(self, both: Any, draft: Proposal) -> None:
        page = squeezed(both)
        assert both.status_code == 422
        assert all(text in page for text in ("Ana Silva changed this", "Hers instead", "Mine instead"))
        assert ('name="keep-title"' in page, 'name="keep-needs"' in page, 'name="keep-abstract"' in page) == (
            True,
            False,
            False,
        )
        draft.refresh_from_db()
        assert (draft.title, draft.abstract) == ("Hers instead", "As it was.")

    @pytest.mark.parametrize(("choice", "title"), [("mine", "Mine instead"), ("theirs", "Hers instead")])
    def test_the_choice_is_saved_with_everything_else(
        self, client: Client, call: CallFixture, draft: Proposal, both: Any, choice: str, title: str
    ) -> None:
        sent = words(call, version="1", seen="2", title="Mine instead", **{"keep-title": choice})
        assert client.post(call.url("edit", draft), sent).headers["Location"] == call.url("edit", draft)
        draft.refresh_from_db()
        assert (draft.title, draft.abstract) == (title, "What we did & <why>")

    def test_no_choice_saves_nothing_nor_does_one_about_an_older_text(
        self, client: Client, call: CallFixture, draft: Proposal, both: Any, ana: User
    ) -> None:
        sent = words(call, version="1", seen="2", title="Mine instead")
        assert client.post(call.url("edit", draft), sent).status_code == 422
        draft.refresh_from_db()
        edit(by=ana, proposal=draft, version=2, title="Hers again")
        assert client.post(call.url("edit", draft), {**sent, "keep-title": "mine"}).status_code == 422
        draft.refresh_from_db()
        assert draft.title == "Hers again"

    def test_what_others_changed_elsewhere_is_no_reason_to_ask(
        self, client: Client, call: CallFixture, draft: Proposal, ana: User
    ) -> None:
        edit(by=ana, proposal=draft, version=1, title="A title of ours")
        assert client.post(call.url("edit", draft), words(call, version="1")).status_code == 302

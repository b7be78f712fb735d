"""The page on which a proposal is written: whatever happens, nothing typed is lost."""

import re

import pytest
from django.urls import reverse

from expo.editions.models import FormatField
from expo.editions.states import Phase
from expo.proposals.models import Proposal
from expo.proposals.services.drafts import edit
from tests import factories as make

from .conftest import CallFixture
from .pages import KEY, WORDS, body, browser, kept, words


def test_the_form_makes_a_draft_with_everything_typed(call: CallFixture) -> None:
    topic = make.TopicFactory(edition=call.edition)
    day = make.DayFactory(edition=call.edition)
    sent = words(call, topics=[topic.pk], approve="on", **{f"presenter-0-day{day.pk}-0-from": "10:00"})
    answer = browser(call.member).post(call.url("new"), sent)
    made = Proposal.objects.get()
    assert answer.headers["Location"] == call.url("edit", made)
    assert [
        getattr(made, name) for name in ("title", "abstract", "takeaways", "needs", "public_title", "public_text")
    ] == [WORDS[name] for name in ("title", "abstract", "takeaways", "needs", "public_title", "public_text")]
    presenter = made.presenters.get()
    span = presenter.away.get()
    assert (presenter.name, presenter.email, presenter.affiliation) == ("Ada", "ada@example.org", "Acme")
    local = [each.astimezone(call.edition.zone) for each in (span.starts_at, span.ends_at)]
    assert [f"{each:%d %H:%M}" for each in local] == ["18 10:00", "18 18:00"]
    assert (made.expected_audience, list(made.topics.all()), made.public_text_approved_by) == (80, [topic], call.member)


def test_pressing_save_twice_makes_one_draft(call: CallFixture) -> None:
    client = browser(call.member)
    for _ in range(2):
        client.post(call.url("new"), words(call))
    assert Proposal.objects.count() == 1


def test_an_empty_form_asks_for_a_format_only(call: CallFixture) -> None:
    make.EntitlementFactory(tier=call.sponsor.tier, format=make.FormatFactory(edition=call.edition, slug="demo"))
    answer = browser(call.member).post(call.url("new"), {})
    assert (answer.status_code, Proposal.objects.count()) == (422, 0)
    assert "Choose a format: talk, demo or workshop." in body(answer)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": "x" * 161}, "The title has 161 characters and may have 160. Shorten it by 1."),
        ({"public_text": "y" * 3001}, "The public text has 3,001 characters and may have 3,000."),
        ({"expected_audience": "many"}, "Enter a whole number."),
        ({"expected_audience": "9" * 40}, "Ensure this value is less than or equal to 100000."),
        ({"format": "999999"}, "This choice is not on the list any more."),
        ({"track": "999999"}, "This track is not on the list any more."),
        ({"topics": ["999999"]}, "is not one of the available choices"),
        ({"topics": ["x"]}, "is not a valid value"),
        ({"presenter-0-email": "nonsense"}, "This is not an e-mail address. Write it like name@example.org."),
        ({"approve": "on", "public_text": "Confidential."}, "it cannot be published"),
        ({"approve": "on", "public_text": ""}, "Write both, then approve them."),
    ],
)
def test_a_refused_form_keeps_every_word(call: CallFixture, change: dict, sentence: str) -> None:
    answer = browser(call.member).post(call.url("new"), words(call, **change))
    page = body(answer)
    assert (answer.status_code, sentence in page, Proposal.objects.count()) == (422, True, 0)
    typed = {
        **WORDS,
        **{name: value for name, value in change.items() if isinstance(value, str) and name not in ("format", "track")},
    }
    for name in ("presenter-TOTAL_FORMS", "presenter-INITIAL_FORMS", "approve"):
        typed.pop(name, None)
    assert (
        kept(page, *(value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for value in typed.values()))
        == []
    )


@pytest.mark.parametrize("count", ["", "-1", "x", "99999999999", "²", "1e3"])
def test_a_broken_presenter_count_is_survived(call: CallFixture, count: str) -> None:
    answer = browser(call.member).post(call.url("new"), words(call, **{"presenter-TOTAL_FORMS": count}))
    assert answer.status_code == 302
    assert Proposal.objects.get().presenters.get().name == "Ada"


def test_adding_and_removing_presenters_saves_nothing_and_keeps_everything(call: CallFixture) -> None:
    client, day = browser(call.member), make.DayFactory(edition=call.edition)
    typed = words(call, **{f"presenter-0-day{day.pk}-0-from": "10:00", "expected_audience": "many"})
    more = body(client.post(call.url("new"), {**typed, "add_presenter": "1"}))
    assert 'name="presenter-TOTAL_FORMS" value="2"' in more
    assert kept(more, "Ada", "ada@example.org", "A title of ours", 'value="10:00"', 'value="many"', KEY) == []
    assert "Please check the presenters" not in more
    assert "have errors" not in more
    two = {**typed, "presenter-TOTAL_FORMS": "2", "presenter-1-name": "Ben", "remove_presenter": "0"}
    fewer = body(client.post(call.url("new"), two))
    assert 'name="presenter-TOTAL_FORMS" value="1"' in fewer
    assert ("Ben" in fewer, "ada@example.org" in fewer, Proposal.objects.count()) == (True, False, 0)


@pytest.mark.parametrize(("then", "name"), [("as-reviewers", "scoring:preview"), ("as-attendees", "releases:preview")])
def test_a_preview_saves_first_and_shows_safe_html(call: CallFixture, then: str, name: str) -> None:
    evil = "**bold** <script>alert(1)</script>"
    client = browser(call.member)
    answer = client.post(call.url("new"), words(call, then=then, abstract=evil, public_text=evil))
    made = Proposal.objects.get()
    assert (made.abstract, answer.headers["Location"]) == (evil, reverse(name, args=[call.edition.slug, made.code]))
    page = body(client.get(answer.headers["Location"]))
    assert ("<strong>bold</strong>" in page, "<script>alert" in page) == (True, False)
    edited = client.post(call.url("edit", made), words(call, then=then, version="1", title="Later"))
    made.refresh_from_db()
    assert (made.title, edited.headers["Location"]) == ("Later", answer.headers["Location"])


def test_rows_that_were_left_empty_are_no_rows(call: CallFixture) -> None:
    for name in ("outline", "links"):
        FormatField.objects.update_or_create(format=call.talk, name=name, defaults={"use": "optional", "limit": 5})
    counts = {f"{name}-TOTAL_FORMS": "2" for name in ("outline", "links")}
    empty = {f"outline-{number}-{part}": "" for number in (0, 1) for part in ("minutes", "title", "text", "presenters")}
    empty |= {f"links-{number}-{part}": "" for number in (0, 1) for part in ("url", "label")}
    typed = {"outline-1-minutes": "10", "outline-1-title": "Start", "links-1-url": "https://example.org/p"}
    sent = words(call, **counts, **{**empty, **typed}, **{"links-INITIAL_FORMS": "0", "outline-INITIAL_FORMS": "0"})
    assert browser(call.member).post(call.url("new"), sent).status_code == 302
    made = Proposal.objects.get()
    assert [part["title"] for part in made.outline] == ["Start"]
    assert [link["url"] for link in made.links] == ["https://example.org/p"]


def test_the_second_of_two_editors_sees_both_texts(call: CallFixture) -> None:
    draft = call.draft(title="Before", abstract="Shared words")
    edit(by=call.member, proposal=draft, version=1, title="Theirs instead")
    client = browser(call.member)
    answer = client.post(call.url("edit", draft), words(call, version="1", title="Mine instead"))
    page = body(answer)
    assert (answer.status_code, "Somebody changed this proposal while you were writing." in page) == (422, True)
    assert all(f'<div class="changed-text">{title}</div>' in page for title in ("Theirs instead", "Mine instead"))
    assert 'value="Mine instead"' in page
    draft.refresh_from_db()
    assert draft.title == "Theirs instead"
    assert client.post(call.url("edit", draft), words(call, version="2", title="Mine instead")).status_code == 302
    draft.refresh_from_db()
    assert draft.title == "Mine instead"


def test_a_saved_draft_comes_back_as_it_was(call: CallFixture) -> None:
    day, topic = make.DayFactory(edition=call.edition), make.TopicFactory(edition=call.edition)
    make.TrackFactory(edition=call.edition, formats=[call.talk])
    draft = call.draft(expected_audience=80, needs="Two plugs")
    draft.topics.set([topic])
    draft.presenters.get().away.create(starts_at="2027-07-18T14:00Z", ends_at="2027-07-18T15:30Z")
    page = body(browser(call.member).get(call.url("edit", draft)))
    presenter = draft.presenters.get()
    spans = [
        f'name="presenter-0-day{day.pk}-0-from" value="10:00"',
        f'name="presenter-0-day{day.pk}-0-to" value="11:30"',
    ]
    assert (
        kept(
            page,
            draft.title,
            draft.abstract.strip(),
            "Two plugs",
            'value="80"',
            presenter.name,
            presenter.email,
            *spans,
        )
        == []
    )
    assert len(re.findall(r"<input[^>]* checked", page)) == 2


def test_words_sent_after_the_deadline_are_kept_as_a_draft(call: CallFixture) -> None:
    call.edition.phase = Phase.REVIEW
    call.edition.save()
    draft = call.draft()
    for name, proposal in (("new", None), ("edit", draft)):
        answer = browser(call.member).post(call.url(name, proposal), words(call, version="1"), follow=True)
        assert "The call is closed. Your text is kept as a draft and is not submitted." in " ".join(
            body(answer).split()
        )
    assert {(each.state, each.title) for each in Proposal.objects.all()} == {("draft", "A title of ours")}


def test_words_sent_once_decisions_have_begun_are_shown_back(call: CallFixture) -> None:
    call.edition.phase = Phase.DECIDE
    call.edition.save()
    draft = call.draft()
    for name, proposal in (("new", None), ("edit", draft)):
        answer = browser(call.member).post(call.url(name, proposal), words(call, version="1"))
        page = body(answer)
        is_said = "What reviewers read no longer changes" in page
        assert (answer.status_code, is_said, kept(page, "A title of ours", "Two plugs")) == (422, True, [])


def test_the_only_track_that_takes_a_format_is_chosen_by_itself(call: CallFixture) -> None:
    track = make.TrackFactory(edition=call.edition, formats=[call.talk])
    browser(call.member).post(call.url("new"), words(call))
    assert Proposal.objects.get().track == track


def test_a_track_that_does_not_take_the_format_is_refused_where_it_was_chosen(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo", name="Demo")
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo)
    track = make.TrackFactory(edition=call.edition, formats=[demo])
    answer = browser(call.member).post(call.url("new"), words(call, track=track.pk))
    page = body(answer)
    assert (answer.status_code, "takes no talks. Choose a track that does" in page) == (422, True)
    assert re.search(rf'<option value="{track.pk}" selected data-fits="{demo.pk}">', page)


def test_the_list_of_sections_says_what_is_missing(call: CallFixture) -> None:
    make.TopicFactory(edition=call.edition)
    shown = _missing(body(browser(call.member).get(call.url("new"))))
    assert shown == [
        *("title", "abstract", "takeaways", "topics", "presenter-0-name", "presenter-0-email"),
        *("public_title", "public_text"),
    ]
    draft = call.draft(public_text="")
    assert _missing(body(browser(call.member).get(call.url("edit", draft)))) == ["topics", "public_text"]


def _missing(page: str) -> list[str]:
    return re.findall(r'<span\s+data-need="([^"]+)"\s*>', page)

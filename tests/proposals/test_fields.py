"""One form per format: what a format asks for, its limits, outline, links, level and rooms."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expo.editions.catalogue import DEFAULTS, FieldRule
from expo.editions.models import Format
from expo.editions.services.format_fields import save_format_fields
from expo.editions.states import FieldUse
from expo.kit.errors import Invalid
from expo.proposals import links, outlines
from expo.proposals.models import Proposal, WorkingCopy
from expo.proposals.outlines import OutlinePart
from expo.proposals.queries.content import content_of, for_office, for_review, missing_parts
from expo.proposals.services import drafts
from expo.proposals.services.submission import submit
from tests import factories as make

from .conftest import CallFixture

OFF, OPTIONAL, REQUIRED = FieldUse.OFF, FieldUse.OPTIONAL, FieldUse.REQUIRED
PARTS = [
    {"minutes": 20, "title": "Why", "text": "The question.", "presenters": []},
    {"minutes": 40, "title": "How", "text": "", "presenters": []},
]


def ask(format: Format, publishes_outline: bool | None = None, /, **uses: FieldUse | tuple[FieldUse, int]) -> None:
    """Change what the format asks for; a tuple gives the limit too."""
    fields = {
        name: FieldRule(*use) if isinstance(use, tuple) else DEFAULTS[name]._replace(use=use)
        for name, use in uses.items()
    }
    save_format_fields(
        by=None, edition=format.edition, format=format, fields=fields, publishes_outline=publishes_outline
    )
    format.refresh_from_db()


def change(call: CallFixture, draft: Proposal, **fields: Any) -> Proposal:
    """Save as the page does, from what stands now."""
    latest = WorkingCopy.objects.filter(proposal=draft).first() or Proposal.objects.get(pk=draft.pk)
    return drafts.edit(by=call.member, proposal=draft, version=latest.version, **fields)


def sentences(draft: Proposal) -> list[str]:
    return [part.sentence for part in missing_parts(Proposal.objects.get(pk=draft.pk))]


# --- What a format asks for -------------------------------------------------------------------------------


def test_a_format_that_says_nothing_asks_for_the_catalogues_own(call: CallFixture) -> None:
    assert set(content_of(call.draft())) == {
        *("title", "format", "track", "abstract", "takeaways", "topics", "expected_audience", "needs", "presenters"),
        *("public_title", "public_text"),
    }


def test_what_is_required_is_asked_for_before_submission_in_the_order_of_the_form(call: CallFixture) -> None:
    names = ("outline", "level", "audience", "prerequisites", "evidence", "hands_on", "needs", "wishes", "links")
    ask(call.talk, **dict.fromkeys((*names, "expected_audience", "rooms"), REQUIRED))
    draft = call.draft()
    assert sentences(draft) == [
        "Write the outline: the parts of the session with their minutes.",
        "Choose the level.",
        "Say who it is for.",
        "Say what attendees need to know beforehand, or that they need nothing.",
        "Say what was measured, and what others can check.",
        "Say what attendees do themselves.",
        "Say how many people you expect.",
        "Say what equipment you bring and need, or that you need nothing.",
        "Say what you wish for the schedule, or that you wish for nothing.",
        "Give at least one link.",
    ]
    room = make.RoomFactory(edition=call.edition)
    assert "Choose at least one room that you would like, or that is impossible." in sentences(draft)
    words = dict.fromkeys(("audience", "prerequisites", "evidence", "hands_on", "needs", "wishes"), "Words.")
    change(
        call, draft, level="advanced", outline=PARTS, expected_audience=80, excluded_rooms=[room],
        links=[{"url": "https://example.org/paper"}], **words,
    )  # fmt: skip
    assert sentences(draft) == []
    assert submit(by=call.member, proposal=draft).state == "submitted"


def test_a_field_turned_off_is_kept_and_shown_to_nobody(call: CallFixture) -> None:
    ask(call.talk, evidence=OPTIONAL, links=OPTIONAL, outline=OPTIONAL, wishes=OPTIONAL)
    draft = change(
        call, call.draft(), evidence="Figures", wishes="Early", outline=PARTS, links=[{"url": "https://a.example"}]
    )
    assert [field.name for field in for_review(draft)] == ["abstract", "takeaways", "outline", "evidence"]
    assert [field.name for field in for_office(draft)] == ["wishes"]
    ask(call.talk, evidence=OFF, links=OFF, outline=OFF, wishes=OFF)
    draft = Proposal.objects.get(pk=draft.pk)
    assert [field.name for field in for_review(draft)] == ["abstract", "takeaways"]
    assert for_office(draft) == []
    done = submit(by=call.member, proposal=draft)
    frozen = done.revisions.get().content
    assert not {"evidence", "links", "outline", "wishes"} & set(frozen)
    assert (done.evidence, done.wishes, done.outline) == ("Figures", "Early", PARTS)


def test_changing_the_format_and_back_loses_nothing(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo")
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1, may_be_accepted=1)
    ask(call.talk, outline=OPTIONAL, evidence=OPTIONAL)
    proposal = call.submitted()
    change(call, proposal, outline=PARTS, evidence="Figures")
    change(call, proposal, format=demo, hands_on="Try it")
    change(call, proposal, format=call.talk)
    copy = WorkingCopy.objects.get(proposal=proposal)
    assert (copy.outline, copy.evidence, copy.hands_on) == (PARTS, "Figures", "Try it")


def test_what_only_the_other_format_asks_for_survives_a_way_back_without_changes(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo")
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1, may_be_accepted=1)
    ask(demo, hands_on=OPTIONAL)
    proposal = call.submitted()
    change(call, proposal, format=demo, hands_on="Try it")
    change(call, proposal, format=call.talk)
    assert not WorkingCopy.objects.filter(proposal=proposal).exists()
    assert Proposal.objects.get(pk=proposal.pk).hands_on == "Try it"


def test_a_lower_limit_leaves_longer_texts_alone_until_they_are_saved_again(call: CallFixture) -> None:
    draft = call.draft(abstract="x" * 500)
    ask(call.talk, abstract=(REQUIRED, 400))
    change(call, draft, title="Another title")
    assert sentences(draft) == []
    with pytest.raises(Invalid) as refused:
        change(call, draft, abstract="x" * 500)
    assert refused.value.message == "The review text has 500 characters and may have 400. Shorten it by 100."


def test_topics_and_audience_keep_to_the_formats_limits(call: CallFixture) -> None:
    ask(call.talk, topics=(REQUIRED, 1), expected_audience=(OPTIONAL, 50))
    topics = [make.TopicFactory(edition=call.edition) for _ in range(2)]
    draft = call.draft()
    with pytest.raises(Invalid, match=r"Choose at most 1 topic, those that matter most; 2 are ticked."):
        change(call, draft, topics=topics)
    with pytest.raises(Invalid, match=r"a number from 1 to 50, or empty"):
        change(call, draft, expected_audience=51)


def test_a_format_says_how_many_may_present(call: CallFixture) -> None:
    ask(call.talk, presenters=(REQUIRED, 2))
    people = [{"name": f"P{n}", "email": f"p{n}@example.org"} for n in range(3)]
    draft = call.draft()
    with pytest.raises(Invalid, match=r"A talk may name 2 presenters; this one has 3."):
        change(call, draft, presenters=people)
    ask(call.talk, presenters=(REQUIRED, 13))
    assert change(call, draft, presenters=people).presenters.count() == 3


# --- The outline ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        ([20, 35], "The outline's parts take 55 minutes and the talk has 60. Add 5 minutes or change a part."),
        ([59], "The outline's parts take 59 minutes and the talk has 60. Add 1 minute or change a part."),
        ([1], "The outline's parts take 1 minute and the talk has 60. Add 59 minutes or change a part."),
        ([60, 5], "The outline's parts take 65 minutes and the talk has 60. Take 5 minutes away or change a part."),
    ],
)
def test_the_parts_must_add_up_and_the_sentence_is_right(call: CallFixture, minutes: list[int], sentence: str) -> None:
    ask(call.talk, outline=OPTIONAL)
    draft = change(call, call.draft(), outline=[{"minutes": each, "title": "A part"} for each in minutes])
    assert sentences(draft) == [sentence]


@given(st.lists(st.integers(1, 120), min_size=1, max_size=8), st.integers(5, 600))
def test_doing_what_the_sentence_says_makes_the_parts_add_up(minutes: list[int], length: int) -> None:
    parts = [OutlinePart(each, "A part") for each in minutes]
    said = list(outlines.gaps(parts, length=length, noun="talk", presenters=None))
    missing = length - sum(minutes)
    if missing == 0:
        assert said == []
    elif missing > 0:
        assert f"Add {missing} minute" in said[0]
        assert list(outlines.gaps([*parts, OutlinePart(missing, "x")], length=length, noun="", presenters=None)) == []
    else:
        assert f"Take {-missing} minute" in said[0]


def test_a_draft_keeps_parts_that_are_not_finished_and_drops_empty_ones(call: CallFixture) -> None:
    ask(call.talk, outline=OPTIONAL)
    draft = change(call, call.draft(), outline=[{"title": "First"}, {}, {"minutes": 60}])
    assert draft.outline == [
        {"minutes": None, "title": "First", "text": "", "presenters": []},
        {"minutes": 60, "title": "", "text": "", "presenters": []},
    ]
    assert sentences(draft) == [
        "Say how many minutes part 1 of the outline takes.",
        "Give part 2 of the outline a title.",
    ]


def test_an_agreed_length_counts_and_another_formats_does_not(call: CallFixture) -> None:
    ask(call.talk, outline=OPTIONAL)
    draft = call.draft(minutes=45)
    change(call, draft, outline=[{"minutes": 45, "title": "All of it"}])
    assert sentences(draft) == []


def test_who_presents_a_part_counts_only_where_the_program_prints_it(call: CallFixture) -> None:
    ask(call.talk, outline=OPTIONAL)
    draft = call.draft()
    address = draft.presenters.get().email
    parts = [{"minutes": 60, "title": "All", "presenters": [address.upper(), "Bob", address]}]
    draft = change(call, draft, outline=parts)
    assert draft.outline[0]["presenters"] == [address, "Bob"]
    assert sentences(draft) == []
    assert content_of(draft)["outline"][0]["presenters"] == []
    ask(call.talk, True)
    draft = Proposal.objects.get(pk=draft.pk)
    assert sentences(draft) == [
        (
            "Part 1 of the outline names “Bob”, who is not among the presenters. "
            "Add them as a presenter, or take them out of the part."
        )
    ]
    assert content_of(draft)["outline"][0]["presenters"] == [address, "Bob"]
    assert for_review(draft)[-1].parts[0].presenters == ()


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"minutes": 0}, "minutes-out-of-range"),
        ({"minutes": -5}, "minutes-out-of-range"),
        ({"minutes": 10**40}, "minutes-out-of-range"),
        ({"title": "x" * 161}, "too-long"),
        ({"text": "x" * 1001}, "too-long"),
        ({"presenters": [f"a{n}@example.org" for n in range(13)]}, "too-many-names"),
        ({"presenters": ["x" * 255]}, "too-many-names"),
    ],
)
def test_a_part_out_of_bounds_is_refused_with_its_number(call: CallFixture, part: dict, code: str) -> None:
    draft = call.draft()
    with pytest.raises(Invalid) as refused:
        change(call, draft, outline=[{"minutes": 5, "title": "Fine"}, part])
    assert (refused.value.code, refused.value.field) == (code, "outline")
    assert "art 2 of the outline" in refused.value.message


def test_too_many_parts_are_refused_with_how_many(call: CallFixture) -> None:
    ask(call.talk, outline=(OPTIONAL, 2))
    with pytest.raises(Invalid, match=r"The outline has 3 parts and may have 2. Remove 1, or join some."):
        change(call, call.draft(), outline=[{"minutes": 20, "title": f"Part {n}"} for n in range(3)])


# --- Links ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JaVaScRiPt://example.org/%0aalert(1)", "data:text/html,x", "ftp://example.org/x"),
        *("//example.org", "example.org", "https://", "https://exa mple.org", "https://example.org:99999/"),
        *("http://[::1", "https://example.org\\@evil.example/", "https://" + "x" * 600 + ".example"),
        *("https://ada:secret@example.org/", "https://ada@example.org/"),
    ],
)
def test_only_plain_web_addresses_are_links(call: CallFixture, url: str) -> None:
    ask(call.talk, links=OPTIONAL)
    with pytest.raises(Invalid) as refused:
        change(call, call.draft(), links=[{"label": "Paper", "url": url}])
    assert (refused.value.field, refused.value.message.startswith(("Link 1: ", "This address"))) == ("links", True)


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://www.example.org/paper?x=1#y", "example.org"),
        ("http://EXAMPLE.org", "example.org"),
        ("https://bücher.example/a", "bücher.example"),
        ("https://xn--bcher-kva.example/a", "xn--bcher-kva.example"),
        ("https://127.0.0.1:8000/", "127.0.0.1"),
    ],
)
def test_a_link_without_a_label_is_called_by_its_host(call: CallFixture, url: str, label: str) -> None:
    draft = change(call, call.draft(), links=[{"url": f" {url}\u200b\x00 "}])
    assert draft.links == [{"label": label, "url": url}]


def test_an_address_given_twice_is_refused_and_one_without_is_a_gap(call: CallFixture) -> None:
    ask(call.talk, links=(OPTIONAL, 2))
    draft, twice = call.draft(), {"url": "https://example.org"}
    with pytest.raises(Invalid, match=r"is given twice. Keep one of the two."):
        change(call, draft, links=[twice, twice])
    with pytest.raises(Invalid, match=r"There are 3 links and there may be 2."):
        change(call, draft, links=[{"label": f"{n}"} for n in range(3)])
    change(call, draft, links=[{"label": "Paper"}])
    assert sentences(draft) == ["Link 1 (Paper) needs an address, or remove it."]


@given(st.text(max_size=80))
def test_no_text_at_all_breaks_the_check_of_links(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.org/{text}"):
        with suppress(Invalid):  # and nothing else
            kept = links.checked([{"url": url}], limit=5)
            assert all(each.url.lower().startswith(("http://", "https://")) and each.label for each in kept)


# --- Level and rooms --------------------------------------------------------------------------------------


def test_an_unknown_level_is_refused(call: CallFixture) -> None:
    with pytest.raises(Invalid, match=r"The level is introductory, intermediate or advanced, or empty."):
        change(call, call.draft(), level="expert")


def test_rooms_are_of_the_edition_and_not_both_liked_and_impossible(call: CallFixture, elsewhere: CallFixture) -> None:
    hall, cellar = (make.RoomFactory(edition=call.edition, name=name) for name in ("Hall", "Cellar"))
    draft = change(call, call.draft(), preferred_rooms=[hall], excluded_rooms=[cellar])
    sentence = "Hall cannot be both liked and impossible. Take the tick away on one side."
    for fields in ({"excluded_rooms": [hall, cellar]}, {"preferred_rooms": [hall], "excluded_rooms": [hall]}):
        with pytest.raises(Invalid) as refused:
            change(call, draft, **fields)
        assert refused.value.message == sentence
    with pytest.raises(Invalid, match=r"A room belongs to another edition."):
        change(call, draft, preferred_rooms=[make.RoomFactory(edition=elsewhere.edition)])
    ask(call.talk, rooms=(OPTIONAL, 1))
    with pytest.raises(Invalid, match=r"Choose at most 1 room; 2 are ticked."):
        change(call, draft, preferred_rooms=[hall], excluded_rooms=[cellar])


# --- What was approved ------------------------------------------------------------------------------------


def test_changing_anything_that_is_published_takes_the_approval_back(call: CallFixture) -> None:
    ask(call.talk, True, outline=OPTIONAL, links=OPTIONAL, evidence=OPTIONAL)
    draft = change(call, call.draft(), approve=True)
    for fields in ({"links": [{"url": "https://a.example"}]}, {"outline": PARTS}, {"public_text": "Another."}):
        draft = change(call, draft, **fields)
        assert draft.public_text_approved_at is None, fields
        draft = change(call, draft, approve=True)
    for fields in ({"evidence": "More"}, {"title": "Another"}, {"outline": PARTS}):
        draft = change(call, draft, **fields)
        assert draft.public_text_approved_at is not None, fields


def test_an_outline_that_is_not_published_leaves_the_approval_alone(call: CallFixture) -> None:
    ask(call.talk, outline=OPTIONAL)
    draft = change(call, call.draft(), approve=True)
    assert change(call, draft, outline=PARTS).public_text_approved_at is not None


def test_another_format_that_publishes_more_takes_the_approval_back(call: CallFixture) -> None:
    demo = make.FormatFactory(edition=call.edition, slug="demo")
    make.EntitlementFactory(tier=call.sponsor.tier, format=demo, may_submit=1, may_be_accepted=1)
    ask(demo, links=OPTIONAL)
    draft = change(call, call.draft(), links=[{"url": "https://a.example"}], approve=True)
    assert change(call, draft, format=demo).public_text_approved_at is None


# --- What reviewers read ----------------------------------------------------------------------------------


def test_reviewers_read_no_presenter_no_link_and_nothing_for_the_office(call: CallFixture) -> None:
    names = ("outline", "level", "audience", "prerequisites", "evidence", "hands_on", "wishes", "rooms", "links")
    ask(call.talk, True, **dict.fromkeys(names, OPTIONAL))
    room = make.RoomFactory(edition=call.edition, name="SECRET room")
    draft = call.draft()
    draft.presenters.update(name="SECRET name", email="secret@example.org", person="x")
    secret = dict.fromkeys(("needs", "wishes", "public_text", "public_title"), "SECRET words")
    words = {name: f"About {name}." for name in ("audience", "prerequisites", "evidence", "hands_on")}
    parts = [{"minutes": 60, "title": "All", "presenters": ["secret@example.org"]}]
    draft = change(
        call, draft, outline=parts, level="advanced", links=[{"url": "https://secret.example"}],
        preferred_rooms=[room], expected_audience=777, **secret, **words,
    )  # fmt: skip
    shown = for_review(draft)
    assert [(field.label, field.text or [part.title for part in field.parts]) for field in shown] == [
        ("Review text", draft.abstract),
        ("What attendees learn", draft.takeaways),
        ("Outline", ["All"]),
        ("Level", "Advanced"),
        ("Who it is for", "About audience."),
        ("Prerequisites", "About prerequisites."),
        ("Evidence and openness", "About evidence."),
        ("Hands-on part", "About hands_on."),
    ]
    assert "secret" not in repr(shown).lower()
    assert "777" not in repr(shown)

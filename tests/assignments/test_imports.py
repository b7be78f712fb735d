"""Reviewers and offers from tables: good rows take effect at once, bad ones are listed with their reason."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from django.db import connection, transaction

from expo.editions.models import Role
from expo.editions.services import uploads
from expo.editions.states import RoleKind
from expo.kit import clock
from expo.kit.errors import Invalid, NotAllowed
from expo.notify.models import Message
from reviews.assignments.models import Assignment, ReviewerProfile
from reviews.assignments.services import assignments, imports, profiles
from tests.factories import ConflictFactory, RoleFactory


@pytest.fixture
def organiser(world):
    return RoleFactory(edition=world.edition, kind=RoleKind.ORGANISER).user


def table(*lines):
    return "\n".join(lines).encode()


def counts(upload):
    return upload.added, upload.changed, upload.unchanged, len(upload.bad)


def reasons(upload):
    return [(line["line"], line["column"], line["reason"]) for line in upload.bad]


# --- Reviewers ---


def import_reviewers(world, by, *lines):
    return imports.import_reviewers(by=by, edition=world.edition, data=table(*lines), filename="reviewers.csv")


def test_a_table_invites_reviewers_with_what_they_know(world, organiser):
    done = import_reviewers(
        world,
        organiser,
        "email,name,sector,senior,topics,load",
        "ada@uni.example,Ada L,academia,yes,Vision; speech,4",
        "bob@firm.example,Bob M,,,,",
    )
    assert counts(done) == (2, 0, 0, 0)
    roles = Role.objects.filter(edition=world.edition, kind=RoleKind.REVIEWER).order_by("id")
    assert [(role.user.email, role.user.name, role.sector, role.is_senior) for role in roles] == [
        ("ada@uni.example", "Ada L", "academia", True),
        ("bob@firm.example", "Bob M", "industry", False),
    ]
    profile = ReviewerProfile.objects.get(edition=world.edition)
    assert (profile.user.email, set(profile.topics.all()), profile.max_load) == (
        "ada@uni.example",
        {world.vision, world.speech},
        4,
    )


def test_the_same_table_again_changes_nothing_and_an_empty_cell_neither(world, organiser):
    head, line = "email,sector,senior,topics,load", "ada@uni.example,academia,yes,Vision,4"
    import_reviewers(world, organiser, head, line)
    assert counts(import_reviewers(world, organiser, head, line)) == (0, 0, 1, 0)
    assert counts(import_reviewers(world, organiser, head, "ada@uni.example,,,,")) == (0, 0, 1, 0)
    assert counts(import_reviewers(world, organiser, head, "ada@uni.example,,,Speech,")) == (0, 1, 0, 0)
    role, profile = Role.objects.get(kind=RoleKind.REVIEWER), ReviewerProfile.objects.get()
    assert (role.sector, role.is_senior, list(profile.topics.all()), profile.max_load) == (
        "academia",
        True,
        [world.speech],
        4,
    )


def test_what_a_reviewer_confirmed_is_not_overwritten(world, organiser):
    ada = world.reviewer(world.vision, name="Ada L", max_load=2)
    ReviewerProfile.objects.filter(user=ada).update(answer="confirmed")
    done = import_reviewers(world, organiser, "email,topics,load", f"{ada.email},Speech,2")
    assert reasons(done) == [
        (
            2,
            "topics",
            (
                "Ada L has confirmed other topics than these. "
                "Those count: leave the cell empty, or ask them to change it."
            ),
        )
    ]
    assert counts(import_reviewers(world, organiser, "email,topics,load", f"{ada.email},Vision,2")) == (0, 0, 1, 0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_confirms_while_a_table_is_taken_in_loses_nothing(world, organiser):
    ada = world.reviewer(world.vision)
    lines = ("email,load", f"{ada.email},9")
    with transaction.atomic():
        profiles.confirm_invitation(
            by=ada, edition=world.edition, topics=[world.speech], max_load=2, about="Nets.", has_no_employer=True
        )
        done = ThreadPoolExecutor(1).submit(lambda: (import_reviewers(world, organiser, *lines), connection.close())[0])
        assert wait([done], timeout=1).not_done  # it waits for Ada
    wait([done])
    profile = ReviewerProfile.objects.get(user=ada)
    assert (profile.answer, profile.max_load, profile.about, list(profile.topics.all())) == (
        "confirmed",
        2,
        "Nets.",
        [world.speech],
    )
    assert [line["column"] for line in done.result().bad] == ["load"]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("not-an-address,,,,", "email", "“not-an-address” is not an e-mail address."),
        ("a@b.example,space,,,", "sector", "“space” is not a sector; use industry, academia or other."),
        ("a@b.example,,perhaps,,", "senior", "“perhaps” is neither yes nor no."),
        ("a@b.example,,,Cooking,", "topics", "There is no topic “Cooking”. Topics of this edition: Speech, Vision."),
        ("a@b.example,,,,many", "load", "The load is a whole number from 0 to 200."),
        ("a@b.example,,,,201", "load", "The load is a whole number from 0 to 200."),
        ("a@b.example,,,,²", "load", "The load is a whole number from 0 to 200."),
        (",academia,,,", "email", "This cell is empty."),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_leaves_nothing_behind(world, organiser, line, column, reason):
    done = import_reviewers(world, organiser, "email,sector,senior,topics,load", line, "ada@uni.example,,,,")
    assert (counts(done), reasons(done)) == ((1, 0, 0, 1), [(2, column, reason)])
    assert Role.objects.filter(kind=RoleKind.REVIEWER).count() == 1
    assert line in uploads.error_text(done)


def test_two_lines_about_one_person_are_told_apart(world, organiser):
    done = import_reviewers(world, organiser, "email,load", "ada@uni.example,3", "ADA@uni.example,5")
    assert reasons(done) == [(3, "email", "Line 2 is about the same person. Keep one of them.")]
    assert ReviewerProfile.objects.get().max_load == 3


def test_cochairs_import_reviewers_too_and_reviewers_do_not(world):
    assert counts(import_reviewers(world, world.chair, "email", "ada@uni.example")) == (1, 0, 0, 0)
    with pytest.raises(NotAllowed):
        import_reviewers(world, world.reviewer(), "email", "bob@uni.example")


# --- Offers ---


def import_offers(world, *lines, by=None):
    data = table("code,reviewer", *lines)
    return imports.import_offers(by=by or world.chair, edition=world.edition, data=data, filename="offers.csv")


@pytest.mark.slow
def test_a_table_of_offers_is_offered_with_one_mail_each(world):
    ada, bob = world.reviewer(world.vision), world.reviewer()
    one, two = world.proposal(world.vision), world.proposal()
    done = import_offers(world, f"{one.code},{ada.email}", f"{two.code.lower()},{ada.email}", f"{two.code},{bob.email}")
    assert counts(done) == (3, 0, 0, 0)
    assert world.live() == sorted(
        [(one.pk, ada.pk, "offered"), (two.pk, ada.pk, "offered"), (two.pk, bob.pk, "offered")]
    )
    mails = Message.objects.filter(kind="assignments/offered").order_by("recipient_id")
    assert [mail.recipient for mail in mails] == [ada, bob]
    assert "2" in mails[0].subject + mails[0].body


def test_a_mail_about_a_late_table_names_the_day_that_counts(world):
    world.edition.reviews_due_at = clock.now() - timedelta(days=30)
    world.edition.save()
    import_offers(world, f"{world.proposal().code},{world.reviewer().email}")
    due_at = Assignment.objects.get().due_at.astimezone(world.edition.zone)
    assert f"due on {due_at:%A} {due_at.day} {due_at:%B %Y}" in Message.objects.get().body


def test_the_same_offers_again_change_nothing_and_send_nothing(world):
    ada, proposal = world.reviewer(), world.proposal()
    import_offers(world, f"{proposal.code},{ada.email}")
    assert counts(import_offers(world, f"{proposal.code},{ada.email}")) == (0, 0, 1, 0)
    assert Message.objects.filter(kind="assignments/offered").count() == 1


def test_who_declined_is_not_asked_again_by_a_table(world):
    ada, proposal = world.reviewer(name="Ada L"), world.proposal()
    import_offers(world, f"{proposal.code},{ada.email}")
    assignments.decline(by=ada, assignment=Assignment.objects.get(), reason="No time.")
    done = import_offers(world, f"{proposal.code},{ada.email}")
    assert reasons(done) == [
        (
            2,
            "reviewer",
            (
                "Ada L is not asked again by an import. Declined it before. "
                "Ask again on the proposal's page if you mean to."
            ),
        )
    ]


def test_each_line_is_checked_as_by_hand(world):
    close, full, paused = (
        world.reviewer(name="Close"),
        world.reviewer(name="Full", max_load=0),
        world.reviewer(name="Paused", is_paused=True),
    )
    stranger = RoleFactory().user
    proposal = world.proposal()
    ConflictFactory(user=close, sponsor=proposal.sponsor, detail="Wrote a paper with the presenter.")
    people = (close, full, paused, stranger)
    done = import_offers(world, *(f"{proposal.code},{user.email}" for user in people), f"{proposal.code},no@body.x")
    reasons = {line["line"]: (line["column"], line["reason"]) for line in done.bad}
    assert {column for column, _ in reasons.values()} == {"reviewer"}
    for line, words in {
        2: "Close has a conflict with this proposal: Wrote a paper with the presenter.",
        3: "Full has a full load of 0.",
        4: "Paused has paused",
        5: f"No reviewer of this edition has the address “{stranger.email}”.",
        6: "No reviewer of this edition has the address “no@body.x”.",
    }.items():
        assert words in reasons[line][1]
    assert world.live() == []


def test_a_hidden_code_and_an_unknown_one_are_refused_in_the_same_words(world):
    ada, hidden, draft = world.reviewer(), world.proposal(), world.proposal(state="draft")
    ConflictFactory(user=world.chair, sponsor=hidden.sponsor)
    codes = (hidden.code, draft.code, "NOSUCH")
    done = import_offers(world, *(f"{code},{ada.email}" for code in codes))
    assert [line["reason"].replace(code, "…") for line, code in zip(done.bad, codes, strict=True)] == [
        "No proposal with the code … awaits review, or you may not see it. Check the code."
    ] * 3


def test_only_cochairs_import_offers(world, organiser):
    with pytest.raises(NotAllowed):
        import_offers(world, by=organiser)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty-file"), (b"code\nX", "columns-missing"), (b"\xff\xfe\x00", "not-utf-8")]
)
def test_a_file_that_is_no_table_is_refused_whole(world, data, code):
    with pytest.raises(Invalid) as refusal:
        imports.import_offers(by=world.chair, edition=world.edition, data=data)
    assert refusal.value.code == code

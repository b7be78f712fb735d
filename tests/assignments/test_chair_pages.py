"""The chairs' pages: board, figures, settings, tables, previews, and pairs by hand."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from expo.editions.models import Upload
from expo.editions.states import RoleKind
from expo.kit import clock
from reviews.assignments.models import Assignment, PairRule, QueueSettings, ReviewerProfile, Run
from reviews.assignments.services import assignments, pair_rules, runs, settings
from tests.assignments.test_views import at, offered, read
from tests.factories import AssignmentFactory, ConflictFactory, RoleFactory
from tests.pages import squeezed

pytestmark = pytest.mark.django_db


def post(client, user, address, data=None, **options):
    client.force_login(user)
    return client.post(address, data or {}, **options)


# --- The board ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("show", "titles"),
    [
        ("unanswered", {"Fresh", "Waiting"}),
        ("expiring", {"Waiting"}),
        ("pinned", {"Decided"}),
        ("late", {"Overdue"}),
    ],
)
def test_the_board_filters_by_what_presses(client, world, show, titles):
    ada, now = world.reviewer(), clock.now()
    offered(world, ada, title="Fresh")
    waiting, late = offered(world, ada, title="Waiting"), offered(world, ada, "accepted", title="Overdue")
    Assignment.objects.filter(pk=waiting.pk).update(answer_by=now + timedelta(hours=30))
    Assignment.objects.filter(pk=late.pk).update(due_at=now - timedelta(days=3))
    pair_rules.set_pair(by=world.chair, proposal=world.proposal(title="Decided"), reviewer=ada, kind="pin")
    page = read(client, world.chair, at("board", world) + f"?show={show}")
    assert {title for title in ("Fresh", "Waiting", "Overdue", "Decided") if title in page} == titles


def test_the_board_says_how_long_there_is_to_answer_and_how_late_a_review_is(client, world):
    waiting, late = offered(world, world.reviewer()), offered(world, world.reviewer(), "accepted")
    Assignment.objects.filter(pk=waiting.pk).update(answer_by=clock.now() + timedelta(hours=30, minutes=5))
    Assignment.objects.filter(pk=late.pk).update(due_at=clock.now() - timedelta(days=3, minutes=5))
    page = read(client, world.chair, at("board", world))
    assert "answer due in 30 hours" in page
    assert "3 days late" in page


@pytest.mark.slow
def test_a_place_that_came_free_is_offered_for_repair(client, world):
    ada, bob = world.reviewer(world.vision), world.reviewer(world.vision, name="Bob M")
    made = offered(world, ada)
    AssignmentFactory(edition=world.edition, proposal=made.proposal, reviewer=world.reviewer(), state="accepted")
    assert "lost its reviewer" not in read(client, world.chair, at("board", world))
    assignments.decline(by=ada, assignment=made, reason="No time.")
    assert "1 review lost its reviewer" in read(client, world.chair, at("board", world))
    answer = post(client, world.chair, at("repair", world))
    run = Run.objects.get()
    assert (answer["Location"], run.kind, run.started_by) == (at("run", world, run.pk), "repair", world.chair)
    runs.execute(run.pk)
    page = read(client, world.chair, at("run", world, run.pk))
    for words in (f"Repair, run {run.pk}", "Bob M", "No other assignment is changed.", 'data-sign="+"'):
        assert words in page
    assert bob.pk in [pair["reviewer"] for pair in Run.objects.get().result["pairs"]]


@pytest.mark.slow
def test_a_repair_shows_only_what_changes(client, world):
    ada = world.reviewer(world.vision)
    kept = offered(world, ada, "accepted", title="Stays as it is")
    for state in ("accepted", "declined"):
        AssignmentFactory(edition=world.edition, proposal=kept.proposal, reviewer=world.reviewer(), state=state)
    broken = offered(world, world.reviewer(), title="Comes apart")
    assignments.decline(by=broken.reviewer, assignment=broken, reason="No time.")
    run = runs.start_repair(by=world.chair, edition=world.edition)
    runs.execute(run.pk)
    page = read(client, world.chair, at("run", world, run.pk))
    assert ("Comes apart" in page, "Stays as it is" in page) == (True, False)


def test_nothing_to_repair_is_told_in_a_sentence(client, world):
    page = post(client, world.chair, at("repair", world), follow=True).content.decode()
    assert "Nothing to repair." in page


@pytest.mark.slow
def test_reminders_by_button_say_how_many_went_out(client, world):
    offered(world, world.reviewer())
    assert (
        "1 person reminded, one mail each."
        in post(client, world.chair, at("remind", world), follow=True).content.decode()
    )
    assert "Nobody to remind" in post(client, world.chair, at("remind", world), follow=True).content.decode()


def test_the_chosen_alone_are_reminded(client, world):
    mine = [offered(world, world.reviewer()) for _ in range(3)]
    hidden = offered(world, world.reviewer())
    ConflictFactory(user=world.chair, sponsor=hidden.proposal.sponsor)

    def remind(**chosen):
        answer = post(client, world.chair, at("remind", world), {"chosen": "1", **chosen}, follow=True)
        return answer.content.decode()

    assert "Nobody to remind: tick rows" in remind()
    assert "Nobody to remind: tick rows" in remind(code=[hidden.proposal.code], reviewer=[hidden.reviewer_id, "x"])
    assert "2 people reminded" in remind(code=[mine[0].proposal.code], reviewer=[mine[1].reviewer_id])
    reminded = Assignment.objects.exclude(reminded_at=None)
    assert set(reminded.values_list("pk", flat=True)) == {mine[0].pk, mine[1].pk}


def test_the_boards_lists_are_files_of_what_the_viewer_may_see(client, world):
    seen, hidden = offered(world, world.reviewer(name="Ada L"), title="Seen"), offered(world, world.reviewer())
    ConflictFactory(user=world.chair, sponsor=hidden.proposal.sponsor)
    file = read(client, world.chair, at("board", world) + "?format=csv")
    assert f"{seen.proposal.code},Seen," in file
    assert "Ada L: offered" in file
    assert hidden.proposal.code not in file
    people = read(client, world.chair, at("board", world) + "?view=reviewers&format=csv")
    assert [line.split(",")[3] for line in people.splitlines()[1:]] == ["1", "0"]


@pytest.mark.slow
def test_runs_are_a_tab_of_the_board(client, world):
    world.reviewer(world.vision)
    world.proposal(world.vision)
    run = world.run()
    page = read(client, world.chair, at("board", world) + "?view=runs")
    assert at("run", world, run.pk) in page


def test_reviewers_who_are_away_or_have_not_confirmed_are_marked(client, world):
    ada, day = world.reviewer(name="Ada L"), clock.now().date()
    profile = ReviewerProfile.objects.get(user=ada)
    profile.absences.create(first_day=day - timedelta(days=2), last_day=day + timedelta(days=2))
    page = read(client, world.chair, at("board", world) + "?view=reviewers")
    for words in ("Away", "Not confirmed"):
        assert words in page


# --- Settings ---


def typed(**changed):
    values = {
        "answer_days": 7, "remind_days": 3, "escalate_days": 2, "least_load": 0, "floor_share": "1",
        "chance_cap": "100", "stay": "keep", "repairs": "ask", "forbids_cycles": "on",
    }  # fmt: skip
    return values | changed


def test_settings_are_typed_in_percent_and_kept_as_shares(client, world):
    answer = post(client, world.chair, at("settings", world), typed(floor_share="2.5", chance_cap="90", stay="bonus"))
    row = QueueSettings.objects.get()
    assert (answer.status_code, row.floor_share, row.chance_cap, row.stay) == (302, 0.025, 0.9, "bonus")
    page = read(client, world.chair, at("settings", world))
    assert 'value="2.5"' in page
    assert 'value="90"' in page


@pytest.mark.parametrize(
    ("name", "value"),
    [("answer_days", "0"), ("answer_days", "x"), ("floor_share", "21"), ("floor_share", "nan"), ("chance_cap", "9")],
)
def test_a_setting_out_of_range_is_explained_and_kept(client, world, name, value):
    answer = post(client, world.chair, at("settings", world), typed(**{name: value}))
    page = answer.content.decode()
    assert (answer.status_code, f'value="{value}"' in page, f'id="id_{name}_error"' in page) == (200, True, True)
    assert not QueueSettings.objects.exists()


def test_rules_that_contradict_each_other_are_refused_at_their_field(client, world):
    for sector, is_senior in (("academia", False), ("industry", False), ("academia", True), ("industry", True)):
        RoleFactory(edition=world.edition, kind=RoleKind.REVIEWER, sector=sector, is_senior=is_senior)
    both = typed(chance_cap="90", wants_senior="on", wants_sectors="on")
    page = post(client, world.chair, at("settings", world), both).content.decode()
    assert "These roles overlap" in page
    assert 'id="id_chance_cap_error"' in page


# --- Tables ---


def table(*lines):
    return SimpleUploadedFile("list.csv", "\n".join(lines).encode(), "text/csv")


@pytest.mark.slow
def test_a_table_of_offers_is_reported_on_the_same_page(client, world):
    ada, proposal = world.reviewer(), world.proposal()
    file = table("code,reviewer", f"{proposal.code},{ada.email}", f"NOSUCH,{ada.email}")
    page = post(client, world.chair, at("import", world), {"kind": "offers", "file": file}, follow=True)
    upload = Upload.objects.get()
    assert "No proposal with the code NOSUCH awaits review" in page.content.decode()
    rest = client.get(at("import-rest", world, upload.pk))
    assert rest["Content-Type"] == "text/csv; charset=utf-8"
    assert f'NOSUCH,{ada.email},"code: No proposal' in rest.content.decode()
    assert world.live() == [(proposal.pk, ada.pk, "offered")]


@pytest.mark.slow
def test_each_kind_of_table_is_for_whom_it_concerns(client, world):
    """Cochairs import both; organisers only reviewers."""
    organiser = RoleFactory(edition=world.edition, kind=RoleKind.ORGANISER).user
    for user, takes_offers in ((world.chair, True), (organiser, False)):
        page = read(client, user, at("import", world))
        assert ('value="reviewers"' in page, 'value="offers"' in page) == (True, takes_offers)
        for kind, kind_of_file in (("reviewers", "text/csv"), ("offers", "text/csv" if takes_offers else "text/html")):
            template = client.get(at("import", world) + f"?template={kind}")
            assert template["Content-Type"].startswith(kind_of_file)
    refused = post(client, organiser, at("import", world), {"kind": "offers", "file": table("code", "AB12CD")})
    assert (refused.status_code, Upload.objects.exists()) == (200, False)


def test_a_table_of_offers_is_read_by_its_sender_only(client, world):
    proposal = world.proposal()
    post(client, world.chair, at("import", world), {"kind": "offers", "file": table("code,reviewer", "SECRET,a@b.c")})
    upload, second = Upload.objects.get(), RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    assert "SECRET" not in read(client, second, at("import", world) + f"?upload={upload.pk}")
    assert client.get(at("import-rest", world, upload.pk)).status_code == 404
    assert proposal.assignments.count() == 0


def test_a_file_that_is_no_table_is_told_at_its_field(client, world):
    page = post(client, world.chair, at("import", world), {"kind": "offers", "file": table("x", "y")})
    assert "code and reviewer are missing" in page.content.decode()
    assert (
        "This field is required." in post(client, world.chair, at("import", world), {"kind": "offers"}).content.decode()
    )


# --- Runs ---


@pytest.mark.slow
def test_the_board_leads_to_the_latest_preview_until_a_later_run_is_published(client, world):
    world.reviewer()
    world.proposal()
    older = world.run()
    assert "A preview is ready" in read(client, world.chair, at("board", world))
    runs.publish(by=world.chair, run=world.run())
    page = read(client, world.chair, at("board", world))
    assert "A preview is ready" not in page
    assert at("run", world, older.pk) in read(client, world.chair, at("board", world) + "?view=runs")


@pytest.mark.slow
def test_a_preview_says_why_who_else_how_fair_and_how_good(client, world):
    world.reviewer(world.vision, name="Ada L")
    world.reviewer(world.vision, name="Bob M")
    world.reviewer(name="Cy N")
    world.proposal(world.vision, title="A talk")
    run = world.run()
    rows = read(client, world.chair, at("run", world, run.pk))
    for words in ("Ada L", "Bob M", "1 of 1 topic: Vision.", "Next best alternatives, each with its match", "Cy N"):
        assert words in rows
    proof = read(client, world.chair, at("run", world, run.pk) + "?view=proof")
    for words in ("Least match of a proposal", "The highest total match", "2.000", "proved best"):
        assert words in proof
    assert f"<dd>{run.seed}" in squeezed(proof)


@pytest.mark.slow
def test_a_shortage_is_told_with_the_ways_out(client, world):
    ada = world.reviewer(world.vision, name="Ada L")
    proposal = world.proposal(world.vision, title="Lonely talk")
    ConflictFactory(user=world.reviewer(name="Bob M"), sponsor=proposal.sponsor)
    run = world.run()
    page = read(client, world.chair, at("run", world, run.pk) + "?view=shortage")
    for words in ("Why some reviews cannot be assigned", "1 review missing", "Possible fixes", "Lonely talk", "Bob M"):
        assert words in page
    assert ada.pk in [pair["reviewer"] for pair in run.result["pairs"]]


@pytest.mark.slow
def test_who_does_not_see_the_whole_run_sees_no_bounds_no_causes_and_no_prices(client, world):
    for name in ("Ada L", "Bob M", "Cy N"):
        world.reviewer(world.vision, name=name, max_load=1)
    world.proposal(world.vision, title="Seen"), world.proposal(world.vision)
    second = RoleFactory(edition=world.edition, kind=RoleKind.COCHAIR).user
    run = world.run(by=second)
    ConflictFactory(user=world.chair, sponsor=run.edition.proposals.last().sponsor)
    pages = [read(client, world.chair, at("run", world, run.pk) + view) for view in ("", "?view=proof")]
    assert "Part of this run is hidden from you" in pages[1]
    for words in ("proved best", "What it costs", "Full load", "Shortage"):
        assert not any(words in page for page in pages)
    whole = [read(client, second, at("run", world, run.pk) + view) for view in ("", "?view=proof")]
    assert "proved best" in whole[1]
    assert "Shortage" in whole[0]


@pytest.mark.slow
def test_a_draw_promises_its_seed_before_and_shows_it_after(client, world):
    settings.save_settings(by=world.chair, edition=world.edition, chance_cap=0.9)
    for _ in range(4):
        world.reviewer(world.vision)
    world.proposal(world.vision)
    assert 'name="seed"' not in read(client, world.chair, at("start", world))
    post(client, world.chair, at("start", world))
    run = Run.objects.get()
    before = read(client, world.chair, at("run", world, run.pk))
    assert (run.commitment in before, run.nonce in before, str(run.seed) in before) == (True, False, False)
    runs.execute(run.pk)
    assert run.nonce not in read(client, world.chair, at("run", world, run.pk) + "?view=proof")
    post(client, world.chair, at("publish", world, run.pk))
    after = read(client, world.chair, at("run", world, run.pk) + "?view=proof")
    assert {words: words in after for words in (run.commitment, run.nonce, str(run.seed))} == {
        run.commitment: True,
        run.nonce: True,
        str(run.seed): True,
    }


@pytest.mark.slow
def test_a_pair_pinned_in_a_preview_comes_out_of_the_next_run(client, world):
    for name in ("Ada L", "Bob M"):
        world.reviewer(world.vision, name=name)
    cy = world.reviewer(name="Cy N")
    proposal = world.proposal(world.vision)
    run = world.run()
    data = {"reviewer": cy.pk, "kind": "pin", "run": run.pk}
    answer = post(client, world.chair, at("pair", world, proposal.code), data)
    assert answer["Location"] == f"{at('run', world, run.pk)}#p-{proposal.code}"
    page = read(client, world.chair, at("run", world, run.pk))
    assert "Pins have changed since" in page
    answer = post(client, world.chair, at("start", world), {"instead": run.pk})
    made = Run.objects.first()
    runs.execute(made.pk)
    run.refresh_from_db()
    assert (answer["Location"], run.state) == (at("run", world, made.pk), "discarded")
    page = read(client, world.chair, at("run", world, made.pk))
    assert "Cy N" in page
    assert "Pinned" in page


@pytest.mark.slow
def test_a_pin_that_could_not_be_kept_is_told_in_the_preview(client, world):
    ada, proposal = world.reviewer(name="Ada L"), world.proposal()
    world.reviewer(name="Bob M")
    pair_rules.set_pair(by=world.chair, proposal=proposal, reviewer=ada, kind="pin")
    ConflictFactory(user=ada, sponsor=proposal.sponsor)
    page = read(client, world.chair, at("run", world, world.run().pk))
    assert "Pinned: Ada L, could not be kept" in squeezed(page)


@pytest.mark.slow
def test_a_start_that_is_refused_keeps_the_preview(client, world):
    world.reviewer()
    world.proposal()
    run = world.run()
    post(client, world.chair, at("start", world), {"instead": run.pk, "seed": "-1"})
    run.refresh_from_db()
    assert run.state == "preview"


def test_the_start_page_names_proposals_that_too_few_could_take(client, world):
    proposal = world.proposal(title="Lonely talk")
    for cause in ("conflict", "paused", "full"):
        user = world.reviewer(is_paused=cause == "paused", max_load=0 if cause == "full" else None, name=f"The {cause}")
        if cause == "conflict":
            ConflictFactory(user=user, sponsor=proposal.sponsor)
    page = read(client, world.chair, at("start", world))
    for words in (
        "Lonely talk",
        "0 for 2 reviews",
        "1 in conflict",
        "1 paused",
        "1 with a full load",
        "The paused",
    ):
        assert words in page


# --- By hand ---


@pytest.mark.slow
def test_pins_and_prohibitions_are_set_and_cleared_on_the_proposals_page(client, world):
    ada, proposal = world.reviewer(name="Ada L"), world.proposal()
    for kind, words in (("pin", "Pinned: Ada L."), ("forbid", "Forbidden: Ada L."), ("clear", "Cleared: Ada L.")):
        data = {"reviewer": ada.pk, "kind": kind}
        answer = post(client, world.chair, at("pair", world, proposal.code), data, follow=True)
        assert words in answer.content.decode()
        assert [rule.kind for rule in PairRule.objects.all()] == ([] if kind == "clear" else [kind])


def test_a_pin_that_cannot_be_is_refused_where_it_was_asked(client, world):
    ada, proposal = world.reviewer(name="Ada L"), world.proposal()
    ConflictFactory(user=ada, sponsor=proposal.sponsor, detail="Wrote a paper with the presenter.")
    answer = post(client, world.chair, at("pair", world, proposal.code), {"reviewer": ada.pk, "kind": "pin"})
    assert answer.status_code == 200
    assert "Ada L has a conflict with this proposal" in answer.content.decode()
    assert not PairRule.objects.exists()


@pytest.mark.parametrize("kind", ["", "x", "PIN"])
def test_an_unknown_word_on_a_pair_is_refused(client, world, kind):
    ada, proposal = world.reviewer(), world.proposal()
    answer = post(client, world.chair, at("pair", world, proposal.code), {"reviewer": ada.pk, "kind": kind})
    assert "Choose one of pin, forbid, clear." in answer.content.decode()


@pytest.mark.slow
def test_two_reviewers_change_places(client, world):
    ada, bob = world.reviewer(world.vision, name="Ada L"), world.reviewer(world.speech, name="Bob M")
    one, two = world.proposal(world.speech), world.proposal(world.vision)
    first = AssignmentFactory(edition=world.edition, proposal=one, reviewer=ada, state="offered")
    second = AssignmentFactory(edition=world.edition, proposal=two, reviewer=bob, state="accepted")
    page = read(client, world.chair, at("proposal", world, one.code))
    assert f'<option value="{second.pk}">Bob M on {two.code}' in squeezed(page)
    assert "(+2.00)" in page
    post(client, world.chair, at("swap", world, first.pk), {"other": second.pk})
    live = {(each.proposal, each.reviewer) for each in Assignment.objects.filter(state="offered")}
    assert live == {(one, bob), (two, ada)}


@pytest.mark.slow
def test_a_swap_that_does_not_fit_is_refused_in_its_place(client, world):
    ada, bob = world.reviewer(), world.reviewer(name="Bob M")
    one, two = world.proposal(), world.proposal()
    first = AssignmentFactory(edition=world.edition, proposal=one, reviewer=ada, state="offered")
    second = AssignmentFactory(edition=world.edition, proposal=two, reviewer=bob, state="offered")
    ConflictFactory(user=bob, sponsor=one.sponsor)
    page = read(client, world.chair, at("proposal", world, one.code))
    assert f'<option value="{second.pk}">' not in page
    answer = post(client, world.chair, at("swap", world, first.pk), {"other": second.pk})
    page = answer.content.decode()
    assert (answer.status_code, "Not swapped" in page, "Bob M has a conflict" in page) == (200, True, True)


@pytest.mark.parametrize("other", ["", "x", "0", "9" * 30])
def test_a_swap_with_nobody_is_refused(client, world, other):
    made = offered(world, world.reviewer())
    answer = post(client, world.chair, at("swap", world, made.pk), {"other": other})
    assert "Choose from the list whom to swap with." in answer.content.decode()


@pytest.mark.slow
def test_a_hidden_place_is_neither_offered_for_a_swap_nor_taken(client, world):
    made, hidden = offered(world, world.reviewer()), offered(world, world.reviewer())
    ConflictFactory(user=world.chair, sponsor=hidden.proposal.sponsor)
    assert hidden.proposal.code not in read(client, world.chair, at("proposal", world, made.proposal.code))
    answer = post(client, world.chair, at("swap", world, made.pk), {"other": hidden.pk})
    assert "Choose from the list whom to swap with." in answer.content.decode()


# --- The same number of queries at 2 and 20 rows ---


@pytest.mark.slow
def test_pages_ask_the_same_number_of_queries_whatever_the_size(client, world):
    pages = ["figures", "settings", "import", "run?view=proof", "run?view=shortage", "board?show=pinned"]

    def grow(n):
        for _ in range(n):
            made = offered(world, world.reviewer(world.vision, max_load=1))
            pair_rules.set_pair(by=world.chair, proposal=made.proposal, reviewer=world.reviewer(), kind="forbid")

    def count(run, page):
        name, _, query = page.partition("?")
        address = at(name, world, *([run.pk] if name == "run" else [])) + (f"?{query}" if query else "")
        client.force_login(world.chair)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def counts():
        run = world.run()
        found = {page: count(run, page) for page in pages}
        runs.discard(by=world.chair, run=run)
        return found

    grow(2)
    small = counts()
    grow(18)
    assert counts() == small

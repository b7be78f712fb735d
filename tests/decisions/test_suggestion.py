"""Suggest a selection: the best that has a timetable, what would flip each, and deciding by it."""

from datetime import UTC, datetime, time

import pytest
from django.urls import reverse

from expo.kit.errors import Invalid, WrongState
from expo.proposals.models import Availability
from reviews.decisions import fitting
from reviews.decisions.models import Decision
from reviews.decisions.queries.decision_basis import merits_of
from reviews.decisions.queries.scenarios import asked_in
from reviews.decisions.queries.suggestion import joint_question, suggestion_of
from reviews.decisions.services.decisions import decide, undo_verdicts
from reviews.decisions.services.fits import execute_fit, start_fit
from reviews.decisions.services.suggestion import decide_as_suggested
from reviews.scoring.models import Score
from reviews.scoring.queries.ranking import ranking_of
from tests.factories import EXPO_DAY, ConflictFactory, PresenterFactory, RoomFactory, SponsorFactory

pytestmark = pytest.mark.slow


@pytest.fixture
def hall(panel):
    """Two hours, so two talks."""
    return RoomFactory(edition=panel.edition, name="Hall A", capacity=None)


def talk(panel, value, title, *, only_at=None, speaker="", **fields):
    made = panel.proposal(value, value, value, title=title, **fields)
    person = PresenterFactory(proposal=made, **({"email": speaker} if speaker else {}))
    if only_at is not None:
        away = [datetime.combine(EXPO_DAY, time(hour), panel.edition.zone).astimezone(UTC) for hour in range(9, 12)]
        start = 1 if only_at == 9 else 0
        Availability.objects.create(presenter=person, starts_at=away[start], ends_at=away[start + 1])
    return made


def suggested(panel, by=None, **asked):
    by = by or panel.chair
    fit = start_fit(by=by, edition=panel.edition, kind="joint", asked=asked)
    assert execute_fit(fit.pk)
    fit.refresh_from_db()
    assert fit.result is not None, fit.error
    return fit


def rows_of(panel, fit):
    return {row.proposal.title: row for row in suggestion_of(fit, panel.chair).rows}


def refused(verb, **fields):
    with pytest.raises((Invalid, WrongState)) as caught:
        verb(**fields)
    return caught.value.code


class TestAnswer:
    def test_the_best_by_scores_is_it_where_it_has_a_timetable(self, panel, hall):
        for value in (4, 3, 2):
            talk(panel, value, f"Talk {value}")
        panel.proposal(title="Unread")

        fit = suggested(panel)

        answer, rows = suggestion_of(fit, panel.chair), rows_of(panel, fit)
        assert (answer.is_current, answer.as_picked, answer.is_proved) == (True, True, True)
        assert (answer.placed, answer.kept, answer.unreviewed) == (2, 0, 1)
        assert {title: row.is_in for title, row in rows.items()} == {"Talk 4": True, "Talk 3": True, "Talk 2": False}
        assert "“Talk 2” would come in instead. That selection has a timetable too." in " ".join(rows["Talk 3"].flip)
        assert ", instead of “Talk 3”. That selection has a timetable too." in " ".join(rows["Talk 2"].flip)
        question = joint_question(panel.edition, panel.chair, asked_in({})).asked
        assert fitting.broken(question.problem, fit.result["placed"]) == []

    def test_what_the_timetable_keeps_out_is_told_so(self, panel, hall):
        talk(panel, 4, "Alpha", only_at=9), talk(panel, 3, "Beta", only_at=9), talk(panel, 2, "Gamma")

        fit = suggested(panel)

        answer, rows = suggestion_of(fit, panel.chair), rows_of(panel, fit)
        assert (answer.as_picked, answer.is_proved) == (False, True)
        assert rows["Gamma"].why == ("In because of the timetable, instead of “Beta”.",)
        assert rows["Beta"].why[:2] == (
            "By scores and limits it would be in; the timetable or a further rule keeps it out.",
            "“Alpha” and “Beta” cannot both be scheduled; either of them alone can.",
        )
        assert (rows["Beta"].flip, rows["Gamma"].flip) == ((), ())

    def test_a_flip_without_a_timetable_is_told_so_and_true(self, panel, hall):
        talk(panel, 4, "Alpha", only_at=9), talk(panel, 3, "Beta"), talk(panel, 2, "Gamma", only_at=9)
        rows = rows_of(panel, suggested(panel))
        assert "But that selection has no timetable: “Alpha” and “Gamma” cannot both" in " ".join(rows["Gamma"].flip)

        Score.objects.filter(review__assignment__proposal__title="Gamma").update(
            level=panel.criteria[0].levels.get(value=4)
        )
        assert rows_of(panel, suggested(panel))["Beta"].is_in

    def test_the_editions_limit_of_sessions_per_presenter_holds(self, panel, hall):
        panel.edition.presenter_limit = 1
        panel.edition.save()
        for value in (4, 3):
            talk(panel, value, f"Ada {value}", speaker="ada@stage.example")
        talk(panel, 2, "Other")

        rows = rows_of(panel, suggested(panel))

        assert {title: row.is_in for title, row in rows.items()} == {"Ada 4": True, "Ada 3": False, "Other": True}
        assert rows["Ada 3"].why[-1] == "With it as well, a presenter would have more sessions than the edition allows."

    def test_capacity_holds_where_there_are_more_rooms_than_places(self, panel, hall):
        RoomFactory(edition=panel.edition, name="Hall B", capacity=None)
        for value in (4, 3, 2):
            talk(panel, value, f"Talk {value}")
        assert sum(row.is_in for row in rows_of(panel, suggested(panel)).values()) == 2

    def test_a_what_if_holds_with_pins_and_weights(self, panel, hall):
        low = talk(panel, 2, "Low")
        for value in (4, 3):
            talk(panel, value, f"Talk {value}")
        asked = {"in": [low.code], "weights": {str(panel.criteria[0].pk): 3}}
        fit = suggested(panel, **asked)
        rows = rows_of(panel, fit)
        assert {title: row.is_in for title, row in rows.items()} == {"Low": True, "Talk 4": True, "Talk 3": False}
        assert rows["Low"].why == ("Pinned: it is in.",)
        assert (
            rows["Talk 4"].score
            == merits_of(ranking_of(panel.edition, panel.chair), {panel.criteria[0].pk: 3})[rows["Talk 4"].proposal.pk]
        )


class TestDeciding:
    def test_all_get_the_verdict_suggested_with_unread_drafts_and_it_can_be_undone(self, panel, hall):
        for value in (4, 3, 2):
            talk(panel, value, f"Talk {value}")
        fit = suggested(panel)

        changed = decide_as_suggested(by=panel.chair, fit=fit)

        assert {each.proposal.title: each.verdict for each in changed} == {
            "Talk 4": "accept",
            "Talk 3": "accept",
            "Talk 2": "reject",
        }
        assert {each.reason for each in changed} == {"above_the_line", "below_the_line"}
        assert all(each.feedback and each.facts and each.feedback_read_by is None for each in changed)
        assert refused(decide_as_suggested, by=panel.chair, fit=fit) == "outdated-suggestion"
        undo_verdicts(by=panel.chair, chosen=[(each.proposal, each.version) for each in changed])
        assert not Decision.objects.exists()
        assert suggestion_of(fit, panel.chair).is_current

    def test_some_of_them_and_those_out_on_the_waiting_list(self, panel, hall):
        made = [talk(panel, value, f"Talk {value}") for value in (4, 3, 2)]
        fit = suggested(panel)
        chosen = [made[0].code, made[2].code, "NOPE99"]

        changed = decide_as_suggested(by=panel.chair, fit=fit, codes=chosen, out_as="waitlist")

        assert [(each.proposal, each.verdict) for each in changed] == [(made[0], "accept"), (made[2], "waitlist")]

    def test_nothing_happens_where_it_is_outdated_or_makes_no_sense(self, panel, hall):
        made = [talk(panel, value, f"Talk {value}") for value in (4, 3, 2)]
        fit = suggested(panel)
        assert refused(decide_as_suggested, by=panel.chair, fit=fit, codes=[]) == "nothing-chosen"
        assert refused(decide_as_suggested, by=panel.chair, fit=fit, out_as="accept") == "unknown-verdict"
        decide(by=panel.chair, proposal=made[0], verdict="reject", reason="chairs_call")
        assert refused(decide_as_suggested, by=panel.chair, fit=fit) == "outdated-suggestion"
        other = panel.cochair()
        ConflictFactory(user=other, sponsor=made[1].sponsor)
        assert refused(decide_as_suggested, by=other, fit=fit) == "no-suggestion"
        assert Decision.objects.count() == 1

    def test_the_page_says_it_decides_and_offers_undo(self, panel, hall, client):
        for value in (4, 3, 2):
            talk(panel, value, f"Talk {value}", sponsor=SponsorFactory(edition=panel.edition))
        client.force_login(panel.chair)
        fit = suggested(panel)
        address = reverse("decisions:fit", args=[panel.edition.slug, fit.pk])
        page = client.get(address).content.decode()
        assert "The best selection has a timetable" in page
        assert "Decide all as suggested" in page

        answer = client.post(f"{address}decide/", {"all": "1"}, follow=True).content.decode()

        assert "3 proposals decided as suggested." in answer
        assert reverse("decisions:undo", args=[panel.edition.slug]) in answer
        assert "Outdated" in client.get(address).content.decode()
        for sent in ({}, {"code": ["x"]}, {"all": "1", "out_as": "x"}):
            assert client.post(f"{address}decide/", sent, follow=True).status_code == 200

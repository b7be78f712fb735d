"""What-ifs: kept by name, each chair's own, computed anew over what the viewer sees."""

import csv
import io
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from expo.journal.models import Entry
from expo.kit.errors import Invalid, NotAllowed, WrongState
from reviews.decisions.models import Scenario
from reviews.decisions.queries.decision_basis import merits_of
from reviews.decisions.queries.scenarios import comparison_of, scenario_by_id, scenarios_of
from reviews.decisions.services.decisions import decide
from reviews.decisions.services.scenarios import MOST_KEPT, delete_scenario, keep_scenario
from reviews.scoring.queries.ranking import ranking_of
from tests.factories import ConflictFactory, ReviewFactory, SponsorFactory, UserFactory


@pytest.fixture
def four(panel):
    """Talks of 4, 3, 2 and 1 for two places."""
    return [panel.proposal(value, value, value, title=f"Talk {value}") for value in (4, 3, 2, 1)]


def keep(panel, name="Mine", by=None, **asked):
    return keep_scenario(by=by or panel.chair, edition=panel.edition, name=name, asked=asked)


def compared(panel, *scenarios, by=None):
    return comparison_of(panel.edition, by or panel.chair, scenarios)


def moves(comparison, column=1):
    return {row.proposal.title: row.positions[column].moved for row in comparison.rows if row.positions[column].moved}


class TestComparison:
    def test_several_changes_count_at_once_and_what_moves_is_marked(self, panel, four):
        pool = ranking_of(panel.edition, panel.chair).pools[0]
        pinned = keep(panel, "Pinned", **{"in": [four[2].code], "out": [four[0].code]})
        larger = keep(panel, "Larger", places={pool.key: 3}, bar=1.5)

        found = compared(panel, pinned, larger)

        assert [column.name for column in found.columns] == ["Now", "Pinned", "Larger"]
        assert [[row.positions[at].is_in for row in found.rows] for at in range(3)] == [
            [True, True, False, False],
            [False, True, True, False],
            [True, True, True, False],
        ]
        assert moves(found, 1) == {"Talk 4": "drops out", "Talk 2": "comes in"}
        assert found.columns[1].moves == ("1 comes in: “Talk 2”.", "1 drops out: “Talk 4”.")
        assert found.columns[1].asks == (f"in: {four[2].code}", f"out: {four[0].code}")
        assert found.columns[2].asks == (f"{pool.name}: 3 places", "no score below 1.5")
        assert [(taken.used, taken.capacity) for column in found.columns for taken in column.taken] == [
            (2, 2),
            (2, 2),
            (3, 3),
        ]

    def test_a_cap_holds_and_nothing_asked_moves_nothing(self, panel, four):
        found = compared(panel, keep(panel, "Nothing"), keep(panel, "None", cap=0))

        assert found.columns[1].moves == ("Nothing moves.",)
        assert found.columns[2].moves == ("2 drop out: “Talk 4” and “Talk 3”.",)

    def test_other_weights_compute_means_and_ranks_anew(self, panel):
        first, second = panel.criteria
        one, two = panel.proposal(title="One"), panel.proposal(title="Two")
        for proposal, levels in ((one, (4, 1)), (two, (2, 2))):
            given = panel.assign(proposal, panel.reviewers[0], state="submitted")
            ReviewFactory(assignment=given, scores=dict(zip((first, second), levels, strict=True)))
        ranking = ranking_of(panel.edition, panel.chair)
        assert merits_of(ranking, {first.pk: first.weight}) == pytest.approx(merits_of(ranking, {}))

        found = compared(panel, keep(panel, weights={str(first.pk): 0}))

        scores = {row.proposal.title: [each.score for each in row.positions] for row in found.rows}
        assert scores["One"][0] > scores["Two"][0]
        assert scores["One"][1] < scores["Two"][1]
        assert moves(found) == {"One": "rank 1 to 2", "Two": "rank 2 to 1"}
        assert found.columns[1].moves == ("2 others change rank.",)
        assert found.columns[1].asks == ("Substance weighs 0 instead of 1",)

    def test_pins_that_contradict_say_so(self, panel):
        sponsor = SponsorFactory(edition=panel.edition, tier=panel.edition.tiers.get(), organisation__name="Acme")
        both = [panel.proposal(3, sponsor=sponsor) for _ in range(2)]
        decide(by=panel.chair, proposal=panel.proposal(4), verdict="accept", reason="chairs_call")

        found = compared(panel, keep(panel, cap=1, **{"in": [each.code for each in both]}))

        places, tier, cap = found.columns[1].contradictions
        assert places.startswith("The pins and what is accepted already take 3 places of Talk; there are 2.")
        assert tier.startswith("The pins and what is accepted already make 2 talks of ")
        assert cap.endswith("the cap is 1. Take out a pin, or raise the cap.")
        assert found.columns[0].contradictions == ()

    def test_a_pin_of_what_the_viewer_does_not_see_is_none_at_all(self, panel, four):
        hidden = panel.proposal(4, 4, 4, title="Secret")
        mine = keep(panel, **{"in": [hidden.code, four[3].code]})
        ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
        only = keep(panel, "Only", **{"in": [four[3].code]})

        with_hidden, without = compared(panel, mine), compared(panel, only)

        assert [row.proposal for row in with_hidden.rows] == [row.proposal for row in without.rows]
        assert [row.positions[1].is_in for row in with_hidden.rows] == [row.positions[1].is_in for row in without.rows]
        assert replace(with_hidden.columns[1], name="", scenario=None) == replace(
            without.columns[1], name="", scenario=None
        )


class TestKeeping:
    def test_it_is_kept_changed_and_deleted_without_its_name_in_the_journal(self, panel):
        mine = keep(panel, "  My   name ")
        changed = keep_scenario(by=panel.chair, edition=panel.edition, name="New", asked={"cap": 2}, scenario=mine)
        assert (changed.pk, changed.name, changed.asked) == (mine.pk, "New", {"cap": 2})
        delete_scenario(by=panel.chair, scenario=changed)

        facts = Entry.objects.filter(fact__contains="scenario").order_by("pk").values_list("fact", "label", "data")
        assert list(facts) == [
            ("decisions.scenario_kept", "", {}),
            ("decisions.scenario_kept", "", {}),
            ("decisions.scenario_deleted", "", {}),
        ]
        assert scenarios_of(panel.edition, panel.chair) == []

    def test_what_cannot_be_kept_is_refused_with_a_sentence(self, panel):
        def code(**fields):
            with pytest.raises((Invalid, NotAllowed, WrongState)) as refused:
                keep_scenario(**{"by": panel.chair, "edition": panel.edition, "name": "A", "asked": {}, **fields})
            return refused.value.code

        keep(panel, "A")
        assert [code(name=name) for name in ("", " ", "\x00", "x" * 61, "A")] == [*["bad-name"] * 4, "name-taken"]
        assert code(by=UserFactory(), name="B") == "not-allowed"
        Scenario.objects.bulk_create(
            Scenario(edition=panel.edition, made_by=panel.chair, name=f"{n}") for n in range(MOST_KEPT - 1)
        )
        assert code(name="One more") == "too-many"

    def test_another_chairs_is_not_there(self, panel):
        mine, other = keep(panel), panel.cochair()
        assert scenario_by_id(panel.chair, edition=panel.edition.slug, scenario=mine.pk) == mine
        with pytest.raises(Scenario.DoesNotExist):
            scenario_by_id(other, edition=panel.edition.slug, scenario=mine.pk)
        with pytest.raises(Scenario.DoesNotExist):
            delete_scenario(by=other, scenario=mine)
        with pytest.raises(WrongState):
            keep_scenario(by=other, edition=panel.edition, name="Theirs", asked={}, scenario=mine)


class TestPages:
    @pytest.fixture
    def chair(self, client, panel):
        client.force_login(panel.chair)
        return client

    @pytest.fixture
    def address(self, panel):
        return lambda name, *more: reverse(f"decisions:{name}", args=[panel.edition.slug, *more])

    @pytest.mark.slow
    def test_a_chair_asks_compares_takes_the_file_changes_and_deletes(self, panel, four, chair, address):
        assert "No what-if yet" in chair.get(address("what-if")).content.decode()
        criterion = panel.criteria[0]
        typed = {"name": "Pinned", "pinned_in": f"{four[2].code.lower()},", "bar": "1,5", f"weight-{criterion.pk}": "2"}

        page = chair.post(address("new-what-if"), typed, follow=True)

        kept = Scenario.objects.get()
        asked = {"in": [four[2].code], "bar": 1.5, "weights": {str(criterion.pk): 2}}
        assert kept.asked == asked
        assert [row.proposal.title for row in page.context["list"].rows] == ["Talk 3", "Talk 2"]
        rows = list(csv.reader(io.StringIO(chair.get(address("what-if") + "?format=csv").content.decode("utf-8-sig"))))
        assert rows[0][-4:] == ["Pinned", "Pinned: score", "Pinned: rank", "Pinned: moved"]
        assert [(row[-4], *row[-2:]) for row in rows[1:]] == [
            ("in", "1", ""),
            ("out", "2", "drops out"),
            ("in", "3", "comes in"),
            ("out", "4", ""),
        ]
        assert [float(row[-3]) for row in rows[1:]] == [
            round(row.positions[1].score, 4) for row in page.context["list"].all
        ]
        form = chair.get(address("edit-what-if", kept.pk)).context["form"]
        assert (form["pinned_in"].value(), form[f"weight-{criterion.pk}"].value()) == (four[2].code, 2)
        chair.post(address("edit-what-if", kept.pk), {**typed, "pinned_in": ""})
        kept.refresh_from_db()
        assert kept.asked == {name: asked[name] for name in ("bar", "weights")}
        assert chair.post(address("delete-what-if", kept.pk), follow=True).status_code == 200
        assert not Scenario.objects.exists()

    @pytest.mark.slow
    def test_what_makes_no_sense_comes_back_with_a_sentence(self, panel, four, chair, address):
        def said(**typed):
            page = chair.post(address("new-what-if"), {"name": "X", **typed})
            assert page.status_code == 422
            assert "X" in page.content.decode()
            return [str(error) for errors in page.context["form"].errors.values() for error in errors]

        zero = {f"weight-{each.pk}": "0" for each in panel.criteria}
        assert said(pinned_in="NOPE99") == ["You see no proposal with the code NOPE99."]
        assert said(pinned_in=four[0].code, pinned_out=four[0].code) == [
            f"{four[0].code} is held in as well: choose one of the two."
        ]
        assert said(**zero) == ["At least one criterion of a rubric has to count: give one a weight above 0."]
        for typed in ({"cap": "-1"}, {"bar": "nan"}, {"bar": "1e999"}, {"cap": "9" * 99}, {f"{next(iter(zero))}": "x"}):
            assert len(said(**typed)) == 1
        assert chair.get(address("what-if") + "?s=x.9999999999999999999999&show=zz&sort=zz&page=-1").status_code == 200

    @pytest.mark.slow
    def test_no_more_than_three_stand_beside_now_and_pages_cost_the_same(self, panel, four, chair, address):
        def cost():
            with CaptureQueriesContext(connection) as made:
                page = chair.get(address("what-if") + f"?s={'.'.join(str(each.pk) for each in Scenario.objects.all())}")
            return len(made), len(page.context["comparison"].columns)

        keep(panel, "One", weights={str(panel.criteria[0].pk): 3}, **{"in": [four[0].code]})
        before, columns = cost()
        for number in range(4):
            keep(panel, f"More {number}", weights={str(panel.criteria[0].pk): 2}, **{"in": [four[number].code]})
            panel.proposal(3, 2)
        assert (columns, cost()) == (2, (before, 4))

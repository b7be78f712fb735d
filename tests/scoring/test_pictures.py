"""The ranking's picture: the same numbers as the ranking, the same middle as its filter, nothing that is hidden."""

from reviews.scoring.queries.pictures import score_charts
from reviews.scoring.queries.ranking import ranking_of
from tests.factories import ConflictFactory


def test_dots_and_table_say_what_the_ranking_says(panel):
    for values in ((4, 4, 4), (3, 2, 3), (2, 3, 3), (1, 2, 1)):
        panel.proposal(*values)
    panel.proposal()
    ranking = ranking_of(panel.edition, panel.chair)
    (chart,) = score_charts(ranking)
    scored = [score for score in ranking.scores if score.merit is not None]
    assert [(row.label, row.cells[0]) for row in chart.rows] == [(s.proposal.code, f"{s.merit:.2f}") for s in scored]
    assert [row.marks[-1].low for row in chart.rows] == [score.merit for score in scored]
    assert [(row.marks[0].low, row.marks[0].high) for row in chart.rows] == [(s.low, s.high) for s in scored]
    assert [row.look == "band" for row in chart.rows] == [score.is_in_middle for score in scored]
    close = sum(score.is_in_middle for score in scored)
    assert close
    assert chart.summary.startswith(f"4 proposals with a score for 2 places; {close} of them could be either")
    assert [rule.value for rule in chart.rules] == [scored[0].line]


def test_without_a_line_nothing_is_close_to_it(panel):
    panel.proposal(4, 2, 3)
    (chart,) = score_charts(ranking_of(panel.edition, panel.chair))
    assert (chart.rules, chart.legend, [row.look for row in chart.rows]) == ((), (), [""])
    assert chart.summary == "1 proposal with a score for 2 places."


def test_a_hidden_proposal_is_no_dot_and_moves_no_line(panel):
    seen = [panel.proposal(4, 4, 4), panel.proposal(2, 2, 2)]
    hidden = panel.proposal(3, 3, 3)
    before = score_charts(ranking_of(panel.edition, panel.chair))
    assert [rule.word for rule in before[0].rules] == ["line 3.00"]
    ConflictFactory(user=panel.chair, sponsor=hidden.sponsor)
    (chart,) = score_charts(ranking_of(panel.edition, panel.chair))
    assert [row.label for row in chart.rows] == [each.code for each in seen]
    assert chart.rules == ()


def test_the_page_draws_it_and_each_dot_leads_to_its_dossier(panel, client):
    proposal = panel.proposal(4, 2, 3)
    client.force_login(panel.chair)
    page = client.get(f"/e/{panel.edition.slug}/standings/").content.decode()
    assert f'href="/e/{panel.edition.slug}/standings/{proposal.code}/" tabindex="-1"' in page


def test_a_long_picture_is_drawn_when_asked_and_stays_with_filters(panel, client, monkeypatch):
    monkeypatch.setattr("reviews.scoring.views.chairs.FEW", 1)
    for values in ((4, 2), (3, 3)):
        panel.proposal(*values)
    client.force_login(panel.chair)
    page = client.get(f"/e/{panel.edition.slug}/standings/?flag=middle").content.decode()
    assert 'id="picture"' not in page
    assert 'href="?flag=middle&amp;picture=1#picture"' in page
    page = client.get(f"/e/{panel.edition.slug}/standings/?flag=middle&picture=1").content.decode()
    assert 'id="picture"' in page
    assert '<input type="hidden" name="picture" value="1"' in page

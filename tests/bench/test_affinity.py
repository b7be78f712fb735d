"""The loss of the text part, by hand: two reviewers and five ratings."""

import json

import pytest

from bench import affinity

pytestmark = pytest.mark.slow

FILES = {
    "reviewers/ada.txt": (
        "Drifting forecasts\nEnergy demand of cities, and models that age.\n\nSpeech of rare birds\nOn song.\n"
    ),
    "reviewers/bo.txt": "Proofs by machine\n\n",
    "proposals/energy.txt": "Models of energy demand\nThey age.\n",
    "proposals/birds.txt": "Birds of Peru, drawn and painted\n",
    "proposals/tea.txt": "Tea\nNothing but tea.\n",
    "ratings.csv": ("reviewer,proposal,rating\nada,energy,2\nada,birds,5\nada,tea,1\nbo,energy,4\nbo,tea,1\n"),
}


@pytest.fixture
def data_set(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_loss_is_what_was_computed_by_hand(data_set, capsys):
    """Whole papers put energy, rated 2, before birds, rated 5: 3 lost of 3 + 1 + 4. Bo's title tells nothing apart:
    half of 3. Titles alone put birds first, and energy level with tea: half of 1.
    """
    affinity.main([str(data_set)])
    line = json.loads(capsys.readouterr().out)

    assert (line["reviewers"], line["proposals"], line["ratings"]) == (2, 3, 5)
    assert line["loss"] == round((3 + 1.5) / 11, 4)
    assert line["loss_past_titles"] == round((0.5 + 1.5) / 11, 4)


def test_stems_tell_apart_what_plain_words_do_not(data_set, capsys):
    (data_set / "proposals/birds.txt").write_text("A bird that is rarely heard, singing songs\n")
    (data_set / "reviewers/ada.txt").write_text("Birds and song\n")
    affinity.main([str(data_set)])
    line = json.loads(capsys.readouterr().out)

    assert (line["plain"], line["loss"]) == (0.5, round((0.5 + 1.5) / 11, 4))


def test_a_rating_of_what_is_not_there_is_named(data_set):
    with (data_set / "ratings.csv").open("a") as file:
        file.write("ada,coffee,3\n")
    with pytest.raises(SystemExit, match=r"line 7: there is no text of ada or of coffee"):
        affinity.main([str(data_set)])


def test_ratings_that_are_all_alike_order_nothing(data_set):
    (data_set / "ratings.csv").write_text("reviewer,proposal,rating\nada,energy,2\nada,birds,2\n")
    with pytest.raises(SystemExit, match="no reviewer rated two proposals differently"):
        affinity.main([str(data_set)])

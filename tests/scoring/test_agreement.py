"""Agreement, against the worked example of its author."""

import pytest

from reviews.scoring.agreement import alpha

#: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: four observers, twelve units.
TABLE = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def test_alpha_is_that_of_the_published_example():
    ratings = [(str(unit), value) for row in TABLE for unit, value in enumerate(row) if value is not None]
    assert alpha(ratings) == pytest.approx(0.849, abs=0.0005)


def test_alpha_of_perfect_agreement_is_one_and_of_nothing_to_compare_is_none():
    assert alpha([("A", 1), ("A", 1), ("B", 4), ("B", 4)]) == 1
    assert alpha([("A", 1), ("B", 4)]) is None
    assert alpha([("A", 2), ("A", 2), ("B", 2), ("B", 2)]) is None

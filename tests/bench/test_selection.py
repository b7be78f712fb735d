"""The day on which the best by points do not fit together."""

import pytest

from bench.selection import measured
from bench.timetables import load

pytestmark = pytest.mark.slow


def test_on_a_made_icml_day_the_joint_set_places_one_more_than_the_order_of_points():
    line = measured("made:12:5", load("made:12:5").problem, most=2)

    assert (line["picked"], line["placeable"], line["joint"]) == (12, 11, 12)
    assert (line["points_placeable"], line["points_joint"]) == (47.84, 51.03)
    assert (line["proved"], line["violations"]) == (True, 0)

"""The choice for many values at once, against the selection that explains itself."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.scoring import selection
from reviews.scoring.choice import Chooser, Limit, Pool


@st.composite
def contests(draw):
    """Proposals of a few sponsors and formats (each with its length), a capacity, limits and two rows of values."""
    lengths = draw(st.lists(st.sampled_from([1, 2, 4]), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(lengths) - 1)), min_size=1, max_size=9))
    limits = {(s, f): draw(st.integers(0, 3)) for s in range(3) for f in range(len(lengths))}
    values = [[draw(st.integers(100, 500)) / 100 + index / 10_000 for index in range(len(rows))] for _ in range(2)]
    return lengths, rows, draw(st.integers(0, 12)), limits, values


@settings(max_examples=150, deadline=None)
@given(contests())
def test_the_choice_for_many_values_is_the_selection_for_each(contest):
    lengths, rows, capacity, limits, values = contest
    codes = [f"P{index}" for index in range(len(rows))]
    together = {key: tuple(code for code, row in zip(codes, rows, strict=True) if row == key) for key in limits}
    pool = Pool(
        "all",
        capacity,
        tuple((code, lengths[format_]) for code, (_, format_) in zip(codes, rows, strict=True)),
        tuple(Limit(members, limits[key]) for key, members in together.items() if members),
    )
    taken = Chooser(pool).taken(np.array(values))
    for row, found in zip(values, taken, strict=True):
        items = tuple(
            selection.Item(code, sponsor, format_, "all", lengths[format_], value)
            for code, (sponsor, format_), value in zip(codes, rows, row, strict=True)
        )
        best = selection.solve(selection.Problem(items, {"all": capacity}, limits))
        chosen = {code for code, inside in zip(codes, found, strict=True) if inside}
        worth = dict(zip(codes, row, strict=True))
        assert abs(sum(worth[code] for code in chosen) - sum(worth[code] for code in best.chosen)) < 1e-9
        if len(set(lengths)) == 1:
            assert chosen == best.chosen

"""Made-up charts for the page of the design system, one of each kind."""

from datetime import date, timedelta

from .chart_rows import Boxes, ChartRow, Mark, RowChart, stacked
from .charts import Arrivals, Bar, Descent, Histogram, ReferenceLine, Scale, even_steps

COLUMNS = Histogram(
    "Load of the reviewers",
    ("reviewer", "reviewers"),
    "Reviews",
    tuple(Bar(str(load), str(load), count) for load, count in enumerate((1, 0, 3, 7, 12, 9, 2))),
    "From 0 to 6, 3.9 in the mean.",
    (ReferenceLine(5.5, "usual load"),),
)
DESCENT = Descent("Room changes of a track", ((1.0, 42, 0), (2.2, 30, 0), (4.0, 24, 18), (7.5, 21, 18)), 9.0)
START = date(2026, 3, 2)
ARRIVALS = Arrivals(
    "Reviews in",
    ("review", "reviews"),
    tuple((START + timedelta(day), count) for day, count in ((0, 1), (3, 4), (6, 9), (9, 20), (12, 31), (15, 38))),
    72,
    START + timedelta(15),
    START + timedelta(26),
)
SCORES = (("TK4", 4.31, 3.9, 4.7), ("TK1", 4.02, 3.5, 4.5), ("TK3", 3.62, 3.0, 4.2), ("TK7", 3.18, 2.2, 4.1))
DOTS = RowChart(
    "Scores of talks",
    "4 talks for 2 places; 2 of them could be either in or out.",
    ("Proposal", "Score", "95 % interval"),
    tuple(
        ChartRow(
            code,
            (Mark("span", low, high), Mark("dot", mean)),
            (f"{mean:.2f}", f"{low:.2f} to {high:.2f}"),
            look="band" if low < 3.8 < high else "",
            tip=f"{code}: {mean:.2f}, between {low:.2f} and {high:.2f}",
            url="#charts",
        )
        for code, mean, low, high in SCORES
    ),
    Scale(1, 5),
    tuple((float(level), str(level)) for level in range(1, 6)),
    (ReferenceLine(3.8, "line 3.80"),),
    is_dense=True,
)
LOADS = RowChart(
    "Loads against limits",
    "24 reviews for 3 people; 1 has more than their limit.",
    ("Reviewer", "Done", "Promised", "Limit"),
    tuple(
        ChartRow(
            name,
            (
                *stacked([(done, "part-done", f"{done} done"), (promised, "part-promised", f"{promised} promised")]),
                Mark("upright", limit),
            ),
            (str(done), str(promised), str(limit)),
            f"{done + promised} of {limit}",
            "1 over" if done + promised > limit else "",
            look="warn" if done + promised > limit else "",
        )
        for name, done, promised, limit in (
            ("Ada Lovelace", 2, 5, 6),
            ("Alan Turing", 4, 4, 8),
            ("Grace Hopper", 8, 1, 10),
        )
    ),
    Scale(0, 10),
    even_steps(10),
    (ReferenceLine(8, "usual load"),),
    (("part-done", "done"), ("part-promised", "promised")),
)
AIMS = RowChart(
    "Drafts on each goal",
    "The first goal on which they differ is best in 2.",
    ("Goal", "Now", "1", "2"),
    tuple(
        ChartRow(
            name,
            tuple(Mark("dot", value, label=sign) for value, sign in values),
            cells,
            word=word,
            look="faint" if word == "all equal" else "",
            scale=Scale(0, max(1.0, *(value for value, _ in values))),
        )
        for name, values, cells, word in (
            ("Sessions left out", ((0, "now, 1, 2"),), ("0", "0", "0"), "all equal"),
            ("Overlap on a topic", ((4, "2"), (12, "now, 1")), ("12", "12", "4"), "best: 2"),
        )
    ),
    Scale(0, 1),
    note="Each line has its own scale.",
)
STRIP = RowChart(
    "Seats and audiences",
    "30 people without a seat.",
    ("Room", "Seats", "Without a seat"),
    (
        ChartRow(
            "Hall A",
            (Mark("block", 0, 1, level=0.3), Mark("block", 1, 2, "warn", level=0.9)),
            ("100", "30"),
            "100 seats",
            "30 too many",
            look="warn",
            level=2 / 3,
        ),
    ),
    Scale(0, 3),
    ((0.0, "09:00"), (3.0, "12:00")),
    legend=(("", "expected audience"), ("warn", "more than the seats"), ("dashed", "seats of the room")),
)
PICTURES = (COLUMNS, ARRIVALS, DESCENT, DOTS, LOADS, AIMS, STRIP)
BOXES = (Boxes("Talks", 5, 8, 2), Boxes("Workshops", 5, 4))

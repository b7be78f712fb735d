"""The page that shows the parts of the design system, with made-up examples."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .design_charts import BOXES, PICTURES
from .form_sections import Section
from .forms import Chips, ChoiceCards, DateTimeInput, LevelSelect, LongText
from .lists import Pick, WorkList
from .policy import page
from .waiting import Waiting


class Row(NamedTuple):
    """A line of the sample table."""

    code: str
    title: str
    format: str
    state: str
    mean: float
    low: float
    high: float


PATH = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("review", "In review"),
    ("accepted", "Accepted"),
    ("confirmed", "Confirmed"),
    ("published", "Published"),
]
STATES = [
    "draft",
    "submitted",
    "accepted",
    "waitlisted",
    "rejected",
    "confirmed",
    "withdrawn",
    "running",
    "failed",
    "conflict",
]
ROWS = [
    Row("TK4", "Serving mixtures of experts at the edge", "Talk", "accepted", 4.31, 3.9, 4.7),
    Row("DM9", "A debugger for agents that use tools", "Demo", "waitlisted", 3.62, 3.0, 4.2),
    Row("WS2", "Evaluating foundation models for the sciences", "Workshop", "submitted", 3.18, 2.2, 4.1),
]
ANCHORS = {
    1: "A product pitch or a call for applicants; nothing an attendee could learn from.",
    2: "Some substance, but mainly a tour of a product.",
    3: "Informative for people already using the tool.",
    4: "A clear technical message that a researcher outside the company can use.",
    5: "New results or methods, including what did not work.",
}
MAIL = "Dear Ada,\n\nyour talk is part of the Expo. Please confirm its presenters by 12 May.\n\nThe Expo chairs"
NAMES = {1: "Promotion", 2: "Mostly promotion", 3: "Useful to some", 4: "Informative", 5: "Research"}


class SampleList(WorkList[Row]):
    """The sample table's toolbar."""

    noun = "proposals"
    search = staticmethod(lambda row: f"{row.code} {row.title}")
    picks = (Pick("kind", "Any format", lambda row: [(row.format.lower(), row.format)]),)
    sorts = {"title": lambda row: row.title, "mean": lambda row: row.mean}
    columns = (("Code", lambda row: row.code), ("Title", lambda row: row.title), ("Score", lambda row: row.mean))


class Sample(forms.Form):
    """One field of each sort."""

    title = forms.CharField(max_length=120, help_text="As it will appear in the program.")
    abstract = forms.CharField(widget=LongText(rows=5, limit=250, unit="words"), help_text="What will attendees learn?")
    format = forms.ChoiceField(choices=[("talk", "Talk"), ("demo", "Demo")], widget=ChoiceCards)
    topics = forms.MultipleChoiceField(
        choices=[("sys", "Systems"), ("eval", "Evaluation"), ("nlp", "Language"), ("rob", "Robotics")],
        widget=Chips(most=2),
        help_text="Up to 2.",
    )
    people = forms.IntegerField(required=False, label="Expected audience")
    earliest = forms.DateTimeField(required=False, widget=DateTimeInput)
    informative = forms.TypedChoiceField(
        choices=list(NAMES.items()),
        coerce=int,
        widget=LevelSelect(anchors=ANCHORS, examples={5: "a post-mortem with numbers."}),
        label="Is it informative?",
        help_text="Score the talk, not the company.",
    )
    consent = forms.BooleanField(label="All presenters have agreed to come")


@page("editions.home", public=True)
def design(request: HttpRequest) -> HttpResponse:
    listed = SampleList(request.GET, ROWS)
    if listed.wants_csv:
        return listed.csv("sample")
    return render(request, "expo/kit/design.html", samples() | {"list": listed})


def samples() -> dict[str, Any]:
    """Everything the page shows; independent of the database and the clock."""
    form = Sample(initial={"title": "Serving mixtures of experts at the edge", "topics": ["sys"], "informative": 4})
    form.fields["format"].widget.notes = {"talk": "60 minutes · 1 of 2 left", "demo": "60 minutes · 1 of 1 left"}  # type: ignore[attr-defined]
    sections = [
        Section(
            "The session",
            "title abstract format topics people+earliest",
            ("title", "abstract", "format", "topics"),
            lead="What the program will say. You can change it until the call closes.",
        ),
        Section("The judgement", "informative consent", ("informative", "consent")),
    ]
    return {
        "path": PATH,
        "waits": [
            Waiting("late", 0, "#actions", 3, "", "reviews that are late", late=2),
            Waiting("draft", 0, "#actions", 1, "draft to submit", about="Serving mixtures of experts at the edge"),
            Waiting("phase", 0, "#actions", 1, "Open the call: nothing is missing", is_counted=False),
        ],
        "states": STATES,
        "rows": ROWS,
        "form": form,
        "sections": sections,
        "section_states": [section.state(form) for section in sections],
        "wrong": Sample({"title": "Serving mixtures of experts", "format": "talk", "topics": []}, prefix="wrong"),
        "page": Paginator(range(137), 50).get_page(2),
        "at": datetime(2026, 7, 6, 16, 0, tzinfo=UTC),
        "swatches": ["ground", "surface", "sunken", "ink", "ink-soft", "accent", "accent-soft", "ok", "warn", "danger"],
        "mail_body": MAIL,
        "pictures": PICTURES,
        "boxes": BOXES,
    }

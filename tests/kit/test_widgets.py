"""Form widgets are drawn from one template each, and hold the controls that Django's own templates would draw."""

import re
from html import escape
from html.parser import HTMLParser

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates

from expo.kit.forms import Chips, ChoiceCards, DateTimeInput, InlineRadios, LongText
from tests.pages import squeezed

SHARP = """<b> & "quoted" 'sign'"""
PLAIN = [("1", "One"), ("2", SHARP), (SHARP, "Three")]
GROUPED = [("0", "First"), (SHARP, PLAIN[:2]), ("Others", PLAIN[2:])]


class Controls(HTMLParser):
    """The controls of a page: their attributes, and the words of each option."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[list[object]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("input", "select", "optgroup", "option", "textarea"):
            self.found.append([tag, dict(attrs)])

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("option", "textarea"):
            self.found[-1] += data.split()


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.TextInput({"maxlength": 9, "data-name": SHARP, "autofocus": True, "hidden": False}), SHARP),
        (forms.TextInput(), None),
        (forms.NumberInput(), 12_345),
        (forms.CheckboxInput(), True),
        (DateTimeInput(), "2026-12-01T10:00"),
        (LongText(limit=9), SHARP),
        (LongText(), None),
        (forms.Select(choices=GROUPED), SHARP),
        (forms.SelectMultiple(choices=PLAIN), ["1", SHARP]),
        (forms.NullBooleanSelect(), None),
        (forms.RadioSelect(choices=GROUPED), "2"),
        (InlineRadios(choices=PLAIN), SHARP),
        (forms.CheckboxSelectMultiple({"disabled": True}, PLAIN), ["1", "2"]),
        (forms.FileInput(), None),
    ],
)
@pytest.mark.parametrize("attrs", [{"id": "id_it"}, None])
def test_a_widget_holds_the_controls_that_django_would_draw(widget, value, attrs):
    class Form(forms.Form):
        it = forms.Field(widget=widget)

    ours = Controls(widget.render("it", value, attrs, Form().renderer)).found
    assert ours == Controls(widget.render("it", value, attrs, DjangoTemplates())).found
    assert ours


def test_every_choice_of_a_set_is_in_a_label_of_its_own():
    class Form(forms.Form):
        it = forms.ChoiceField(choices=GROUPED, widget=forms.RadioSelect)

    page = squeezed(str(Form()["it"]))
    labels = re.findall(r'<label for="([^"]+)"><input [^>]+ id="([^"]+)"><span>(.+?)</span></label>', page)
    assert [(at, words) for at, other, words in labels if at == other] == [
        ("id_it_0", "First"),
        ("id_it_1_0", "One"),
        ("id_it_1_1", escape(SHARP)),
        ("id_it_2_0", "Three"),
    ]


@pytest.mark.parametrize(
    ("ours", "plain", "value"),
    [(ChoiceCards(), forms.RadioSelect(), "2"), (Chips(most=2), forms.CheckboxSelectMultiple(), ["1", SHARP])],
)
def test_cards_and_chips_hold_the_controls_of_plain_choices(ours, plain, value):
    ours.choices = plain.choices = PLAIN
    pages = [widget.render("it", value, {"id": "id_it"}, forms.Form().renderer) for widget in (ours, plain)]
    assert Controls(pages[0]).found == Controls(pages[1]).found
    assert escape(SHARP) in pages[0]

"""What a presenter writes behind the link, and how a picture of one is sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from expo.editions.models import Day
from expo.kit.forms import LongText
from expo.kit.lists import Pick, WorkList
from expo.sponsors.services.pictures import read_upload, save_picture

from ..models import Presenter
from ..queries.content import PresenterData, data_of
from ..queries.presenters import PresenterStanding
from .presenters import AwayForm, away_initial

PICTURE_HELP = "JPEG, PNG, WebP or GIF, up to 8 MB. It is shrunk, and nothing but its pixels is kept."


class PictureForm(forms.Form):
    """A picture to send, or to take out; `seen` is the one that the page showed."""

    picture = forms.FileField(
        label="Picture",
        required=False,
        help_text=PICTURE_HELP,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        error_messages={"empty": "The file is empty. Choose another one."},
    )
    remove_picture = forms.BooleanField(label="Take the picture out", required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def digest(self) -> str:
        """The digest of what was sent, drawn anew, else of what the page showed; refuses what is no picture."""
        if upload := self.cleaned_data.get("picture"):
            return save_picture(read_upload(upload)).digest
        return "" if self.cleaned_data.get("remove_picture") else self.cleaned_data.get("seen", "")


class PresentingForm(AwayForm, PictureForm):
    """How a presenter is printed, in their own words, and when they cannot be there."""

    name = forms.CharField(label="Your name, as it is printed", max_length=120)
    affiliation = forms.CharField(label="Affiliation", max_length=160, required=False)
    link = forms.CharField(
        label="Your page", max_length=200, required=False, help_text="In full, like https://example.org/me."
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="The team that named you reads it.",
    )

    def __init__(
        self, *args: Any, presenter: Presenter, asked: Mapping[str, int], days: Sequence[Day], **kwargs: Any
    ) -> None:
        self.before, self.asked = data_of(presenter), asked
        first = {"name": self.before.name, "affiliation": self.before.affiliation, "link": self.before.link}
        first |= {"biography": self.before.biography, "seen": self.before.picture}
        super().__init__(*args, days=days, initial={**first, **away_initial(self.before.away, days)}, **kwargs)
        limit = asked.get("biography", 0)
        self.fields["biography"] = forms.CharField(
            label="Biography", required=False, widget=LongText(rows=5, limit=limit), max_length=limit or None
        )
        for rule, names in {
            "biography": ["biography"],
            "presenter_link": ["link"],
            "picture": ["picture", "remove_picture"],
        }.items():
            if rule not in asked:
                for name in names:
                    del self.fields[name]

    @property
    def rows(self) -> str:
        """Its fields of words, those joined by + side by side."""
        more = [name for name in ("biography", "link") if name in self.fields]
        return " ".join(["name+affiliation", *more])

    def words(self) -> PresenterData:
        """What is printed of them from now on; what the format does not ask for stays as it was."""
        data, before = self.cleaned_data, self.before
        return PresenterData(
            data["name"],
            before.email,
            data["affiliation"],
            self.away() if self.days else before.away,
            data.get("biography", before.biography),
            data.get("link", before.link),
            self.digest() if "picture" in self.asked else before.picture,
        )


class VouchForm(forms.Form):
    """Presenters who are printed without an answer of their own."""

    presenter = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Choose at least one presenter."}
    )
    reason = forms.CharField(max_length=500, error_messages={"required": "Say how you know that they present it."})

    def __init__(self, *args: Any, rows: Sequence[PresenterStanding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {each.presenter.pk: each.presenter for each in rows}
        self.fields["presenter"].choices = [(pk, str(row)) for pk, row in self.rows.items()]  # type: ignore[attr-defined]

    def presenters(self) -> list[Presenter]:
        return [self.rows[pk] for pk in self.cleaned_data["presenter"]]


ANSWERS = {"invited": "asked", "declined": "declined", "uninvited": "not asked yet"}


class UnconfirmedList(WorkList[PresenterStanding]):
    """Presenters who have not confirmed."""

    page, noun = "proposals:unconfirmed", "presenters"
    search = staticmethod(
        lambda row: (
            f"{row.presenter.name} {row.presenter.email} {row.presenter.proposal.code}"
            f" {row.presenter.proposal.name} {row.presenter.proposal.sponsor.name}"
        )
    )
    picks = (
        Pick("answer", "Any answer", lambda row: [(row.answer, ANSWERS[row.answer])]),
        Pick(
            "state",
            "Any session",
            lambda row: [(row.presenter.proposal.state, row.presenter.proposal.get_state_display())],
        ),
    )
    sorts = {
        "name": lambda row: row.presenter.name.casefold(),
        "sponsor": lambda row: row.presenter.proposal.sponsor.name.casefold(),
        "asked": lambda row: row.invitation.invited_at if row.invitation else None,
    }
    columns = (
        ("Presenter", lambda row: row.presenter.name),
        ("Address", lambda row: row.presenter.email),
        ("Code", lambda row: row.presenter.proposal.code),
        ("Session", lambda row: row.presenter.proposal.name),
        ("Sponsor", lambda row: row.presenter.proposal.sponsor.name),
        ("State", lambda row: row.presenter.proposal.get_state_display()),
        ("Answer", lambda row: ANSWERS[row.answer]),
        ("Asked", lambda row: row.invitation.invited_at if row.invitation else None),
        ("Reason", lambda row: row.invitation.reason if row.invitation else ""),
    )

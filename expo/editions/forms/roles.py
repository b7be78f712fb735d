"""Roles one by one, and tables."""

from typing import Any

from django import forms

from expo.accounts.states import Sector
from expo.kit import csv_import

from ..states import RoleKind


class RoleForm(forms.Form):
    """Whom to invite as what."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(max_length=120, required=False, help_text="Used if we do not know the person yet.")
    kind = forms.ChoiceField(choices=RoleKind.choices(), label="Role", initial=RoleKind.REVIEWER)
    sector = forms.ChoiceField(choices=Sector.choices(), help_text="Reviews of a proposal come from both sides.")
    is_senior = forms.BooleanField(required=False, label="Senior reviewer")


class UploadForm(forms.Form):
    """A CSV file."""

    file = forms.FileField(label="CSV file", allow_empty_file=True)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > csv_import.MOST_BYTES:
            raise forms.ValidationError(
                f"This file has {file.size // 1000} kB; {csv_import.MOST_BYTES // 1000} kB is the most. Split it."
            )
        return file

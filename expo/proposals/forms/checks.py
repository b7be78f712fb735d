"""Keep something with a reason."""

from django import forms

#: Pages from which something is kept, and to which their reader goes back.
PAGES = ("checks", "submit", "public-text", "edit")


class KeepForm(forms.Form):
    key = forms.CharField(max_length=16, required=False)
    reason = forms.CharField(required=False, strip=False)
    next = forms.CharField(required=False)

    def clean_next(self) -> str:
        """One of the pages that offer it."""
        return self.cleaned_data["next"] if self.cleaned_data["next"] in PAGES else PAGES[0]

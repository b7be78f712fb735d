"""Forms of the site staff."""

from django import forms


class SecondFactorForm(forms.Form):
    """Whose second factor, and how the staff made sure that it is them who ask."""

    email = forms.EmailField(label="E-mail address", help_text="The one that the person signs in with.")
    reason = forms.CharField(
        max_length=300,
        help_text="How you verified who is asking, e.g. “called back at the office number”. It is recorded.",
    )

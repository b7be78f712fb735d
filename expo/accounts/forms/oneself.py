"""Forms about oneself."""

from typing import Any

from django import forms

from expo.kit import zones
from expo.kit.forms import DateInput

from .. import queries
from ..models import User
from ..states import Relation, TokenScope

LIFETIMES = [(7, "A week"), (30, "A month"), (90, "Three months"), (365, "A year")]


class TimeZoneField(forms.ChoiceField):
    """A choice of IANA names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[(name, name) for name in sorted(zones.names())], **kwargs)


class ProfileForm(forms.Form):
    """Name and time zone."""

    name = forms.CharField(max_length=120, help_text="As chairs and colleagues should see it.")
    time_zone = TimeZoneField(
        label="Your time zone", help_text="Times show in the edition's zone, with yours beside it."
    )


class AffiliationForm(forms.Form):
    """Where somebody works or worked."""

    organisation = forms.CharField(
        max_length=160,
        widget=forms.TextInput({"list": "organisations", "autocomplete": "off"}),
        help_text="Company or university, by its usual name.",
    )
    relation = forms.ChoiceField(choices=Relation.choices(), label="As")
    started_on = forms.DateField(required=False, widget=DateInput, label="Since")
    ended_on = forms.DateField(
        required=False, widget=DateInput, label="Until", help_text="Leave empty if you still work there."
    )


class EndForm(forms.Form):
    """The last day somewhere."""

    ended_on = forms.DateField(widget=DateInput, label="Last day")


class TokenForm(forms.Form):
    """What a new token is for and how far it reaches."""

    label = forms.CharField(max_length=80, help_text="What will use it, e.g. website.")
    scope = forms.ChoiceField(choices=TokenScope.choices(), help_text="Write includes read.")
    edition = forms.ChoiceField(required=False, help_text="Limits the token to one edition.")
    days = forms.TypedChoiceField(choices=LIFETIMES, coerce=int, initial=90, label="Expires after")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["edition"].choices = [("", "All editions"), *queries.editions_of(user)]  # type: ignore[attr-defined]

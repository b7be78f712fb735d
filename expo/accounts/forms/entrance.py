"""allauth's forms with our words, a name for who has none, and both mistakes of two passwords named at once."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms

from expo.kit.errors import Invalid

from .. import services

ADDRESS = "E-mail address"
RULES = (
    "At least 8 characters. Not only digits, not one of the passwords that many people use, and not like your address."
)
DIFFERENT = "This is not the same as the password above. Type the same one twice."


def name_field() -> forms.CharField:
    """How somebody is called here."""
    return forms.CharField(
        max_length=120,
        label="Your name",
        help_text="As colleagues and chairs should see it.",
        widget=forms.TextInput({"autocomplete": "name"}),
    )


class NamedForm(forms.Form):
    """Whatever asks for a name."""

    def clean_name(self) -> str:
        try:
            return services.checked_name(self.cleaned_data["name"], "name", 120)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.message) from None


class TwoPasswords(forms.Form):
    """A new password, typed twice; that they differ is said even when the first is refused for another reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("password1", "Password"), ("password2", "The same password again")):
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = RULES

    def clean(self) -> dict[str, Any] | None:
        """Allauth's checks, and the comparison."""
        cleaned = super().clean()
        typed = [self.data.get(self.add_prefix(name), "") for name in ("password1", "password2")]
        if all(typed) and typed[0] != typed[1]:
            self.errors.pop("password2", None)
            self.add_error("password2", DIFFERENT)
        return cleaned


def _say_address(form: forms.Form, name: str = "email") -> None:
    form.fields[name].label = ADDRESS
    form.fields[name].widget.attrs.pop("placeholder", None)


class SignupForm(NamedForm, TwoPasswords, allauth_forms.SignupForm):  # type: ignore[misc]  # allauth is untyped
    """A new account."""

    field_order = ("name", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = name_field()
        self.order_fields(self.field_order)
        _say_address(self)


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Sign in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_address(self, "login")


class AddEmailForm(allauth_forms.AddEmailForm):  # type: ignore[misc]
    """One more address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_address(self)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Ask for a link that sets a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_address(self)


class ResetPasswordKeyForm(NamedForm, TwoPasswords, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """Set a password by a mailed link; somebody invited, who has no name yet, says it here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.user is not None and not self.user.name:
            self.fields["name"] = name_field()
            self.order_fields(("name", "password1", "password2"))

    def save(self) -> None:
        """Set the password, and the name with it."""
        if "name" in self.cleaned_data:
            self.user.name = services.name_newcomer(user=self.user, name=self.cleaned_data["name"]).name
        super().save()


class ChangePasswordForm(TwoPasswords, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """Another password, by who knows the present one."""


class SetPasswordForm(TwoPasswords, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A first password, by who is signed in without one."""

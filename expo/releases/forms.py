"""What a chair fills in to publish."""

from typing import Any

from django import forms

from .queries import ReleasePreview


class PublishForm(forms.Form):
    """A note for the public, and a tick box for each session that is not ready and may be left out."""

    note = forms.CharField(
        required=False,
        max_length=200,
        help_text="For the public: say why something moved. It cannot be changed later.",
    )
    leave_out = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        label="Publish without",
        error_messages={"invalid_choice": "One of these is not in the list any more. Look at the list again."},
    )

    def __init__(self, *args: Any, preview: ReleasePreview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = []
        for each in preview.not_ready:
            title = each.session.title or each.proposal.title
            choices.append((each.proposal.pk, f"{each.session.code} {title}: {', '.join(each.reasons)}"))
        field = self.fields["leave_out"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - tells mypy
        field.choices = choices
        if not choices:
            del self.fields["leave_out"]

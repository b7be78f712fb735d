"""Forms about tiers, sponsors and teams."""

from collections.abc import Iterable
from typing import Any

from django import forms

from expo.accounts.models import User
from expo.editions.forms import UploadForm
from expo.editions.models import Edition, Format
from expo.kit.forms import LongText
from expo.kit.lists import Pick, WorkList

from . import queries
from .models import Sponsor, TeamInvitation, Tier
from .services.pictures import read_upload
from .services.profiles import LONGEST_SENTENCE
from .services.sponsors import MOST
from .states import TeamRole


class SponsorList(WorkList[Sponsor]):
    """The sponsors of an edition, highest tier first."""

    page, noun = "sponsors:list", "sponsors"
    search = staticmethod(lambda sponsor: f"{sponsor.name} {sponsor.organisation.name}")
    picks = (Pick("tier", "Any tier", lambda sponsor: [(sponsor.tier.slug, sponsor.tier.name)]),)
    sorts = {
        "name": lambda sponsor: sponsor.name.casefold(),
        "tier": lambda sponsor: sponsor.tier.rank,
        "team": lambda sponsor: sponsor.team_size,
    }
    columns = (
        ("Sponsor", lambda sponsor: sponsor.name),
        ("Organisation", lambda sponsor: sponsor.organisation.name),
        ("Tier", lambda sponsor: sponsor.tier.name),
        ("Primary contact", lambda sponsor: sponsor.contact or sponsor.invited),
        ("Profile", lambda sponsor: "approved" if sponsor.profile_approved_at else "not approved"),
        ("Team", lambda sponsor: sponsor.team_size),
    )


class TierForm(forms.Form):
    """A tier's name and rank, and two numbers for each format of the edition."""

    name = forms.CharField(max_length=40, help_text="For example: Gold.")
    rank = forms.IntegerField(min_value=1, max_value=MOST, help_text="1 is the highest.")

    def __init__(self, *args: Any, edition: Edition, tier: Tier | None = None, **kwargs: Any) -> None:
        self.formats = list(edition.formats.all())
        if tier is not None:
            kwargs.setdefault("initial", self._initial_of(tier))
        super().__init__(*args, **kwargs)
        for one in self.formats:
            self.fields[f"submit_{one.pk}"] = self._number(f"{one}: may submit")
            self.fields[f"accept_{one.pk}"] = self._number(f"{one}: may be accepted")

    def _initial_of(self, tier: Tier) -> dict[str, Any]:
        limits = queries.limits_of(tier, self.formats)
        numbers = {f"submit_{one.pk}": may_submit for one, may_submit, _ in limits}
        numbers |= {f"accept_{one.pk}": accepted for one, _, accepted in limits}
        return {"name": tier.name, "rank": tier.rank, **numbers}

    @staticmethod
    def _number(label: str) -> forms.IntegerField:
        widget = forms.NumberInput({"aria-label": label})
        return forms.IntegerField(min_value=0, max_value=MOST, initial=0, label=label, widget=widget)

    def entitlements(self) -> dict[Format, tuple[int, int]]:
        """What was typed, per format."""
        data = self.cleaned_data
        return {one: (data[f"submit_{one.pk}"], data[f"accept_{one.pk}"]) for one in self.formats}

    def rows(self) -> Iterable[tuple[Format, tuple[Any, Any]]]:
        """The table: a format and its two fields."""
        return [(one, (self[f"submit_{one.pk}"], self[f"accept_{one.pk}"])) for one in self.formats]


class SponsorForm(forms.Form):
    """What can be changed about a sponsor."""

    name = forms.CharField(
        max_length=160, required=False, help_text="As the public sees it; empty: the organisation's name."
    )
    tier = forms.ModelChoiceField(Tier.objects.none(), empty_label="Choose a tier")
    legal_name = forms.CharField(max_length=160, required=False, help_text="As contracts say it.")
    website = forms.URLField(max_length=200, required=False, assume_scheme="https")

    def __init__(self, *args: Any, edition: Edition, sponsor: Sponsor | None = None, **kwargs: Any) -> None:
        if sponsor is not None:
            kwargs.setdefault("initial", self._initial_of(sponsor))
        super().__init__(*args, **kwargs)
        self.fields["tier"].queryset = edition.tiers.all()  # type: ignore[attr-defined]

    @staticmethod
    def _initial_of(sponsor: Sponsor) -> dict[str, Any]:
        values = {name: getattr(sponsor, name) for name in ("name", "legal_name", "website")}
        return {**values, "tier": sponsor.tier_id}


class DomainsForm(forms.Form):
    """A sponsor's mail domains."""

    domains = forms.CharField(
        required=False,
        max_length=500,
        label="Mail domains",
        help_text="With spaces between: example.com example.org. Reviewers with such an address have a conflict.",
    )

    def clean_domains(self) -> list[str]:
        return str(self.cleaned_data["domains"]).replace(",", " ").replace(";", " ").split()


class HoldForm(forms.Form):
    """Whether invitations wait until an organiser sends them."""

    hold = forms.BooleanField(
        required=False,
        label="Hold invitations",
        help_text="Otherwise invitations go out when the call opens, or at once if it is open.",
    )


class SponsorsUploadForm(HoldForm, UploadForm):
    """A table of sponsors."""

    field_order = ("file", "hold")


class AddForm(HoldForm, DomainsForm, SponsorForm):
    """A new sponsor, its organisation and its first contact."""

    organisation_name = forms.CharField(
        max_length=160,
        label="Organisation",
        widget=forms.TextInput({"list": "organisations", "autocomplete": "off"}),
        help_text="One that is known already is found by its name.",
    )
    contact_email = forms.EmailField(
        max_length=254, label="Contact's e-mail address", help_text="Gets an invitation, and joins by accepting it."
    )
    contact_name = forms.CharField(max_length=120, required=False, label="Contact's name")
    field_order = ("organisation_name", "tier", "contact_email", "contact_name")


class PublicProfileForm(forms.Form):
    """What the program says of a sponsor."""

    sentence = forms.CharField(
        required=False,
        widget=LongText(rows=3, limit=LONGEST_SENTENCE),
        label="One sentence",
        help_text="What your company does. The program is no place to sell or recruit.",
    )
    website = forms.URLField(max_length=200, required=False, assume_scheme="https", label="Link")
    picture = forms.FileField(
        required=False,
        label="Logo",
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        help_text="JPEG, PNG, WebP or GIF, at most 8 MB. It is drawn anew, at most 640 by 320 pixels.",
    )
    remove_picture = forms.BooleanField(required=False, label="Remove the logo")

    def __init__(self, *args: Any, sponsor: Sponsor, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"sentence": sponsor.sentence, "website": sponsor.website})
        super().__init__(*args, **kwargs)
        if sponsor.logo is None:
            del self.fields["remove_picture"]

    def content(self) -> dict[str, Any]:
        """What was typed and sent, as the service takes it."""
        data = self.cleaned_data
        logo = read_upload(data["picture"]) if data["picture"] else b""
        texts = {name: data[name] for name in ("website", "sentence")}
        return {**texts, "logo": logo, "remove_logo": data.get("remove_picture", False)}


class MemberForm(forms.Form):
    """Whom to invite into the team."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(
        max_length=120, required=False, help_text="For your list. People change it when they accept."
    )
    role = forms.ChoiceField(
        choices=TeamRole.choices(),
        initial=TeamRole.MEMBER,
        help_text="Contacts may change the team, members may propose.",
    )


class AcceptForm(forms.Form):
    """Joining a team; who has no name yet says it here."""

    name = forms.CharField(max_length=120, label="Your name", help_text="Shown to your team and with your proposals.")

    def __init__(self, *args: Any, user: User, invitation: TeamInvitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = invitation.name
        if user.name:
            del self.fields["name"]

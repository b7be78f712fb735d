"""Forms of the queue."""

from typing import Any

from django import forms
from django.http import HttpRequest

from expo.accounts.forms.oneself import AffiliationForm
from expo.accounts.states import Sector
from expo.editions.models import Edition, Topic
from expo.kit.forms import Chips, DateInput, LongText

from .models import QueueSettings, ReviewerProfile
from .services.assignments import MOST_REASON
from .services.invitations import MOST_AT_ONCE
from .services.profiles import MOST_ABOUT, MOST_LOAD
from .services.runs import MOST_SEED
from .states import RepairMode, StayMode

#: Empty lines for employers on the invitation; after saving there are as many again.
EMPLOYER_LINES = 2


class PostedIds(forms.Form):
    """Ids that come with a button; what is no id counts as not sent."""

    reviewer, other, run, instead = (
        forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1) for _ in range(4)
    )


def posted_ids(request: HttpRequest) -> dict[str, int]:
    """The ids that were sent, by name."""
    form = PostedIds(request.POST)
    form.full_clean()
    return {name: value for name, value in form.cleaned_data.items() if value is not None}


class ReasonForm(forms.Form):
    """Why an assignment ends, in a person's own words."""

    reason = forms.CharField(max_length=MOST_REASON, widget=LongText(rows=2, limit=MOST_REASON))


class DeclineForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The cochairs can read it; the sponsor cannot."


class ReleaseForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "It stays in the journal; the reviewer does not see it."


class OwnConflictForm(forms.Form):
    """A conflict of interest with an assigned proposal; no explanation is required."""

    note = forms.CharField(
        label="Note to the chairs",
        required=False,
        max_length=200,
        help_text="For example a joint paper, close family or shares. The sponsor does not see it.",
    )


class StartForm(forms.Form):
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_SEED,
        help_text="Only to repeat an earlier run: the same input and seed give the same result.",
    )

    def __init__(self, *args: Any, is_draw: bool = False, **kwargs: Any) -> None:
        """Where reviewers are drawn by chance, nobody may choose the seed."""
        super().__init__(*args, **kwargs)
        if is_draw:
            del self.fields["seed"]


class ExpertiseForm(forms.Form):
    """What a reviewer knows and takes on."""

    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        widget=Chips,
        help_text="You are asked first about proposals on these topics.",
    )
    about = forms.CharField(
        label="What you work on",
        required=False,
        max_length=MOST_ABOUT,
        widget=LongText(rows=4, limit=MOST_ABOUT),
        help_text="A few sentences in your own words; you are asked first about proposals that use the same words.",
    )
    max_load = forms.IntegerField(label="Maximum number of reviews", required=False, min_value=0, max_value=MOST_LOAD)

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = Topic.objects.filter(edition=edition)  # type: ignore[attr-defined]
        self.fields["max_load"].help_text = f"If empty: {edition.max_load}, as usual in this edition."


class InviteForm(forms.Form):
    """Whom to ask to review; everything below the names holds for all of them."""

    people = forms.CharField(
        label="Names and e-mail addresses",
        max_length=MOST_AT_ONCE * 400,
        widget=LongText(rows=5),
        help_text=f"One person per line, such as: Ada Example, ada@example.org. At most {MOST_AT_ONCE}.",
    )
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        widget=Chips,
        help_text="What they know, as far as you can tell. They can change it.",
    )
    sector = forms.ChoiceField(
        choices=Sector.choices(), help_text="Cochairs can require reviewers from both industry and academia."
    )
    is_senior = forms.BooleanField(required=False, label="Senior")

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = Topic.objects.filter(edition=edition)  # type: ignore[attr-defined]


class ProfileForm(ExpertiseForm):
    is_paused = forms.BooleanField(
        label="Pause", required=False, help_text="Nothing new is offered to you; what you have stays with you."
    )


class EmployerForm(AffiliationForm):
    """One employer, present or past; an empty line counts as none."""

    use_required_attribute = False

    def has_changed(self) -> bool:
        return bool({"organisation", "started_on", "ended_on"} & set(self.changed_data))


class JoinForm(ExpertiseForm):
    """The whole invitation on one page; `employers` are added to those on file."""

    has_no_employer = forms.BooleanField(
        label="I have no employer now",
        required=False,
        help_text="Independent, retired or between jobs. Still list your past employers.",
    )
    publications = forms.CharField(
        label="Publications to add",
        required=False,
        strip=False,
        widget=LongText(rows=6),
        help_text="Paste BibTeX, or one title per line. If a presenter has a coauthor's name, you are asked about it.",
    )
    first_day = forms.DateField(label="Away from", required=False, widget=DateInput)
    last_day = forms.DateField(label="Away until", required=False, widget=DateInput)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.employers = [
            EmployerForm(data, prefix=f"employer{n}", empty_permitted=True) for n in range(1, EMPLOYER_LINES + 1)
        ]

    def service_fields(self) -> dict[str, Any]:
        """The keyword arguments of `confirm_invitation` and `save_expertise`."""
        return {**self.cleaned_data, "employers": [line.cleaned_data for line in self.employers if line.has_changed()]}

    def clean(self) -> dict[str, Any]:
        """Days away need both ends, and every employer that was begun must be valid."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("first_day")) != bool(cleaned.get("last_day")):
            missing = "last_day" if cleaned.get("first_day") else "first_day"
            self.add_error(missing, "Enter both days, or none.")
        if [line for line in self.employers if not line.is_valid()]:
            self.add_error(None, "Something is missing or wrong in where you work. It is marked below.")
        return cleaned


class PublicationsForm(forms.Form):
    """A list, pasted or as a file."""

    text = forms.CharField(
        label="Paste your list",
        required=False,
        strip=False,
        widget=LongText(rows=8),
        help_text="BibTeX, a table with a column “title”, or one title per line.",
    )
    file = forms.FileField(
        label="Or choose a file", required=False, help_text="BibTeX (.bib) or CSV in UTF-8, up to 1 MB."
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("file") and not cleaned.get("text", "").strip():
            raise forms.ValidationError("Paste a list or choose a file.")
        return cleaned


class AwayForm(forms.Form):
    first_day = forms.DateField(label="From", widget=DateInput)
    last_day = forms.DateField(label="Until", widget=DateInput)


def initial_of_profile(profile: ReviewerProfile) -> dict[str, Any]:
    """The initial values of the profile's form."""
    topics = [topic.pk for topic in profile.topics.all()] if profile.pk else []
    return {
        "topics": topics,
        "max_load": profile.max_load,
        "is_paused": profile.is_paused,
        "about": profile.about,
        "has_no_employer": profile.has_no_employer,
    }


STAYS = (
    (
        StayMode.KEEP,
        "As few changes as possible: an offer moves only where a review would stay unassigned otherwise.",
    ),
    (StayMode.BONUS, "A bonus for staying: offers also move for a clearly better match. Some people lose an offer."),
)
REPAIRS = (
    (RepairMode.OFF, "Nothing: a cochair can start a repair on the board."),
    (RepairMode.ASK, "A preview is prepared; a cochair checks and publishes it."),
    (RepairMode.PUBLISH, "New offers go out at once. Fastest; nobody checks them first."),
)
SHARES = ("floor_share", "chance_cap")  # typed in percent
#: The settings in the order of the page: heading, lead, fields.
SECTIONS = (
    (
        "Dates",
        "When offers expire, and when reviewers are reminded and cochairs notified.",
        "answer_days+remind_days+escalate_days",
    ),
    (
        "What every proposal gets",
        "Required: a review that nobody suitable can take stays unassigned, and the run names it.",
        "wants_senior wants_sectors forbids_cycles",
    ),
    (
        "Who takes part",
        "Which reviewers a run uses, and how much they are given.",
        "only_confirmed takes_bids least_load",
    ),
    (
        "Fairness and chance",
        "Both give up a little of the best total match; every preview shows how much.",
        "floor_share chance_cap",
    ),
    (
        "When things change",
        "Accepted reviews always stay. This is about unanswered offers, and reviews that lose their reviewer.",
        "stay repairs is_rolling",
    ),
)


class SettingsForm(forms.Form):
    """All settings of an edition's queue, each with its effect and its cost."""

    answer_days = forms.IntegerField(
        label="Days to answer an offer",
        min_value=1,
        max_value=90,
        help_text="Then the offer expires and somebody else is asked. A short time saves days; a long one is kinder.",
    )
    remind_days = forms.IntegerField(
        label="Reminder, in days before the due date",
        min_value=0,
        max_value=90,
        help_text="One mail to each reviewer with reviews to write. 0: on the day itself.",
    )
    escalate_days = forms.IntegerField(
        label="Notice to cochairs, in days after the due date",
        min_value=0,
        max_value=90,
        help_text="One mail to the cochairs about the reviews that are late by then.",
    )
    wants_senior = forms.BooleanField(
        label="At least one senior reviewer",
        required=False,
        help_text="Costs up to about 3 % of the total match if seniors are few; leaves gaps if there are too few.",
    )
    wants_sectors = forms.BooleanField(
        label="At least one reviewer from academia and one from industry",
        required=False,
        help_text="Both views on every proposal. Together with the senior rule a run takes longer.",
    )
    forbids_cycles = forms.BooleanField(
        label="No circles between companies",
        required=False,
        help_text="No two or three companies review each other's proposals in a circle. Seldom costs anything.",
    )
    only_confirmed = forms.BooleanField(
        label="Only reviewers who have confirmed the invitation",
        required=False,
        help_text="Fewer people decline later; those who have not answered yet get no offers.",
    )
    takes_bids = forms.BooleanField(
        label="Reviewers without ties to a sponsor may bid",
        required=False,
        help_text="They see titles and abstracts, and say want, can or no. Bids count less than topics and texts.",
    )
    least_load = forms.IntegerField(
        label="Minimum number of reviews for each reviewer",
        min_value=0,
        max_value=MOST_LOAD,
        help_text="As far as possible. 0: some may get none. A high number spreads the work and lowers the match.",
    )
    floor_share = forms.FloatField(
        label="Share of the total match given up for the weakest proposals, in %",
        min_value=0,
        max_value=20,
        help_text="0: only the total counts. 1 is usual: the weakest proposals gain at almost no cost.",
    )
    chance_cap = forms.FloatField(
        label="Highest probability of any pair, in %",
        min_value=10,
        max_value=100,
        help_text="100: nothing is drawn. 90 keeps at least 97 % of the match on real data and makes it harder "
        "to arrange who reviews what. A commitment to the seed is shown before the run, the seed after it.",
    )
    stay = forms.ChoiceField(label="Unanswered offers in a new run", choices=STAYS, widget=forms.RadioSelect)
    repairs = forms.ChoiceField(label="When a review loses its reviewer", choices=REPAIRS, widget=forms.RadioSelect)
    is_rolling = forms.BooleanField(
        label="Find reviewers as proposals arrive",
        required=False,
        help_text="Reviews start early, but for later proposals the best reviewers may be busy. Offers go out at once, "
        "without a preview; also for reviews that lose their reviewer, unless nothing is to happen then.",
    )

    @property
    def sections(self) -> list[tuple[str, str, str]]:
        """Headings, leads and names of fields in the order of the page."""
        return list(SECTIONS)

    def service_fields(self) -> dict[str, Any]:
        """The keyword arguments of `save_settings`: shares instead of percents."""
        shares = {name: self.cleaned_data[name] / 100 for name in SHARES}
        return {**self.cleaned_data, **shares}


def initial_of_settings(current: QueueSettings) -> dict[str, Any]:
    """The initial values of the settings' form."""
    initial = {name: getattr(current, name) for name in SettingsForm.base_fields}
    for name in SHARES:
        percent = round(100 * getattr(current, name), 6)
        initial[name] = int(percent) if percent.is_integer() else percent  # no decimals where there are none
    return initial


class ParentForm(forms.Form):
    """Which organisation a sponsor's belongs to, or which belongs to it."""

    name = forms.CharField(
        max_length=160,
        label="Other organisation",
        widget=forms.TextInput({"list": "organisations", "autocomplete": "off"}),
        help_text="By its usual name, for example DeepMind or Alphabet.",
    )
    is_subsidiary = forms.TypedChoiceField(
        choices=[("0", "The sponsor belongs to it"), ("1", "It belongs to the sponsor")],
        coerce=lambda value: value == "1",
        label="Relation",
    )

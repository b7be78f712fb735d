"""Forms of the queue."""

from typing import Any

from django import forms
from django.http import HttpRequest

from expo.accounts.forms import AffiliationForm
from expo.editions.models import Edition, Topic
from expo.kit.forms import DateInput, LongText

from .models import QueueSettings, ReviewerProfile
from .services.assignments import MOST_REASON
from .services.profiles import MOST_ABOUT, MOST_LOAD
from .services.runs import MOST_SEED
from .states import RepairMode, StayMode

#: Lines for employers on the invitation; after saving there are as many again.
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
    """Why an assignment ends, in a person's words."""

    reason = forms.CharField(max_length=MOST_REASON, widget=LongText(rows=2, limit=MOST_REASON))


class DeclineForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The cochairs read it; the sponsor does not."


class ReleaseForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Stays in the journal; the reviewer does not see it."


class OwnConflictForm(forms.Form):
    """A conflict of interest with a proposal that one is to review: nothing has to be said about it."""

    note = forms.CharField(
        label="Note to the chairs",
        required=False,
        max_length=200,
        help_text="E.g. joint paper, close family, shares. The sponsor does not read it.",
    )


class StartForm(forms.Form):
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_SEED,
        help_text="Only to repeat an earlier run: the same input and seed give the same pairs.",
    )

    def __init__(self, *args: Any, is_draw: bool = False, **kwargs: Any) -> None:
        """Where chance decides, nobody may choose the seed."""
        super().__init__(*args, **kwargs)
        if is_draw:
            del self.fields["seed"]


class ExpertiseForm(forms.Form):
    """What a reviewer knows and takes on."""

    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Proposals on these topics come to you first.",
    )
    about = forms.CharField(
        label="What you work on",
        required=False,
        max_length=MOST_ABOUT,
        widget=LongText(rows=4, limit=MOST_ABOUT),
        help_text="A few sentences in your own words; proposals with words in common come to you first.",
    )
    max_load = forms.IntegerField(label="Most reviews you take on", required=False, min_value=0, max_value=MOST_LOAD)

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = Topic.objects.filter(edition=edition)  # type: ignore[attr-defined]
        self.fields["max_load"].help_text = f"Empty: the edition's usual {edition.max_load}."


class ProfileForm(ExpertiseForm):
    is_paused = forms.BooleanField(
        label="Pause", required=False, help_text="You get nothing new; what you accepted stays with you."
    )


class EmployerForm(AffiliationForm):
    """One line of where somebody works and worked; a line left empty is none."""

    use_required_attribute = False

    def has_changed(self) -> bool:
        return bool({"organisation", "started_on", "ended_on"} & set(self.changed_data))


class JoinForm(ExpertiseForm):
    """The whole invitation on one page; `employers` are lines to add to those on file."""

    has_no_employer = forms.BooleanField(
        label="I have no employer now",
        required=False,
        help_text="Independent, retired or between jobs. Past employers still belong on the list.",
    )
    publications = forms.CharField(
        label="Publications to add",
        required=False,
        strip=False,
        widget=LongText(rows=6),
        help_text="Paste BibTeX, or one title per line. Where a presenter has a coauthor's name, you are asked.",
    )
    first_day = forms.DateField(label="Away from", required=False, widget=DateInput)
    last_day = forms.DateField(label="Away until", required=False, widget=DateInput)

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.employers = [
            EmployerForm(data, prefix=f"employer{n}", empty_permitted=True) for n in range(1, EMPLOYER_LINES + 1)
        ]

    def verb_fields(self) -> dict[str, Any]:
        """The keyword arguments of `confirm_invitation` and `save_expertise`."""
        return {**self.cleaned_data, "employers": [line.cleaned_data for line in self.employers if line.has_changed()]}

    def clean(self) -> dict[str, Any]:
        """Half a span is a slip."""
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(found.get("first_day")) != bool(found.get("last_day")):
            missing = "last_day" if found.get("first_day") else "first_day"
            self.add_error(missing, "Give both days, or none.")
        if [line for line in self.employers if not line.is_valid()]:
            self.add_error(None, "Something is missing or wrong in where you work. It is marked below.")
        return found


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
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and not found.get("file") and not found.get("text", "").strip():
            raise forms.ValidationError("Paste a list or choose a file.")
        return found


class AwayForm(forms.Form):
    first_day = forms.DateField(label="From", widget=DateInput)
    last_day = forms.DateField(label="Until", widget=DateInput)


def initial_of(profile: ReviewerProfile) -> dict[str, Any]:
    """What the profile's form shows at first."""
    topics = [topic.pk for topic in profile.topics.all()] if profile.pk else []
    return {
        "topics": topics,
        "max_load": profile.max_load,
        "is_paused": profile.is_paused,
        "about": profile.about,
        "has_no_employer": profile.has_no_employer,
    }


STAYS = (
    (StayMode.KEEP, "As few changes as possible: an offer moves only where a place would stay empty otherwise."),
    (StayMode.BONUS, "A bonus for staying: offers also move for a clearly better match. Some people lose an offer."),
)
REPAIRS = (
    (RepairMode.OFF, "Nothing: a cochair starts a repair on the board."),
    (RepairMode.ASK, "A preview is prepared; a cochair looks at it and publishes it."),
    (RepairMode.PUBLISH, "New offers go out at once. Fastest; nobody looks at them before."),
)
SHARES = ("floor_share", "chance_cap")  # typed in percent
#: The settings in the order of the page: heading, lead, fields.
SECTIONS = (
    (
        "Dates",
        "When people are asked, reminded and told.",
        "answer_days remind_days escalate_days",
    ),
    (
        "What every proposal gets",
        "Hard rules: a place that only the wrong people could fill stays empty, and the run names it.",
        "wants_senior wants_sectors forbids_cycles",
    ),
    (
        "Who takes part",
        "Whom a run counts on.",
        "only_confirmed takes_bids least_load",
    ),
    (
        "Fairness and chance",
        "Both give up a little of the best total match, and every preview says how much.",
        "floor_share chance_cap",
    ),
    (
        "When things change",
        "What is accepted always stays. This is about offers that nobody has answered, and places that come free.",
        "stay repairs is_rolling",
    ),
)


class SettingsForm(forms.Form):
    """Every option with what it does and what it costs."""

    answer_days = forms.IntegerField(
        label="Days to answer an offer",
        min_value=1,
        max_value=90,
        help_text="Then it expires and goes to somebody else. Short keeps the queue moving; long is kinder.",
    )
    remind_days = forms.IntegerField(
        label="Reminder before the due date, in days",
        min_value=0,
        max_value=90,
        help_text="One mail to each reviewer with reviews to write. 0: on the day itself.",
    )
    escalate_days = forms.IntegerField(
        label="Cochairs are told after the due date, in days",
        min_value=0,
        max_value=90,
        help_text="One mail to the cochairs about what is late by then.",
    )
    wants_senior = forms.BooleanField(
        label="At least one senior reviewer",
        required=False,
        help_text="Costs up to about 3 % of the total match where seniors are few; makes gaps where there are too few.",
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
        help_text="Fewer declines later; nothing for people who have not answered yet.",
    )
    takes_bids = forms.BooleanField(
        label="Reviewers without ties to a sponsor may bid",
        required=False,
        help_text="They see titles and say want, can or no. Bids weigh less than what somebody has written.",
    )
    least_load = forms.IntegerField(
        label="Reviews everybody should get",
        min_value=0,
        max_value=MOST_LOAD,
        help_text="If there are that many. 0: some may get none. A high number spreads the work and lowers the match.",
    )
    floor_share = forms.FloatField(
        label="May be given up for the worst-off proposals, in % of the total match",
        min_value=0,
        max_value=20,
        help_text="0: only the total counts. 1 is usual: it lifts the weakest proposals for almost nothing.",
    )
    chance_cap = forms.FloatField(
        label="Highest probability of any pair, in %",
        min_value=10,
        max_value=100,
        help_text="100: nothing is drawn. 90 keeps at least 97 % of the match on real data and makes it harder "
        "to arrange who reviews what. The seed is promised before the run and shown after it.",
    )
    stay = forms.ChoiceField(label="Unanswered offers in a new run", choices=STAYS, widget=forms.RadioSelect)
    repairs = forms.ChoiceField(label="When a place comes free", choices=REPAIRS, widget=forms.RadioSelect)
    is_rolling = forms.BooleanField(
        label="Find reviewers as proposals arrive",
        required=False,
        help_text="Reviews start early; later proposals find the best matched people busier. Offers then go out at "
        "once, without a preview; also for places that came free, unless nothing is to happen there.",
    )

    @property
    def sections(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Headings, leads and fields in the order of the page."""
        return [(title, lead, [self[name] for name in names.split()]) for title, lead, names in SECTIONS]

    def verb(self) -> dict[str, Any]:
        """What was typed as the verb takes it: shares instead of percents."""
        shares = {name: self.cleaned_data[name] / 100 for name in SHARES}
        return {**self.cleaned_data, **shares}


def settings_initial(now: QueueSettings) -> dict[str, Any]:
    """What the settings' form shows at first."""
    shares = {name: _percent(getattr(now, name)) for name in SHARES}
    return {name: getattr(now, name) for name in SettingsForm.base_fields} | shares


def _percent(share: float) -> float:
    """Rounded, and without decimals where there are none."""
    percent = round(100 * share, 6)
    return int(percent) if percent.is_integer() else percent


class ParentForm(forms.Form):
    """Which organisation a sponsor's belongs to, or which belongs to it."""

    name = forms.CharField(
        max_length=160,
        label="Other organisation",
        widget=forms.TextInput({"list": "organisations", "autocomplete": "off"}),
        help_text="By its usual name: DeepMind, Alphabet.",
    )
    is_subsidiary = forms.TypedChoiceField(
        choices=[("0", "The sponsor belongs to it"), ("1", "It belongs to the sponsor")],
        coerce=lambda value: value == "1",
        label="Which belongs to which",
    )

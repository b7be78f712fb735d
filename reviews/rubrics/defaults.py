"""The rubric an Expo starts with: six criteria of four levels, and what is commercial content. Plain data."""

from dataclasses import dataclass

INTRODUCTION = """An Expo session earns its hour when researchers leave knowing something they can use.

Score what the proposal says, not who says it. Each level has a sentence that must be true of the proposal; take
the highest one that is. Whether a proposal is about hiring or selling is a flag beside the scores; it lowers none."""

COMMERCIAL_CONTENT = """**Welcome in a session**

- Your own system, model or data set as the object of research, by its name: how it was built and what was hard. Where
  reviewers do not see the sponsor, leave such names out of the review text; they belong into the public text.
- Numbers that you measured, and how; costs in computing, limits and failures.
- Links to papers, code, data and models.
- A demo of your product, if what it shows also holds without it.
- A comparison with other systems, named or not, whose conditions are fair and stated.

**Commercial content, to be left out**

- Prices, plans, discounts and free trials.
- A call to buy, to sign up, to book a meeting or to contact sales.
- Open positions, “we are hiring”, links to careers pages, recruiting events.
- Claims about a named competitor with no evidence.
- Customers, awards, funding and market share, told as praise.
- A list of features, a road map or an announcement, with no question that research could answer.

Unsure? Ask whether the hour would be worth the same to a researcher who will never be your customer or colleague."""


@dataclass(frozen=True)
class DefaultLevel:
    label: str
    anchor: str
    example: str


@dataclass(frozen=True)
class DefaultCriterion:
    """A criterion and its levels, from the weakest to the strongest."""

    name: str
    slug: str
    question: str
    levels: tuple[DefaultLevel, ...]


CRITERIA = (
    DefaultCriterion(
        "Research substance",
        "research-substance",
        "Is there a research question, method or result that an expert would want to discuss?",
        (
            DefaultLevel(
                "None",
                "Describes what exists or is sold, but asks no question about it.",
                "A list of a platform's features.",
            ),
            DefaultLevel(
                "Thin",
                "Names a technique, but not what was hard or what was found.",
                "“We use transformers for search”, and no more.",
            ),
            DefaultLevel(
                "Solid",
                "States a problem, an approach and what came of it.",
                "How a ranking model was distilled, and what accuracy it lost.",
            ),
            DefaultLevel(
                "Strong",
                "Adds a finding or method that others in the field do not have yet.",
                "A measured rule for when distillation stops paying off.",
            ),
        ),
    ),
    DefaultCriterion(
        "Information for the audience",
        "information",
        "What can attendees do or judge afterwards that they could not before?",
        (
            DefaultLevel(
                "Nothing", "Nothing beyond what a web page already says.", "A company's history and its offices."
            ),
            DefaultLevel(
                "A little", "Of use only to people who already work with this product.", "What is new in version 3."
            ),
            DefaultLevel(
                "Useful",
                "Names two or more lessons that carry over to other work.",
                "Three mistakes in evaluating retrieval, and how to detect them.",
            ),
            DefaultLevel(
                "Rich",
                "Attendees practise, or take away something that works.",
                "A notebook session that ends with one's own benchmark.",
            ),
        ),
    ),
    DefaultCriterion(
        "Topic fit",
        "topic-fit",
        "Does it belong at this conference, in this format and length?",
        (
            DefaultLevel("Elsewhere", "Belongs at another kind of event.", "A tour of a cloud's price list."),
            DefaultLevel(
                "Edge",
                "Touches the conference's topics in passing.",
                "Data-centre cooling, with a slide on training jobs.",
            ),
            DefaultLevel(
                "Fits",
                "On topic, and the content fills the time without hurry.",
                "A one-hour talk on learning from logged data.",
            ),
            DefaultLevel(
                "Central",
                "On topic, timely, and made for this format.",
                "A four-hour workshop on a question many papers raise this year.",
            ),
        ),
    ),
    DefaultCriterion(
        "Evidence and openness",
        "evidence",
        "Are claims backed, are limits stated, and can others check them?",
        (
            DefaultLevel(
                "Claims only",
                "Claims with nothing behind them.",
                "“Ten times faster”, with no word on what was measured.",
            ),
            DefaultLevel(
                "Partial",
                "Some figures, without baselines or conditions.",
                "A chart without the compared system's settings.",
            ),
            DefaultLevel(
                "Backed",
                "Measurements with baselines, and at least one limit or failure.",
                "Latency on public data, and the case where it loses.",
            ),
            DefaultLevel(
                "Open",
                "Backed, and code, data or a protocol lets others repeat it.",
                "A repository with the scripts of every figure.",
            ),
        ),
    ),
    DefaultCriterion(
        "Commercial distance",
        "commercial-distance",
        "Would the session be worth the same if its sponsor sold nothing?",
        (
            DefaultLevel(
                "Advertisement", "The message is to buy, sign up or apply.", "A customer story that ends with prices."
            ),
            DefaultLevel("Tied", "The lessons hold only inside the sponsor's product.", "How to set up our dashboard."),
            DefaultLevel(
                "Apart",
                "The product is an example; the lessons hold without it.",
                "Scheduling on our cluster, and what it says about any cluster.",
            ),
            DefaultLevel(
                "Independent",
                "Compares fairly with alternatives, rivals and open ones included.",
                "Four serving stacks side by side, our own not the winner.",
            ),
        ),
    ),
    # Reviewers read neither names nor companies before their score is in: these levels are judged by the text.
    DefaultCriterion(
        "Presenters",
        "presenters",
        "Does the text show that those on stage did the work and can explain it? Names stay hidden: go by the text.",
        (
            DefaultLevel(
                "Second-hand",
                "Retells what others did; nothing in it comes from doing the work.",
                "A summary of a press release about the system.",
            ),
            DefaultLevel(
                "Distant",
                "Reports what was decided, without the reasons.",
                "“A large batch size was chosen”, and no more.",
            ),
            DefaultLevel(
                "First-hand",
                "Gives reasons, dead ends and details that only those who did the work know.",
                "Why the first sampler failed, and what the logs showed.",
            ),
            DefaultLevel(
                "First-hand and clear",
                "First-hand, and the outline leads a newcomer to the point step by step.",
                "An exercise built on the authors' own mistake, with its solution.",
            ),
        ),
    ),
)

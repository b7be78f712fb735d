"""What the demo's sponsors wrote. Invented texts that say so, around the facts on record: title, presenters, topics."""

from collections.abc import Sequence
from typing import Any

from .plan import PlannedProposal

#: By topic: the question, what was measured, what did not work, and what attendees can take home.
SUBJECTS = {
    "Language models": (
        "how far a small model can be trained on the answers of a large one before it only copies its mistakes",
        (
            "Exact match and calibration on six public benchmarks, three seeds each; the test sets were held back"
            " until the last run. Training code and the list of prompts are public; the weights are not."
        ),
        "Longer answers looked better to annotators and were wrong more often.",
        "check a student model against data its teacher never saw",
    ),
    "Agents": (
        "when an agent that can call tools should stop and ask a person",
        (
            "400 tasks with a checkable result, each run ten times. We count finished tasks, wrong actions and "
            "minutes of a person's time. Tasks, traces and the scoring script are public."
        ),
        "Asking the model how sure it is told us almost nothing.",
        "write tasks whose result a script can check",
    ),
    "Evaluation": (
        "which of two models is better, when the benchmark was on the web before both were trained",
        (
            "Scores before and after rewriting 1,200 questions by hand; two annotators per question, agreement "
            "0.81. The rewritten questions are public, with the answers on request."
        ),
        "Filters for copied text missed half of what had leaked.",
        "estimate how much of a score is memory",
    ),
    "Vision and media": (
        "what is lost when a video model sees one frame in eight",
        (
            "Retrieval and counting on three public sets, with the cost in joules beside the score. Code and "
            "configuration files are public."
        ),
        "Choosing frames by motion helped on sport and hurt everywhere else.",
        "choose a frame rate by the question and not by the model",
    ),
    "Finance and forecasting": (
        "whether pretrained forecasters beat a seasonal baseline on data that nobody has published",
        (
            "Rolling-origin error on 3,100 series over four years, with the baseline tuned as long as the models."
            " The evaluation code is public; the series are not, and a synthetic copy is."
        ),
        "Fine-tuning on more series made the short ones worse.",
        "set up a backtest that does not look ahead",
    ),
    "Systems and hardware": (
        "where the time goes when a long prompt is served on two kinds of accelerators",
        (
            "Latency at the 50th and 99th percentile and energy per token, under a recorded load that is public. "
            "Every figure is the median of 30 runs."
        ),
        "A faster kernel moved the wait from memory to the network and gained nothing.",
        "read a trace and find the step that waits",
    ),
    "Robotics and driving": (
        "how to know that a simulator is wrong in a way that matters",
        (
            "Disengagements on 900 km of recorded drives, replayed in simulation; a driver labelled every "
            "difference. The replays of 40 km are public."
        ),
        "More realistic images did not make the predictions of the simulator better.",
        "measure a simulator by the decisions it changes",
    ),
    "Data": (
        "how many labels a team needs when some of them are wrong on purpose",
        (
            "Accuracy against the number of labels on five public sets, with 5, 10 and 20 per cent wrong. Labels,"
            " code and the instructions for annotators are public."
        ),
        "Majority votes hid exactly the cases on which annotators were right to disagree.",
        "plan a labelling round from a target error",
    ),
    "Health and science": (
        "what a model for one hospital still knows in the next one",
        (
            "Discrimination and calibration in four hospitals, with the consent of their boards; analysis plan "
            "registered before the data were read. The code is public, the data cannot be."
        ),
        "Recalibrating with 200 patients worked in three hospitals and failed in the fourth.",
        "test calibration before anybody relies on a risk",
    ),
    "Graphs and recommendation": (
        "whether graph features are worth their cost in a recommender that is trained every day",
        (
            "Online test over six weeks with a holdout of 2 per cent, and an offline replay that predicted its "
            "sign. The replay code and one public data set come with it."
        ),
        "Deeper neighbourhoods helped offline and slowed everything online.",
        "compare an offline replay with the test it stands for",
    ),
    "Safety and trust": (
        "how often a safety filter refuses what it should answer",
        (
            "2,000 harmless questions that sound harmful, written by people who know the fields; refusals were "
            "judged by three readers each. Questions and verdicts are public."
        ),
        "Tuning on refusals made the filter stricter on questions about medicine.",
        "measure refusals that are wrong as carefully as answers that are",
    ),
}
OTHER = (
    "what changes when a method leaves the paper and is used every day",
    (
        "The same metric before and after, over a year, with every change of the data written down. The log "
        "of changes is public."
    ),
    "Two of the five improvements could not be repeated half a year later.",
    "keep a log from which a result can be repeated",
)
BIOGRAPHY = (
    "Demo text; what this person says of themselves is not on record. Two or three sentences on what somebody works "
    "on stand here, in their own words, once they have confirmed that they present."
)
#: What the checks object to in one draft, and why a part of it stays.
AT_ODDS = "Everything was measured at {sponsor}. Visit our stand: we are hiring."
KEPT = "Demo: without it nobody understands whose machines were measured."
#: A draft whose author had no time left.
LATE_DRAFT: dict[str, Any] = {
    "title": "What a year of failed runs taught us (demo)",
    "abstract": "*Demo text; nothing of this session is on record.* We ask which failed runs were worth repeating.",
}
LEVELS = ("intermediate", "introductory", "intermediate", "advanced")


def texts(planned: PlannedProposal, presenters: Sequence[str], at: int) -> dict[str, Any]:
    """All that its form asks for; `presenters` are addresses, `at` is its number among the demo's proposals."""
    about = " and ".join(planned.topics[:2]).lower()
    question, evidence, failed, use = SUBJECTS.get(planned.topics[0], OTHER) if planned.topics else OTHER
    pitch = "We are hiring, and this session presents our teams. " if planned.is_recruiting else ""
    common = {
        "abstract": (
            f"*Demo text; the review text of this session is not on record.* {pitch}\n\n"
            f"We ask {question}. The session reports the question, the method, what worked and what did not, and how "
            f"we measured it.\n\n{failed} We show why, and what we did instead.\n\nTitle on record: {planned.source}."
        ),
        "takeaways": f"How to {use}.\nTwo mistakes that we made, so that nobody has to repeat them.",
        "level": LEVELS[at % len(LEVELS)],
        "audience": f"People who work on {about} and have to decide what to trust.",
        "evidence": evidence,
        "public_title": planned.title,
        "public_text": f"*Demo text.* We ask {question}, and show what held up and what did not. You will learn how to "
        f"{use}.",
        "links": [
            {"label": "Paper (demo)", "url": f"https://papers.example.org/expo-demo/{at + 1}"},
            {"label": "Code (demo)", "url": f"https://code.example.org/expo-demo/{at + 1}"},
        ][: at % 3],
    }
    return common | _of_format(planned.format, use, presenters, at)


def _of_format(format: str, use: str, presenters: Sequence[str], at: int) -> dict[str, Any]:
    if format == "workshop":
        return {
            "outline": _workshop(use, presenters),
            "prerequisites": "Some Python, and having trained a model of any kind once.",
            "hands_on": "Attendees work in pairs on a notebook that runs in the browser; a laptop is all they bring.",
            "needs": "Tables in groups of four, power at the seats, a projector and one microphone for questions.",
            "wishes": "In the morning if possible: two of us fly in the evening." if at % 2 else "",
        }
    if format == "demo":
        return {
            "hands_on": "Visitors try it themselves: they change one setting and see at once what it does to the "
            "result. Five minutes each, no account needed.",
            "needs": "One table, two screens, 16 A of power and wired network. We bring the computer (18 kg).",
            "wishes": "",
        }
    return {
        "outline": [
            _part(10, "The question", "Why the obvious measurement misleads."),
            _part(25, "What we did", "Method and evidence, with the runs that failed."),
            _part(15, "What to take home", f"How to {use}, step by step."),
            _part(10, "Questions"),
        ]
        if at % 4 != 1
        else [],
        "prerequisites": "None beyond a first course in machine learning." if at % 2 else "",
        "wishes": "",
    }


def _workshop(use: str, presenters: Sequence[str]) -> list[dict[str, Any]]:
    first, last = list(presenters[:1]), list(presenters[-1:])
    return [
        _part(30, "Welcome, and what is known", "A short review of the field, and what we disagree about.", first),
        _part(60, "Two case studies", "What was measured, what failed, and what was done next.", list(presenters[:3])),
        _part(30, "Break"),
        _part(75, "Hands on", f"Attendees learn how to {use}.", last),
        _part(45, "Discussion", "What should be measured next, and by whom.", list(presenters)),
    ]


def _part(minutes: int, title: str, text: str = "", presenters: Sequence[str] = ()) -> dict[str, Any]:
    return {"minutes": minutes, "title": title, "text": text, "presenters": list(presenters)}

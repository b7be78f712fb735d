"""All checks over all texts of a proposal."""

import itertools
from collections.abc import Iterator

from . import characters
from .copies import is_near_copy, same_title, shingles
from .findings import CheckedText, Code, Finding, Problem, found, key_of, once_each, one_line
from .folding import fold
from .instructions import instructions
from .links import links
from .names import names
from .phrases import phrases

#: Most findings of one kind in one text: a reader needs no more to see what is wrong.
MOST = 8


def check(problem: Problem) -> list[Finding]:
    """Everything that the checks find, in the order of the texts; the same text gives the same findings."""
    findings = [finding for text in problem.texts for finding in _of_text(text, problem)]
    return once_each([*findings, *_copies(problem)])


def _of_text(text: CheckedText, problem: Problem) -> Iterator[Finding]:
    if not text.text.strip():
        return
    folded = fold(text.text)
    kinds: list[Iterator[Finding]] = [
        _characters(text),
        phrases(text, folded),
        links(text) if text.is_blinded or text.is_public else iter(()),
        instructions(text, folded),
    ]
    if text.is_blinded and problem.is_blinded:
        kinds.insert(0, names(text, folded, problem.writer))
    for kind in kinds:
        yield from itertools.islice(kind, MOST)


def _characters(text: CheckedText) -> Iterator[Finding]:
    places = characters.astray(text.text)
    if places:
        signs = characters.named("".join(text.text[at] for at in places))
        number = "one character" if len(places) == 1 else f"{len(places)} characters"
        sentence = (
            f"The {text.subject} holds {number} that nobody sees: {signs}{_where(text.text, places[0], len(places))}. "
            "Such characters split words, turn their order or hide text from readers."
        )
        finding = found(
            Code.INVISIBLE,
            text,
            (places[0], places[0] + 1),
            sentence,
            "Saving the form takes out what nobody sees.",
            stops=True,
        )
        yield finding
    runs = list(characters.private_runs(text.text))
    if runs:
        signs = characters.named("".join(text.text[slice(*run)] for run in runs))
        sentence = (
            f"The {text.subject} holds characters that mean something in one font only: {signs}"
            f"{_where(text.text, runs[0][0], len(runs))}. Others see an empty box."
        )
        yield found(Code.PRIVATE, text, runs[0], sentence, "Type the sign you mean, such as “•” or “→”.")
    stacked = next(characters.stacks(text.text), None)
    if stacked:
        sentence = (
            f"The {text.subject} piles {stacked[1] - stacked[0] - 1} marks on one letter"
            f"{_where(text.text, stacked[0], 1)}, so that the lines around it cannot be read."
        )
        yield found(Code.STACKED, text, stacked, sentence, "Delete the marks.", stops=True)


def _where(text: str, at: int, count: int) -> str:
    """After which words the first of several places is."""
    before = one_line(characters.without_strays(text[max(0, at - 60) : at]))[-24:]
    first = "the first " if count > 1 else ""
    return f", {first}after “{before.strip()}”" if before.strip() else f", {first}at its beginning"


def _copies(problem: Problem) -> Iterator[Finding]:
    """Near-copies of the sponsor's other proposals, and of one blinded text in another."""
    blinded = [text for text in problem.texts if text.is_blinded and text.text.strip()]
    sets = {id(text): shingles(text.text) for text in blinded}
    for one, other in itertools.combinations(blinded, 2):
        if is_near_copy(sets[id(one)], sets[id(other)]):
            sentence = f"The {other.subject} says nearly the same as the {one.subject}, so reviewers read it twice."
            yield _about_all(other, sentence, "Say in each what its question asks.")
    main = next((text for text in blinded if text.field == "abstract"), None)
    whole = shingles("\n".join(text.text for text in blinded if text.field != "title"))
    title = next((text for text in blinded if text.field == "title"), None)
    for earlier in problem.earlier:
        if main is not None and is_near_copy(whole, shingles(earlier.words)):
            sentence = (
                f"What reviewers read says nearly the same as {earlier.where}. "
                "Reviewers look for what is new, and two of a kind take a place from each other."
            )
            yield _about_all(main, sentence, "Say what is new since then, or what sets the two apart.", earlier.where)
        elif title is not None and same_title(title.text, earlier.title):
            sentence = f"The title is that of {earlier.where}. In a list nobody can tell the two apart."
            yield _about_all(title, sentence, "Say in the title what sets this one apart.", earlier.where)


def _about_all(text: CheckedText, sentence: str, remedy: str, where: str = "") -> Finding:
    """A finding about a whole text; its key is of the whole text, so that any change asks anew."""
    made = found(Code.COPY, text, (0, len(text.text)), sentence, remedy)
    return Finding(
        made.code, made.field, "", one_line(text.text, 120), 0, sentence, remedy, False,
        key_of(Code.COPY, text.field, text.text, where), text.number,
    )  # fmt: skip

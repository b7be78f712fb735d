"""The sponsor's and the presenters' names and domains in texts that reviewers score before they may know them.

A presenter's full name counts in either order. A surname alone counts if it is rare enough not to be an ordinary word
or a method: five letters or more, not in `ORDINARY` or `EPONYMS`, and written with a capital. A sponsor's name of one
word that is in `ORDINARY` counts with a capital amid a sentence, or anywhere in a title; names of one or two letters
do not count, since they are found everywhere.
"""

import re
from collections.abc import Iterator

from expo.kit.names import organisation_stem

from .findings import CheckedText, Code, Finding, Writer, found
from .folding import Folded, fold

_WORDS = (
    "adobe alphabet amazon apple arm assembly baker banks bell best bishop block bloom bridge bridges brook brooks "
    "brown bush carpenter case chance chase church clay cohere cook cross data databank day deep drew early field "
    "fields figure fisher flow ford forest foster fox freeman frost gap gold grant graph gray green grey group hall "
    "harvest head hill hope horizon hunt hunter intelligence king knight labs lake lane law lead light little long "
    "lord love major march mark marks mason may meta miller model moon north notion open oracle orange page park "
    "parker parks pattern perception pope potter power powers price prince rapid ray read reed research rice rich "
    "rivers robin robust rose runway sand scale sharp shell shepherd short signal silver singer small smart snow "
    "snowflake solutions south sparks spring square stark stone stream stripe strong summer systems target "
    "taylor technologies together turner twelve unity vector visa walker wall waters weaver weber west white wise "
    "wolf wood woods young"
)
#: Names that are words too.
ORDINARY = frozenset(_WORDS.split())
_METHODS = (
    "adams amdahl banach bayes bellman bernoulli boltzmann cauchy chebyshev chernoff cholesky cohen dijkstra dirac "
    "dirichlet einstein euclid euler fourier frobenius galois gauss gibbs godel hadamard hamilton hamming hebb "
    "hermite hessian hilbert hoeffding hopfield huffman jaccard jacobi jensen johnson jordan kalman kendall "
    "kolmogorov kullback lagrange laplace lasso legendre leibler levenshtein lipschitz lloyd lorentz markov moore "
    "newton nyquist pareto pascal pearson plackett poincare poisson pontryagin rayleigh riemann schmidt shannon "
    "shapley sobolev spearman student taylor thompson turing voronoi wasserstein wiener wilson winograd wright zipf"
)
#: Surnames that stand for a method, a law or a number more often than for a presenter, in plain letters.
EPONYMS = frozenset(_METHODS.split())
_ideographs = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_before_a_sentence = re.compile(r"(?:^|[.!?:]\s|\n)\s*[\"'(*#>-]*\s*$")
_WHY = "Reviewers score before they know who proposes, so that all are read alike."


def names(text: CheckedText, folded: Folded, writer: Writer) -> Iterator[Finding]:
    """Where a blinded text says who wrote it; the longest hit of those that overlap."""
    hits: list[tuple[int, int, str, str]] = []
    for domain in writer.domains:
        pattern = rf"(?<![\w-])(?:[\w-]+[.@]){{0,4}}{re.escape(domain)}(?![\w-]|\.\w)"
        hits += [
            (*hit.span(), "an address of yours", "Leave it out, or write “our site”.")
            for hit in re.finditer(pattern, folded.text)
        ]
    for name in _variants(writer.names):
        hits += [
            (*span, "your name", "Write “we” or “our group” instead.") for span in _sponsor_hits(text, folded, name)
        ]
    for person in writer.presenters:
        hits += [
            (*span, "a presenter's name", "Write “we”, “the speaker” or “in earlier work” instead.")
            for span in _presenter_hits(text, folded, person)
        ]
    taken: list[tuple[int, int]] = []
    for start, end, what, instead in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        if any(start < last and first < end for first, last in taken):
            continue
        taken.append((start, end))
        span = folded.span(start, end)
        said = " ".join(text.text[slice(*span)].split())
        yield found(Code.NAME, text, span, f"The {text.subject} says “{said}”, {what}. {_WHY}", instead)


def _variants(names: tuple[str, ...]) -> list[str]:
    """Each name as it is and without its legal form, in plain letters."""
    plain = [fold(each).text.strip() for name in names for each in (name, organisation_stem(name))]
    return [name for name in dict.fromkeys(plain) if len(name) > 2 or _ideographs.search(name)]


def _pattern(name: str) -> str:
    """A name whatever stands between its words; ideographs have no spaces around them."""
    words = re.findall(r"\w+", name)
    joined = r"[\W_]{0,3}".join(map(re.escape, words))
    return joined if _ideographs.search(name) else rf"(?<![\w-]){joined}(?!\w)"


def _sponsor_hits(text: CheckedText, folded: Folded, name: str) -> Iterator[tuple[int, int]]:
    words = re.findall(r"\w+", name)
    if not words:
        return
    is_word = all(word in ORDINARY or word.isdecimal() for word in words)
    for hit in re.finditer(_pattern(name), folded.text):
        if is_word and not _is_a_name(text, folded, hit):
            continue
        yield hit.span()


def _is_a_name(text: CheckedText, folded: Folded, hit: re.Match[str]) -> bool:
    """Whether an ordinary word is meant as a name here: by its capital, and by where it stands."""
    start, _ = folded.span(*hit.span())
    is_hyphened = folded.text[hit.end() : hit.end() + 1] == "-"
    if not text.text[start].isupper() or is_hyphened:
        return False
    return "title" in text.field or _before_a_sentence.search(folded.text[: hit.start()]) is None


def _presenter_hits(text: CheckedText, folded: Folded, person: str) -> Iterator[tuple[int, int]]:
    plain = fold(person).text
    last, comma, first = plain.partition(",")
    words = re.findall(r"\w+", f"{first} {last}" if comma else plain)
    if len(words) < 2:
        if words and _ideographs.search(plain) and len(plain) > 1:
            yield from (hit.span() for hit in re.finditer(_pattern(plain), folded.text))
        return
    shortened = [words[0], words[-1]]
    for order in {tuple(words), tuple(reversed(shortened)), tuple(shortened)}:
        if len("".join(order)) > 3:
            yield from (hit.span() for hit in re.finditer(_pattern(" ".join(order)), folded.text))
    surname = words[-1]
    if len(surname) >= 5 and surname not in ORDINARY | EPONYMS and not surname.isdecimal():
        for hit in re.finditer(_pattern(surname), folded.text):
            start, _ = folded.span(*hit.span())
            if (text.text[start].isupper() and folded.text[hit.end() : hit.end() + 2] != "'s") or _ideographs.search(
                surname
            ):
                yield hit.span()

"""Instructions to whoever judges, person or program, plain or disguised."""

import base64
import binascii
import re
from collections.abc import Iterator

from .findings import CheckedText, Code, Finding, found
from .folding import Folded, fold

_ORDERS = (
    r"(?:(?:^|[.!?:;,\n(\[\"*>#-])\s*"
    r"|\b(?:please|must|should|shall|kindly|and|then|now|to|you|reviewers?|will|just)\s+)"
)
_THIS = (
    r"(?:this|it|us|our|the\s+(?:present|above|following)?\s*"
    r"(?:proposal|talk|paper|submission|work|session|demo|workshop|text))"
)
_HIGH = (
    r"(?:high(?:est)?|top|max(?:imum)?|perfect|full|best|excellent|outstanding|positive|favou?rable|strong|good|five"
    r"|5\s*/\s*5|10\s*/\s*10)"
)
_INSTRUCTIONS = (
    (
        r"(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|the|your|these|every|of|my|other)\s+){0,4}"
        r"(?:previous|prior|above|earlier|preceding|foregoing|existing|system|original|given|reviewing)\s+"
        r"(?:\w+\s+)?(?:instructions?|prompts?|directions?|guidelines?|rules?|messages?|commands?|criteria|"
        r"rubrics?|context)"
    ),
    (
        r"(?:ignore|disregard|forget)\s+(?:(?:all|the|your|any)\s+){0,2}(?:instructions|prompts?|rubric|"
        r"guidelines|criteria)\b"
    ),
    (
        r"(?:ignore|disregard|forget)\s+(?:everything|anything|all|what(?:ever)?)\s+(?:(?:that\s+)?(?:is\s+|"
        r"was\s+|you\s+were\s+)?(?:told|said|written)\s+)?(?:above|before)\b"
    ),
    (
        rf"{_ORDERS}(?:give|award|assign|grant)\s+{_THIS}\s+(?:\w+\s+){{0,3}}?(?:the\s+|a\s+|"
        rf"an\s+)?(?:very\s+)?{_HIGH}\s*(?:possible\s+)?(?:scores?|ratings?|marks?|grades?|reviews?|points|"
        rf"recommendation)"
    ),
    (
        rf"{_ORDERS}(?:give|write|output|return|produce|provide)\s+(?:only\s+)?(?:a|an|"
        rf"the)?\s*(?:very\s+)?{_HIGH}\s+(?:possible\s+)?(?:reviews?|scores?|ratings?|recommendation)"
        rf"(?:\s+only|\s+(?:for|to)\s+{_THIS})"
    ),
    (
        rf"{_ORDERS}(?:rate|score|grade|mark|rank)\s+{_THIS}\s+(?:\w+\s+){{0,2}}?(?:highly|high|highest|"
        rf"as\s+{_HIGH}|with\s+(?:the\s+|a\s+)?{_HIGH}|at\s+(?:the\s+)?(?:top|maximum)|5\b|10\b)"
    ),
    (
        rf"{_ORDERS}(?:accept|recommend|approve)\s+{_THIS}\s*(?:proposal|talk|paper|submission|work|session|"
        rf"demo|workshop)?(?:\s+(?:for\s+acceptance|without|immediately|unconditionally|strongly|now)|"
        rf"\s*[.!]?\s*$)"
    ),
    rf"(?:strongly\s+)?recommend\s+(?:the\s+)?acceptance\s+of\s+{_THIS}",
    (
        r"do\s+not\s+(?:mention|report|list|point\s+out|highlight|raise|reveal)\s+(?:any|the|its|these|this)"
        r"\s+(?:\w+\s+)?(?:weakness(?:es)?|limitations?|negatives?|flaws?|shortcomings?|instructions?|prompt)"
    ),
    (
        r"(?:you\s+are|act\s+as|pretend\s+to\s+be)\s+(?:now\s+)?(?:an?\s+|the\s+)?(?:\w+\s+)?(?:ai\b|llm|"
        r"large\s+language\s+model|language\s+model|chatgpt|assistant|reviewer\s+who)"
    ),
    r"if\s+you\s+are\s+(?:an?\s+)?(?:ai\b|llm|large\s+language|language\s+model|automated|bot\b|machine)",
    r"as\s+an?\s+(?:ai|llm|language\s+model)\s+(?:reviewer|assistant)?,?\s*(?:you|please)\b",
    (
        r"(?:note|message|attention|instructions?|memo)\s*(?:to|for|,|:)\s*(?:the\s+|all\s+)?(?:ai|llms?|"
        r"language\s+models?|reviewers?|meta-?reviewers?|area\s+chairs?|chairs?|models?\s+reading|assistants?|"
        r"automated)\b"
    ),
    r"(?:llm|ai|language\s+model)\s+reviewers?\s*(?::|should|must|please)",
    (
        r"(?:^|\n)\s*(?:system|assistant|user)\s*:\s|(?:^|[.!?]\s)\s*system\s+(?:prompt|message)\s*:|<\|?(?:im_start|system|endoftext|"
        r"assistant)\|?>|\[/?inst\]|<</?sys>>|(?:begin|end)\s+system\s+prompt|new\s+system\s+prompt|"
        r"###\s*instructions?"
    ),
)
_plain = re.compile("|".join(f"(?:{each})" for each in _INSTRUCTIONS), re.MULTILINE)
_squeezed = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|the|your|these|every|of|my){0,4}"
    r"(?:previous|prior|above|earlier|preceding|system)(?:\w{0,10}?)(?:instructions?|prompts?|guidelines?|rules)"
    r"|(?:give|award|assign)(?:this|it|us|our)(?:proposal|talk|paper|submission|work|session|demo|"
    r"workshop)?(?:a|the|an)?(?:very)?"
    r"(?:high|highest|top|maximum|perfect|full|best|positive)(?:possible)?(?:scores?|ratings?|marks?|reviews?)"
    r"|(?:rate|score)(?:this|our)(?:proposal|talk|paper|submission|work|session|demo|workshop)(?:highly|"
    r"high|asexcellent|thehighest)"
)
_code = re.compile(r"(?<![\w+/=-])(?:[A-Za-z0-9+/_-]{4}[\s]?){4,}[A-Za-z0-9+/_-]*={0,2}")
_comment = re.compile(r"<!--.*?(?:-->|\Z)|^[ ]{0,3}\[[^\]\n]*\]:\s*(?:#|<>)\s+[(\"'][^\n]*$", re.DOTALL | re.MULTILINE)
_unseen = re.compile(
    r"<[^>\n]{0,200}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0|"
    r"color\s*[:=]\s*[\"']?\s*(?:white|#fff(?:fff)?)\b)[^>\n]{0,200}>",
    re.IGNORECASE,
)
#: How these words look when nobody hides them: plain letters, quotes and dashes, and no HTML entities.
_typed = re.compile(r"(?:[\x09-\x25\x27-\x7e\xa0‘’“”–—…]|&(?![#\w]))*")
_WHY = "Whoever judges, person or program, reads it as an attempt to steer the score."
_INSTEAD = "Take it out. If such instructions are the subject of the research, keep it and say so."
_WHY_HIDDEN = "Reviewers would not see it, and chairs read hidden instructions as an attempt to steer the score."


def instructions(text: CheckedText, folded: Folded) -> Iterator[Finding]:
    """Instructions in the open ask; what is disguised stops, since research on such texts needs no disguise."""
    if not (text.is_blinded or text.is_public):
        return
    taken: list[tuple[int, int]] = []
    for span in _hidden_code(text.text):
        taken.append(span)
        sentence = f"The {text.subject} holds an instruction in code. {_WHY_HIDDEN}"
        yield found(Code.INSTRUCTION, text, span, sentence, "Take it out.", stops=True)
    for hit in _comment.finditer(text.text):
        steers = _plain.search(fold(hit.group()).text) is not None
        taken.append(hit.span())
        sentence = f"The {text.subject} holds a comment that does not show when it is read as a page."
        yield found(
            Code.HIDDEN,
            text,
            hit.span(),
            f"{sentence} {_WHY_HIDDEN}" if steers else sentence,
            "Write it as text, or take it out.",
            stops=steers,
        )
    for hit in _unseen.finditer(text.text):
        sentence = f"The {text.subject} holds code that makes words invisible on a page. Expo shows it as it was typed."
        yield found(Code.HIDDEN, text, hit.span(), sentence, "Take the code out.")
    yield from _worded(text, folded, taken)


def _worded(text: CheckedText, folded: Folded, taken: list[tuple[int, int]]) -> Iterator[Finding]:
    for hit in _plain.finditer(folded.text):
        span = _trimmed(text.text, folded.span(*hit.span()))
        if _overlaps(span, taken):
            continue
        taken.append(span)
        said = " ".join(text.text[slice(*span)].split())
        is_disguised = not _typed.fullmatch(text.text[slice(*span)])
        trick = ", in disguise" if is_disguised else ""
        sentence = f"The {text.subject} says “{said[:160]}”{trick}. {_WHY}"
        yield found(
            Code.INSTRUCTION, text, span, sentence, "Take it out." if is_disguised else _INSTEAD, stops=is_disguised
        )
    squeezed = folded.squeezed()
    for hit in _squeezed.finditer(squeezed.text):
        span = squeezed.span(hit.start(), hit.end() - 1)
        if not _overlaps(span, taken):
            sentence = f"The {text.subject} spells an instruction with its letters apart: “{hit.group()[:120]}”. {_WHY}"
            yield found(Code.INSTRUCTION, text, span, sentence, "Take it out.", stops=True)


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """Without the sign or word before an order that only showed it to be one."""
    start, end = span
    while start < end and not text[start].isalnum() and text[start] not in "<[&":
        start += 1
    return start, end


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in taken)


def _hidden_code(text: str) -> Iterator[tuple[int, int]]:
    """Where base64 says what plain words may not."""
    for hit in _code.finditer(text):
        word = re.sub(r"\s", "", hit.group()).rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            decoded = base64.b64decode(word + "=" * (-len(word) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        folded = fold(decoded)
        if _plain.search(folded.text) or _squeezed.search(folded.squeezed().text):
            yield hit.span()

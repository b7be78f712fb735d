"""Words of selling and recruiting, and notices that were meant for reviewers. The phrases come from real programs.

Every pattern is read over a folded text (`folding`), so it is written in plain small letters.
"""

import re
from collections.abc import Iterator

from .findings import CheckedText, Code, Finding, found
from .folding import Folded

_SELLING = (
    r"free\s+(?:\d+-day\s+)?trials?(?!\w|-)(?!\s+(?:move|step|run|site)s?\b)",
    r"money[- ]back guarantee|satisfaction guaranteed",
    r"(?:special|limited(?:[- ]time)?|exclusive|introductory|early[- ]bird|launch)\s+(?:offers?|discounts?|deals?)\b",
    r"(?:discount|promo(?:tion)?|coupon|voucher) codes?",
    r"\d+\s?% (?:off|discount)\s+(?:on|for|your|all|with|when|if)\b",
    r"(?:contact|call|talk to|speak (?:to|with)|reach)\s+(?:our\s+)?sales\b(?! of\b)|sales@",
    r"(?:request|book|schedule|arrange)\s+(?:a|your)\s+(?:\w+\s+)?(?:demo|trial|quote|consultation|call with us)\b",
    r"get\s+(?:a|your)\s+(?:free\s+)?quote\b",
    r"sign\s?up\s+(?:now|today|here|free|at\s+(?:https?:|www\.|\w+\.\w)|for\s+(?:a\s+free|free|our|early access))",
    r"get started\s+(?:now|today|for free|free|in minutes with our)",
    r"start\s+your\s+(?:\w+\s+)?(?:free|trial|subscription)\b",
    r"(?:buy|order|shop|purchase|subscribe|register)\s+(?:now|today)\b",
    r"try\s+(?:it|us|our\s+\w+)\s+(?:for\s+)?(?:free|now|today)\b",
    (
        r"(?:our|see(?:\s+the)?|view|flexible|transparent|competitive|affordable)\s+pricing\b(?!\s+(?:problem|"
        r"algorithm|polic))"
    ),
    r"pricing\s+(?:plans?|page|tiers?|starts?|details|options|table|and packaging|information)\b|product,? pricing\b",
    (
        r"(?:starting|starts|priced|prices)\s+(?:at|from)\s+(?:only\s+|just\s+)?(?:[$€£]\s?\d|\d+\s?(?:usd|"
        r"eur|dollars|euros))"
    ),
    r"[$€£]\s?\d[\d.,]*\s*(?:per|a|/)\s*(?:month|seat|user|mo\b)",
    r"(?:industry|market)[- ]leading|award[- ]winning|best[- ]in[- ]class|one[- ]stop[- ]shop|turn-?key solutions?",
    (
        r"world'?s (?:leading|best|most advanced|number one|#1|first and only)|world[- ]class (?:product|"
        r"platform|solution|support)s?"
    ),
    (
        r"game[- ]chang(?:ing|er)|(?:revolutionary|unrivall?ed|unparalleled|cutting[- ]edge)"
        r"\s+(?:new\s+)?(?:product|platform|solution|offering|suite)s?"
    ),
    r"enterprise[- ](?:grade|ready)\s+(?:\w+\s+)?(?:product|platform|solution|support|security|service)s?",
    r"trusted by\s+(?:\d|over|more than|thousands|hundreds|leading|the world|companies|teams|fortune)",
    r"our\s+(?:happy\s+)?customers\s+(?:love|save|say|trust|include|achieve|see)\b|customer success stor",
    r"(?:boost|maximi[sz]e|increase|improve)\s+your\s+(?:roi|revenue|sales|profits?|bottom line|productivity)\b",
    (
        r"our\s+(?:flagship|new|latest|commercial)?\s*product(?:s| line| portfolio| suite| family)?\b"
        r"(?!\s+(?:quanti[sz]|kernel|space|measure|rule|distribution|manifold|graph|code|state|of|topolog|attention))"
    ),
    (
        r"(?:visit|stop by|come (?:by|to|see us at)|meet us at|find us at)\s+(?:us at\s+)?(?:our|the \w+)"
        r"\s+(?:booth|stand|exhibit)\b"
    ),
    r"(?:visit|see|check out|go to)\s+our\s+(?:web\s?site|homepage|web\s?shop|store|product page)\b",
    (
        r"(?:is|are|will be)\s+(?:now\s+)?(?:generally|commercially)\s+available|now available (?:on|in|at|"
        r"from) (?:the )?\w*\s?(?:marketplace|store|cloud|shop)"
    ),
    r"upgrade\s+(?:now|today|to\s+(?:the\s+)?(?:pro|premium|enterprise|paid|business))\b",
    r"subscribe to (?:our|the) (?:newsletter|channel|service|plan)|follow us on\b",
    (
        r"(?:win|receive|get)\s+(?:a|an|one of)\s+(?:\w+\s+)?(?:prizes?|ipads?|gift cards?|t-shirts?)\b|"
        r"free swag|swag bags?|gift cards? for"
    ),
    r"risk[- ]free (?:trial|offer|purchase)|no credit card (?:required|needed)",
)
_RECRUITING = (
    (
        r"(?:we\s+are|we're|now|also|always)\s+(?:currently\s+|actively\s+|always\s+|now\s+)?(?:hiring|recruiting)\b"
        r"(?!\s+(?:\w+\s+)?(?:participants?|volunteers?|patients?|annotators?|subjects?|raters?|teams to))"
    ),
    (
        r"\bwe hire\b(?!\s+(?:\w+\s+)?(?:annotators?|raters?|participants?|workers|crowd))|hiring (?:now|"
        r"event|fair|for)\b(?!\s+discrimin)"
    ),
    (
        r"(?:looking for|seeking)\s+(?:\w+\s+){0,3}(?:engineers|researchers|scientists|interns|talents?|"
        r"colleagues)\s+(?:to\s+join|who\s+want\s+to\s+join)"
    ),
    (
        r"apply\s+(?:now|today|online|here)\b(?!'|\s+(?:to|the|a|an|our|this|that|because|as|too|in|with)\b)|"
        r"apply\s+(?:at|via|through)\s+(?:https?:|www\.|our\s+(?:site|web))"
    ),
    (
        r"join\s+our\s+(?:[\w-]+\s+){0,2}(?:team|lab|company|group|mission)\b|(?:come\s+)?join us (?:as an?|"
        r"and build|in building)\b"
    ),
    r"join\s+the\s+(?:\w+\s+)?team\b(?!\s+of\b)(?=\s*(?:$|[.!,:;)\n]|at\b|and help|that builds|behind))",
    r"(?:come\s+(?:and\s+)?)?work\s+(?:with|for)\s+us\b",
    (
        r"(?:our|see|view|have|fill|check out|list of|about|many|several|apply (?:for|to))\s+(?:all\s+|our\s+|"
        r"the\s+|current\s+|many\s+|several\s+)*"
        r"open (?:positions|roles|vacancies|reqs)(?!\s+(?:in|of|on)\s+(?:the|a|an|each|every)\s+(?:graph|"
        r"board|queue|sequence|grid|lattice|list|portfolio|order))"
    ),
    (
        r"open (?:positions|roles)\s+(?:at|with|for\s+(?:\w+\s+)?(?:engineers|researchers|scientists|interns)|"
        r"in our|on our|across our|are (?:listed|posted))"
    ),
    r"job openings?|job offers? (?:from|at) (?:us|our)|jobs at our\b|(?:our|current|see) (?:job )?vacancies",
    r"career (?:page|site|opportunit\w+|fair|portal)s?|careers?@|(?:our|see|visit our) careers\b|careers at our",
    (
        r"internship (?:opportunit\w+|program\w*|positions?|openings?)|internships? (?:available|are open)|"
        r"(?:our|summer) interns? program"
    ),
    r"(?:send|submit|bring|drop|mail|upload|hand)\s+(?:us\s+|in\s+|off\s+)?your\s+(?:cvs?|resumes?)\b",
    (
        r"(?:meet|talk to|speak (?:to|with))\s+(?:our\s+|the\s+)?(?:recruiters?|hiring managers?|talent team)|"
        r"recruit(?:ing|ment)\s+(?:booth|event|team|session|fair)"
    ),
    r"(?:our team is|we are|we're)\s+growing\b(?!\s+(?:the|a|an|trees?|networks?|crystals?))|grow(?:ing)? our team",
    (
        r"(?:competitive|attractive) (?:salar(?:y|ies)|compensation|pay)|benefits package|"
        r"relocation (?:support|package)|talent acquisition|talent pool"
    ),
    (
        r"(?:phd|postdoc(?:toral)?|research(?:er)?|engineering|faculty|intern) (?:positions|"
        r"jobs) (?:available|open|with us|at our|are open)"
    ),
)
_NOTICES = (
    (
        r"for\s+(?:the\s+)?(?:purposes?\s+of\s+)?(?:review|evaluation)"
        r"(?:\s+(?:and|or|/)\s*(?:review|evaluation))?(?:\s+purposes?)?\s+only"
    ),
    r"(?:do|may|must|should|can)\s*not\s+(?:be\s+)?(?:re)?distribut\w*",
    r"not\s+(?:intended\s+)?for\s+(?:public\s+)?(?:re)?(?:distribution|publication|release)",
    r"(?:strictly|company|commercially|proprietary\s+and|commercial[\s-]+in[\s-]+)\W*confiden\w+",
    (
        r"confidential(?=\s*(?:$|[.!,:;)\]\n]|-\s|until|till|before|information|material|document|draft|content|"
        r"property|do\s+not|and\s+proprietary))"
    ),
    r"(?:for\s+)?internal\s+use\s+only",
    (
        r"embargoed\s+(?:until|till)|under\s+(?:an?\s+)?embargo|not\s+(?:to\s+be\s+)?(?:announced|published|"
        r"made public)\s+(?:yet|before|until)"
    ),
    r"non-?disclosure\s+agreement|under\s+nda",
)
_selling = re.compile(rf"(?<![\w-])(?:{'|'.join(_SELLING)})", re.MULTILINE)
_recruiting = re.compile(rf"(?<![\w-])(?:{'|'.join(_RECRUITING)})", re.MULTILINE)
_notices = re.compile(rf"(?<!\w)(?:{'|'.join(_NOTICES)})")

_WHY_SELLING = "The Expo takes research, not offers: reviewers mark it down as advertising."
_WHY_RECRUITING = (
    "The Expo is for research, not recruiting: reviewers mark it down, and attendees came for the session."
)
_INSTEAD_SELLING = (
    "Say what was built or measured, how, and what did not work. If the words are the subject, keep them."
)
_INSTEAD_RECRUITING = "Leave it out. If hiring is the subject of the session, keep it and say so."


def phrases(text: CheckedText, folded: Folded) -> Iterator[Finding]:
    """Every such phrase in a text that reviewers or the public read."""
    if text.is_public:
        for hit in _notices.finditer(folded.text):
            span = folded.span(*hit.span())
            sentence = f"The {text.subject} says “{_said(text, span)}”, so it cannot be published."
            yield found(Code.NOTICE, text, span, sentence, "Take that sentence out.", stops=True)
    if not (text.is_blinded or text.is_public):
        return
    for code, pattern, why, instead in (
        (Code.SELLING, _selling, _WHY_SELLING, _INSTEAD_SELLING),
        (Code.RECRUITING, _recruiting, _WHY_RECRUITING, _INSTEAD_RECRUITING),
    ):
        for hit in pattern.finditer(folded.text):
            span = folded.span(*hit.span())
            yield found(code, text, span, f"The {text.subject} says “{_said(text, span)}”. {why}", instead)


def _said(text: CheckedText, span: tuple[int, int]) -> str:
    return " ".join(text.text[slice(*span)].split())

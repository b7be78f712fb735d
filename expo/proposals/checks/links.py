"""Links that lead to a job, a price, a sign-up page or nobody knows where, and links that follow their readers."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from .findings import CheckedText, Code, Finding, found

_link = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'”’)\]]+|(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,12}/[^\s<>\"'”’)\]]*", re.IGNORECASE
)
_short = (
    "bit.ly t.co tinyurl.com goo.gl ow.ly lnkd.in is.gd buff.ly rebrand.ly cutt.ly rb.gy shorturl.at tiny.cc t.ly "
    "v.gd aka.ms g.co qr.ae s.id short.io bl.ink trib.al dlvr.it hubs.ly hubs.la"
)
_SHORTENERS = frozenset(_short.split())
_JOB_HOSTS = (
    "greenhouse.io",
    "lever.co",
    "myworkdayjobs.com",
    "smartrecruiters.com",
    "ashbyhq.com",
    "workable.com",
    "jobvite.com",
)
_marks = "gclid fbclid msclkid dclid yclid mc_cid mc_eid _hsenc _hsmi mkt_tok igshid trk trkcampaign vero_id oly_enc_id"
_TRACKING = frozenset(_marks.split())
_jobs = (
    "career careers job jobs join-us joinus work-with-us vacancies hiring recruiting recruitment openings "
    "open-positions internships internship"
)
_JOBS = frozenset(_jobs.split())
_offers = (
    "pricing prices plans buy shop store checkout cart free-trial trial signup sign-up sign_up register subscribe "
    "get-started request-demo request-a-demo book-a-demo demo-request contact-sales contact-us sales quote"
)
_SALES = frozenset(_offers.split())
#: Where such words name something technical, as in the documentation of a job queue.
_TECHNICAL = frozenset(
    {"docs", "doc", "documentation", "api", "reference", "blog", "papers", "paper", "datasets", "wiki"}
)


def links(text: CheckedText) -> Iterator[Finding]:
    """Every link of a text that does not belong into a proposal or a program."""
    for hit in _link.finditer(text.text):
        address = hit.group().rstrip(".,;:!?*_")
        why, instead = _objection(address)
        if why:
            span = (hit.start(), hit.start() + len(address))
            yield found(Code.LINK, text, span, f"The {text.subject} links to {address[:120]}. {why}", instead)


def _objection(address: str) -> tuple[str, str]:
    """Why a link should not be there and what to do instead, or nothing."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    labels, segments = host.split("."), [each.lower() for each in parts.path.split("/") if each]
    near = [*labels[:-1], *segments[:2]] if not {*labels, *segments[:2]} & _TECHNICAL else []
    if host in _SHORTENERS:
        return "A shortened link hides where it leads.", "Write the whole address."
    if {*near} & _JOBS or any(host == each or host.endswith(f".{each}") for each in _JOB_HOSTS):
        return (
            "It leads to jobs, and the Expo is for research, not recruiting.",
            "Link the paper, the code or the data.",
        )
    if {*near} & _SALES:
        return (
            "It leads to an offer or a sign-up, and the Expo is for research.",
            "Link the paper, the code or the data.",
        )
    names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if names & _TRACKING or any(name.startswith("utm_") for name in names):
        return (
            "It carries marks that follow who opens it.",
            "Cut the address before the “?”, if it still opens the page.",
        )
    return "", ""

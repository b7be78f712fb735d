"""The menu of an edition: which pages it names for whom, and which item a page belongs to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .states import Phase

ORGANISER, COCHAIR, REVIEWER, SPONSOR, READER = "organiser", "cochair", "reviewer", "sponsor", "reader"
CHAIRS = frozenset({ORGANISER, COCHAIR})
EVERYBODY = CHAIRS | {REVIEWER, SPONSOR, READER}


@dataclass(frozen=True)
class MenuItem:
    """A page in the menu: for which roles, and from which phase on it has something to show.

    It is absent before the phase `opens`. Of two items of one page for two roles, somebody with both sees the later.
    `pages` are routes below it; `app` takes in every other page of an app that no item names.
    """

    label: str
    url_name: str
    roles: frozenset[str]
    pages: str = ""
    app: str = ""
    since: Phase = Phase.SETUP
    opens: Phase = Phase.SETUP

    def names(self, view_name: str) -> bool:
        """Whether this item names the page."""
        return view_name == self.url_name or view_name in self.pages.split()

    def takes_in(self, view_name: str) -> bool:
        """Whether the page belongs here if nothing names it."""
        return view_name.partition(":")[0] in self.app.split()


OWN_PAGES = {"releases:program", "releases:session"}
PROGRAM = MenuItem("Program", "releases:program", EVERYBODY, app="releases")

# In the order of the work, in groups; the first group has no title.
MENU: dict[str, tuple[MenuItem, ...]] = {
    "": (
        MenuItem("Home", "editions:detail", EVERYBODY),
        PROGRAM,
        MenuItem("Overview", "insight:desk", CHAIRS, "editions:move-phase"),
    ),
    "Propose": (
        MenuItem(
            "My proposals",
            "proposals:mine",
            frozenset({SPONSOR}),
            "proposals:detail proposals:edit proposals:compare program:slot program:accept-slot program:constraints"
            " releases:preview scoring:preview",
            app="proposals sponsors",
        ),
        MenuItem("Rubric", "rubrics:read", frozenset({SPONSOR}), opens=Phase.CALL),
        MenuItem("My conflicts", "proposals:conflicts", frozenset({SPONSOR})),
    ),
    "Review": (
        MenuItem(
            "My reviews",
            "assignments:queue",
            frozenset({REVIEWER}),
            "scoring:review scoring:practice scoring:discussion scoring:keep scoring:remove-comment"
            " assignments:accept assignments:decline assignments:conflict",
        ),
        MenuItem(
            "My profile",
            "assignments:profile",
            frozenset({REVIEWER}),
            "assignments:join assignments:decline-invitation assignments:publications assignments:remove-publication"
            " assignments:bids assignments:away assignments:remove-away",
            app="proposals",
        ),
        MenuItem("Assignments", "assignments:board", frozenset({COCHAIR}), app="assignments"),
        MenuItem(
            "Rubric",
            "rubrics:read",
            CHAIRS | {REVIEWER},
            "scoring:adopt-rubric scoring:drop-own-rubric scoring:practice-list scoring:practice-add"
            " scoring:practice-change scoring:practice-remove",
            app="rubrics",
        ),
        MenuItem("Ranking", "scoring:standings", frozenset({COCHAIR}), app="scoring", since=Phase.REVIEW),
    ),
    "Decide": (
        MenuItem("Decisions", "decisions:desk", frozenset({COCHAIR}), app="decisions", since=Phase.REVIEW),
        MenuItem("Fairness check", "insight:slices", frozenset({COCHAIR}), since=Phase.DECIDE),
        MenuItem("Change requests", "proposals:change-requests", CHAIRS, "proposals:answer-change", since=Phase.CALL),
        MenuItem("After the decision", "proposals:after", CHAIRS, app="proposals", since=Phase.DECIDE),
    ),
    "Program": (
        MenuItem("Timetable", "program:timetable", CHAIRS, app="program", since=Phase.DECIDE),
        MenuItem("Releases", "releases:list", CHAIRS, "releases:publish releases:detail", since=Phase.SCHEDULE),
        MenuItem("On the day", "onsite:day", CHAIRS, app="onsite", since=Phase.SCHEDULE),
    ),
    "Set up": (
        MenuItem("Setup", "editions:setup", frozenset({ORGANISER}), app="editions"),
        MenuItem(
            "Office",
            "proposals:office",
            frozenset({ORGANISER}),
            "proposals:office-fields proposals:change-office-field",
            since=Phase.DECIDE,
        ),
        MenuItem(
            "Sponsors",
            "sponsors:list",
            CHAIRS,
            "assignments:conflict-facts proposals:late-links proposals:revoke-late-link",
            app="sponsors",
        ),
        MenuItem(
            "People",
            "editions:roles",
            frozenset({ORGANISER}),
            "editions:revoke-role editions:upload-roles editions:roles-uploaded assignments:import assignments:invite",
        ),
        MenuItem(
            "Conflicts",
            "proposals:conflicts",
            CHAIRS,
            "proposals:take-back proposals:settle-claim proposals:appoint assignments:save-domains"
            " assignments:request-parent",
        ),
    ),
    "Record": (
        MenuItem("Mail", "insight:outbox", frozenset({ORGANISER}), "insight:resend"),
        MenuItem("Journal", "insight:audit", CHAIRS),
    ),
}


@dataclass(frozen=True)
class MenuLink:
    """An item as one page shows it; `current` is page, true (a page below it) or nothing."""

    label: str
    url_name: str
    current: str
    is_ahead: bool


@dataclass(frozen=True)
class MenuGroup:
    """The links under one title."""

    title: str
    links: tuple[MenuLink, ...]


def menu_of(phase: Phase, roles: Collection[str], view_name: str) -> list[MenuGroup]:
    """The menu of somebody with these roles on the page of this route; one link is current on each page of an edition.

    The program is in it once it is published, and on its own pages.
    """
    phases = list(Phase)
    now = phases.index(phase)
    has_program = now >= phases.index(Phase.PUBLISHED) or view_name in OWN_PAGES
    named = {
        item.url_name: item
        for items in MENU.values()
        for item in items
        if item.roles.intersection(roles) and phases.index(item.opens) <= now and (has_program or item is not PROGRAM)
    }
    shown = {title: [item for item in items if item in named.values()] for title, items in MENU.items()}
    flat = [item for items in shown.values() for item in items]
    here = next((item for item in flat if item.names(view_name)), None) or next(
        (item for item in flat if item.takes_in(view_name)), None
    )

    def link(item: MenuItem) -> MenuLink:
        current = "" if item is not here else "page" if item.url_name == view_name else "true"
        return MenuLink(item.label, item.url_name, current, phases.index(item.since) > now)

    return [MenuGroup(title, tuple(map(link, items))) for title, items in shown.items() if items]

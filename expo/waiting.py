"""Who tells what waits for a person, by name and in the order of the work: apps that know nothing of one another."""

SOURCES = (
    "expo.editions.queries.waiting_for_runners",
    "expo.sponsors.queries.waiting_for_invited",
    "expo.sponsors.queries.waiting_for_organisers",
    "expo.proposals.queries.waiting.for_the_named",
    "expo.proposals.queries.waiting.for_teams",
    "reviews.assignments.queries.waiting.for_reviewers",
    "reviews.scoring.queries.incomplete.for_reviewers",
    "reviews.scoring.queries.waiting.for_reviewers",
    "reviews.scoring.queries.waiting.for_chairs",
    "reviews.assignments.queries.waiting.for_organisers",
    "reviews.assignments.queries.waiting.for_chairs",
    "reviews.decisions.queries.waiting.for_chairs",
    "expo.proposals.queries.waiting.for_runners",
    "expo.program.queries.waiting.for_chairs",
    "reviews.insight.queries.journal.waiting_for_organisers",
)

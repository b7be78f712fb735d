"""URLs of this app."""

from django.urls import path

from .views import board, families, proposals, reviewer, runs

app_name = "assignments"
urlpatterns = [
    path("organisations/", families.families, name="families"),
    path("organisations/requests/<int:parent_request>/", families.parent_request, name="parent-request"),
    path("organisations/<int:organisation>/parent/remove/", families.remove_parent, name="remove-parent"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/conflicts/", families.conflict_facts, name="conflict-facts"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/conflicts/domains/", families.save_domains, name="save-domains"),
    path("e/<slug:edition>/sponsors/<int:sponsor>/conflicts/parent/", families.request_parent, name="request-parent"),
    path("e/<slug:edition>/review/", reviewer.queue, name="queue"),
    path("e/<slug:edition>/review/profile/", reviewer.profile, name="profile"),
    path("e/<slug:edition>/review/join/", reviewer.join, name="join"),
    path("e/<slug:edition>/review/join/decline/", reviewer.decline_invitation, name="decline-invitation"),
    path("e/<slug:edition>/review/publications/", reviewer.publications, name="publications"),
    path(
        "e/<slug:edition>/review/publications/<int:publication>/remove/",
        reviewer.remove_publication,
        name="remove-publication",
    ),
    path("e/<slug:edition>/review/bids/", reviewer.bids, name="bids"),
    path("e/<slug:edition>/review/away/", reviewer.away, name="away"),
    path("e/<slug:edition>/review/away/<int:absence>/remove/", reviewer.remove_away, name="remove-away"),
    path("e/<slug:edition>/review/<int:assignment>/accept/", reviewer.accept, name="accept"),
    path("e/<slug:edition>/review/<int:assignment>/decline/", reviewer.decline, name="decline"),
    path("e/<slug:edition>/review/<int:assignment>/conflict/", reviewer.conflict, name="conflict"),
    path("e/<slug:edition>/queue/", board.board, name="board"),
    path("e/<slug:edition>/queue/settings/", board.queue_settings, name="settings"),
    path("e/<slug:edition>/queue/figures/", board.figures, name="figures"),
    path("e/<slug:edition>/queue/remind/", board.remind, name="remind"),
    path("e/<slug:edition>/queue/repair/", runs.repair, name="repair"),
    path("e/<slug:edition>/queue/invite/", board.invite, name="invite"),
    path("e/<slug:edition>/queue/import/", board.import_tables, name="import"),
    path("e/<slug:edition>/queue/import/<int:upload>/rest.csv", board.import_rest, name="import-rest"),
    path("e/<slug:edition>/queue/start/", runs.start, name="start"),
    path("e/<slug:edition>/queue/runs/<int:run>/", runs.run, name="run"),
    path("e/<slug:edition>/queue/runs/<int:run>/publish/", runs.publish, name="publish"),
    path("e/<slug:edition>/queue/runs/<int:run>/discard/", runs.discard, name="discard"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/", proposals.proposal, name="proposal"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/assign/", proposals.assign, name="assign"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/pair/", proposals.pair, name="pair"),
    path("e/<slug:edition>/queue/assignments/<int:assignment>/release/", proposals.release, name="release"),
    path("e/<slug:edition>/queue/assignments/<int:assignment>/swap/", proposals.swap, name="swap"),
]

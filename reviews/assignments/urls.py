"""URLs of this app."""

from django.urls import path

from .views import bids, board, expertise, families, hand, imports, invitation, reviewer, runs, settings

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
    path("e/<slug:edition>/review/join/", invitation.join, name="join"),
    path("e/<slug:edition>/review/join/decline/", invitation.decline, name="decline-invitation"),
    path("e/<slug:edition>/review/publications/", expertise.publications, name="publications"),
    path(
        "e/<slug:edition>/review/publications/<int:publication>/remove/",
        expertise.remove_publication,
        name="remove-publication",
    ),
    path("e/<slug:edition>/review/bids/", bids.bids, name="bids"),
    path("e/<slug:edition>/review/away/", expertise.away, name="away"),
    path("e/<slug:edition>/review/away/<int:absence>/remove/", expertise.remove_away, name="remove-away"),
    path("e/<slug:edition>/review/<int:assignment>/accept/", reviewer.accept, name="accept"),
    path("e/<slug:edition>/review/<int:assignment>/decline/", reviewer.decline, name="decline"),
    path("e/<slug:edition>/review/<int:assignment>/conflict/", reviewer.conflict, name="conflict"),
    path("e/<slug:edition>/queue/", board.board, name="board"),
    path("e/<slug:edition>/queue/settings/", settings.settings, name="settings"),
    path("e/<slug:edition>/queue/figures/", board.figures, name="figures"),
    path("e/<slug:edition>/queue/remind/", board.remind, name="remind"),
    path("e/<slug:edition>/queue/repair/", runs.repair, name="repair"),
    path("e/<slug:edition>/queue/import/", imports.bring_in, name="import"),
    path("e/<slug:edition>/queue/import/<int:upload>/rest.csv", imports.import_rest, name="import-rest"),
    path("e/<slug:edition>/queue/start/", runs.start, name="start"),
    path("e/<slug:edition>/queue/runs/<int:run>/", runs.run, name="run"),
    path("e/<slug:edition>/queue/runs/<int:run>/publish/", runs.publish, name="publish"),
    path("e/<slug:edition>/queue/runs/<int:run>/discard/", runs.discard, name="discard"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/", hand.proposal, name="proposal"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/assign/", hand.assign, name="assign"),
    path("e/<slug:edition>/queue/proposals/<str:proposal>/pair/", hand.pair, name="pair"),
    path("e/<slug:edition>/queue/assignments/<int:assignment>/release/", hand.release, name="release"),
    path("e/<slug:edition>/queue/assignments/<int:assignment>/swap/", hand.swap, name="swap"),
]

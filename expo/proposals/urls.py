"""URLs of this app."""

from django.urls import path

from .views import away, claims, conflicts, home, mending, verbs, writing

app_name = "proposals"

_edition = "e/<slug:edition>"
_one = f"{_edition}/proposals/<str:proposal>"

urlpatterns = [
    path(f"{_edition}/proposals/", home.mine, name="mine"),
    path(f"{_edition}/proposals/new/", writing.new, name="new"),
    path(f"{_edition}/conflicts/", conflicts.conflicts, name="conflicts"),
    path(f"{_edition}/conflicts/<int:conflict>/take-back/", conflicts.take_back, name="take-back"),
    path(f"{_edition}/conflicts/claims/<str:claim>/", claims.settle, name="settle-claim"),
    path(f"{_edition}/appoint/", claims.appoint, name="appoint"),
    path("claims/answer/", claims.answer, name="answer-claim"),
    path(f"{_one}/", home.detail, name="detail"),
    path(f"{_one}/edit/", writing.edit, name="edit"),
    path(f"{_one}/submit/", verbs.submit, name="submit"),
    path(f"{_one}/discard-changes/", verbs.discard_changes, name="discard-changes"),
    path(f"{_one}/revive/", verbs.revive, name="revive"),
    path(f"{_one}/withdraw/", verbs.withdraw, name="withdraw"),
    path(f"{_edition}/after-the-decision/", mending.after, name="after"),
    path(f"{_one}/presenters/", mending.presenters, name="presenters"),
    path(f"{_one}/ask-to-restore/", mending.ask_to_restore, name="ask-to-restore"),
    path(f"{_one}/restore/", mending.restore, name="restore"),
    path(f"{_one}/confirm/", verbs.confirm, name="confirm"),
    path(f"{_one}/public-text/", verbs.public_text, name="public-text"),
    path(f"{_one}/public-text/approve/", verbs.approve, name="approve-public-text"),
    path(f"{_one}/availability/", away.availability, name="availability"),
    path(f"{_one}/cannot-come/", away.cannot_come, name="cannot-come"),
    path(f"{_one}/presenters/<int:presenter>/confirm/", claims.confirm_presenter, name="confirm-presenter"),
]

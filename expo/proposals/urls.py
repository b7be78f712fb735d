"""URLs of this app."""

from django.urls import path

from .views import (
    autosave,
    change_requests,
    checks,
    conflicts,
    drafts,
    home,
    late_links,
    office,
    presenters,
    presenting,
    proposals,
    revisions,
)

app_name = "proposals"

_edition = "e/<slug:edition>"
_one = f"{_edition}/proposals/<str:proposal>"

urlpatterns = [
    path(f"{_edition}/proposals/", home.mine, name="mine"),
    path(f"{_edition}/proposals/new/", drafts.new, name="new"),
    path(f"{_edition}/proposals/autosave/", autosave.save_new, name="autosave-new"),
    path(f"{_edition}/conflicts/", conflicts.conflicts, name="conflicts"),
    path(f"{_edition}/conflicts/<int:conflict>/take-back/", conflicts.take_back, name="take-back"),
    path(f"{_edition}/conflicts/claims/<str:claim>/", conflicts.settle, name="settle-claim"),
    path(f"{_edition}/appoint/", conflicts.appoint, name="appoint"),
    path("claims/answer/", conflicts.answer, name="answer-claim"),
    path(f"{_one}/", proposals.detail, name="detail"),
    path(f"{_one}/edit/", drafts.edit, name="edit"),
    path(f"{_one}/autosave/", autosave.save, name="autosave"),
    path(f"{_one}/compare/", revisions.compare_revisions, name="compare"),
    path(f"{_edition}/office/", office.table, name="office"),
    path(f"{_edition}/setup/office/", office.fields, name="office-fields"),
    path(f"{_edition}/setup/office/<int:office_field>/", office.change_field, name="change-office-field"),
    path(f"{_edition}/setup/office/<int:office_field>/remove/", office.remove_field, name="remove-office-field"),
    path(f"{_edition}/setup/office/<int:office_field>/move/", office.move_field, name="move-office-field"),
    path(f"{_one}/office/", office.answers, name="office-answers"),
    path(f"{_one}/checks/", checks.checks, name="checks"),
    path(f"{_one}/submit/", proposals.submit, name="submit"),
    path(f"{_one}/discard-changes/", proposals.discard_changes, name="discard-changes"),
    path(f"{_one}/revive/", proposals.revive, name="revive"),
    path(f"{_one}/decline/", proposals.decline, name="decline"),
    path(f"{_one}/withdraw/", proposals.withdraw, name="withdraw"),
    path(f"{_one}/change/", change_requests.ask, name="ask-for-change"),
    path(f"{_one}/change/withdraw/", change_requests.withdraw, name="withdraw-change"),
    path(f"{_one}/change/answer/", change_requests.answer, name="answer-change"),
    path(f"{_edition}/change-requests/", change_requests.listing, name="change-requests"),
    path(f"{_edition}/sponsors/<int:sponsor>/late/", late_links.late_links, name="late-links"),
    path(f"{_edition}/sponsors/<int:sponsor>/late/<int:late_link>/revoke/", late_links.revoke, name="revoke-late-link"),
    path(f"{_edition}/after-the-decision/", proposals.after, name="after"),
    path(f"{_one}/presenters/", presenters.presenters, name="presenters"),
    path(f"{_one}/ask-to-restore/", proposals.ask_to_restore, name="ask-to-restore"),
    path(f"{_one}/restore/", proposals.restore, name="restore"),
    path(f"{_one}/confirm/", proposals.confirm, name="confirm"),
    path(f"{_one}/public-text/", proposals.change_public_text, name="public-text"),
    path(f"{_one}/public-text/approve/", proposals.approve, name="approve-public-text"),
    path(f"{_one}/availability/", presenters.availability, name="availability"),
    path(f"{_one}/cannot-come/", presenters.cannot_come, name="cannot-come"),
    path(f"{_one}/presenters/<int:presenter>/confirm/", presenting.confirm_presenter, name="confirm-presenter"),
    path(f"{_one}/presenters/<int:presenter>/resend/", presenting.resend, name="resend-to-presenter"),
    path(f"{_one}/presenters/picture/<int:number>/", presenting.picture, name="presenter-picture"),
    path(f"{_edition}/presenters-not-confirmed/", presenting.not_confirmed, name="unconfirmed"),
    path(f"{_edition}/presenters-not-confirmed/remind/", presenting.remind_all, name="remind-presenters"),
    path(f"{_edition}/presenters-not-confirmed/print/", presenting.vouch, name="vouch-for-presenters"),
    path(f"{_edition}/presenting/<int:invitation>/", presenting.present, name="present"),
    path("presenting/<slug:token>/", presenting.presenting, name="presenting"),
    path("presenting/<slug:token>/picture", presenting.own_picture, name="presenting-picture"),
]

"""URLs of the desk, what-ifs, batches and questions to the scheduler."""

from django.urls import path

from .views import batches, decide, desk, fits, records, what_if

app_name = "decisions"
urlpatterns = [
    path("e/<slug:edition>/decisions/", desk.desk, name="desk"),
    path("e/<slug:edition>/decisions/several/", desk.decide_several, name="decide-several"),
    path("e/<slug:edition>/decisions/undo/", desk.undo, name="undo"),
    path("e/<slug:edition>/decisions/<str:proposal>/", decide.decide, name="decide"),
    path("e/<slug:edition>/decisions/<str:proposal>/notes/", desk.keep_notes, name="notes"),
    path("e/<slug:edition>/decisions/<str:proposal>/move/", desk.move_waiting, name="move-waiting"),
    path("e/<slug:edition>/decisions/<str:proposal>/accept-next/", desk.accept_next, name="accept-next"),
    path("e/<slug:edition>/decisions/<str:proposal>/release-place/", desk.release_place, name="release-place"),
    path("e/<slug:edition>/decisions/<str:proposal>/record/", records.record, name="record"),
    path("e/<slug:edition>/decisions/<str:proposal>/sign-off/", records.sign_off, name="sign-off"),
    path(
        "e/<slug:edition>/decisions/<str:proposal>/sign-off/take-back/",
        records.take_back_sign_off,
        name="take-back-sign-off",
    ),
    path("e/<slug:edition>/batches/", records.batch_list, name="batches"),
    path("e/<slug:edition>/what-if/", what_if.what_if, name="what-if"),
    path("e/<slug:edition>/what-if/new/", what_if.new_what_if, name="new-what-if"),
    path("e/<slug:edition>/what-if/<int:scenario>/", what_if.edit_what_if, name="edit-what-if"),
    path("e/<slug:edition>/what-if/<int:scenario>/delete/", what_if.delete_what_if, name="delete-what-if"),
    path("e/<slug:edition>/fits/", fits.does_it_fit, name="fits"),
    path("e/<slug:edition>/fits/ask/", fits.ask_fit, name="ask-fit"),
    path("e/<slug:edition>/fits/<int:fit>/", fits.fit_answer, name="fit"),
    path("e/<slug:edition>/fits/<int:fit>/decide/", fits.decide_as_suggested, name="decide-as-suggested"),
    path("e/<slug:edition>/batches/new/", batches.create_batch, name="create-batch"),
    path("e/<slug:edition>/batches/<int:batch>/", batches.batch, name="batch"),
    path("e/<slug:edition>/batches/<int:batch>/put/", batches.put, name="put"),
    path("e/<slug:edition>/batches/<int:batch>/take-out/", batches.take_out, name="take-out"),
    path("e/<slug:edition>/batches/<int:batch>/sign-off/", records.sign_off_batch, name="sign-off-batch"),
    path("e/<slug:edition>/batches/<int:batch>/read/", batches.read, name="read"),
    path("e/<slug:edition>/batches/<int:batch>/release/", batches.release, name="release"),
]

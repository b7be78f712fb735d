"""URLs of reviews, the ranking and dossiers."""

from django.urls import path

from .views import chairs, discussion, practice, reviews, revisions, rubric

app_name = "scoring"
urlpatterns = [
    path("e/<slug:edition>/review/<int:assignment>/", reviews.review, name="review"),
    path("e/<slug:edition>/review/<int:assignment>/exclude/", chairs.exclude, name="exclude"),
    path("e/<slug:edition>/review/<int:assignment>/include/", chairs.include, name="include"),
    path("e/<slug:edition>/review/<int:assignment>/enter/", revisions.enter, name="enter"),
    path("e/<slug:edition>/review/<int:assignment>/keep/", revisions.keep, name="keep"),
    path("e/<slug:edition>/review/<int:assignment>/revision/", revisions.ask, name="ask-revision"),
    path("e/<slug:edition>/review/<int:assignment>/revision/withdraw/", revisions.withdraw, name="withdraw-revision"),
    path("e/<slug:edition>/discussion/<str:proposal>/", discussion.discussion, name="discussion"),
    path(
        "e/<slug:edition>/discussion/<str:proposal>/<int:comment>/remove/",
        discussion.remove_comment,
        name="remove-comment",
    ),
    path("e/<slug:edition>/proposals/<str:proposal>/as-reviewers/", reviews.preview, name="preview"),
    path("e/<slug:edition>/practice/<int:practice>/", practice.answer, name="practice"),
    path("e/<slug:edition>/rubric/practice/", practice.practice_list, name="practice-list"),
    path("e/<slug:edition>/rubric/practice/new/", practice.add, name="practice-add"),
    path("e/<slug:edition>/rubric/practice/<int:practice>/", practice.change, name="practice-change"),
    path("e/<slug:edition>/rubric/practice/<int:practice>/remove/", practice.remove, name="practice-remove"),
    path("e/<slug:edition>/rubric/adopt/", rubric.adopt, name="adopt-rubric"),
    path("e/<slug:edition>/rubric/drop-own/", rubric.drop_own, name="drop-own-rubric"),
    path("e/<slug:edition>/standings/", chairs.ranking, name="standings"),
    path("e/<slug:edition>/one-more-review/", chairs.one_more_review, name="one-more"),
    path("e/<slug:edition>/one-more-review/<str:proposal>/", chairs.offer_one_more, name="offer-one-more"),
    path("e/<slug:edition>/standings/<str:proposal>/", chairs.dossier, name="dossier"),
]

"""The room's part of the API: a sponsor's own proposals."""

from django.urls import path

from .views import ProposalDetail, ProposalList, Submit, Withdraw

_one = "editions/<slug:edition>/proposals/<str:proposal>"

routes = [
    path("editions/<slug:edition>/proposals/", ProposalList.as_view(), name="proposals"),
    path(f"{_one}/", ProposalDetail.as_view(), name="proposal"),
    path(f"{_one}/submit/", Submit.as_view(), name="proposal-submit"),
    path(f"{_one}/withdraw/", Withdraw.as_view(), name="proposal-withdraw"),
]

"""The page that shows the parts of the design system."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .policy import page


@page("editions.home", public=True)
def design(request: HttpRequest) -> HttpResponse:
    return render(request, "expo/kit/design.html")

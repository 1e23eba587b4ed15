"""The addresses of search."""

from django.urls import path

from search.views import results, suggest

urlpatterns = [path("", results, name="search"), path("suggest.json", suggest, name="search_suggest")]

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The search app."""

    name = "search"

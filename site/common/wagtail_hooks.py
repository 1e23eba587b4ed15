"""Connects what every app's pages share to Wagtail's admin."""

from typing import Any

from django.urls import path
from wagtail import hooks

import common.odd_input  # noqa: F401 - makes the converter "id" known
from common.editing_sessions import write_nothing_when_an_editor_is_opened
from common.saving import keep_theirs, take_parts

write_nothing_when_an_editor_is_opened()


@hooks.register("register_admin_urls")
def register_saving_urls() -> list[Any]:
    """Addresses of the choice between two texts, and between their parts."""
    return [
        path("saving/<id:page_id>/keep-theirs/", keep_theirs, name="common_keep_theirs"),
        path("saving/<id:page_id>/take-parts/", take_parts, name="common_take_parts"),
    ]

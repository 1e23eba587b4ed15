import pytest
from wagtail.models import get_page_models

from common.models import BasePage
from tests.factories import admin_user

PAGES = [model for model in get_page_models() if issubclass(model, BasePage)]


@pytest.mark.django_db
@pytest.mark.parametrize("model", [model for model in PAGES if not model.reviewed])
def test_pages_whose_words_need_no_signature_take_no_part_in_the_workflow(model):
    page = model(path="0001", depth=1)

    assert page.get_workflow() is None
    assert not page.permissions_for_user(admin_user()).can_submit_for_moderation()


@pytest.mark.parametrize("model", PAGES)
def test_no_page_can_be_put_behind_a_password(model):
    assert model.private_page_options == []

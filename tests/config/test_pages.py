import pytest
from wagtail.models import get_page_models

from common.models import BasePage

PAGES = [model for model in get_page_models() if issubclass(model, BasePage)]


@pytest.mark.django_db
@pytest.mark.parametrize("model", [model for model in PAGES if not model.reviewed])
def test_pages_whose_words_need_no_signature_take_no_part_in_the_workflow(model):
    page = model()

    assert page.get_workflow() is None
    assert not page.has_workflow


@pytest.mark.parametrize("model", PAGES)
def test_no_page_can_be_put_behind_a_password(model):
    assert model.private_page_options == []

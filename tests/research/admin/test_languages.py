"""Every screen of the admin answers in each of its languages."""

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from wagtail.users.models import UserProfile

from tests.factories import ArticlePageFactory, submit
from tests.research.admin.addresses import admin_addresses

pytestmark = pytest.mark.django_db
# Wagtail's own rehearsal of an error.
LEFT_OUT = {"/admin/failwhale/"}
# These would end the session that reads.
ENDS_IT = "logout"
OTHER_LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


@pytest.fixture
def speaking(client, admin):
    def choose(language):
        UserProfile.objects.update_or_create(user=admin, defaults={"preferred_language": language})
        client.force_login(admin)
        return client

    return choose


def is_answered(address):
    try:
        resolve(address)
    except Resolver404:
        return False
    return True


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_screen_answers_in_the_language(speaking, public_article, section, writer, language):
    state = submit(ArticlePageFactory(parent=section, by=writer), writer)
    rows = {"page_id": public_article.pk, "state_id": state.pk}
    client = speaking(language)
    client.raise_request_exception = False
    addresses = [
        address.filled(**{name: str(rows.get(name, public_article.study_id)) for name in address.parameters})
        for address in admin_addresses()
    ]
    addresses += [reverse("wagtailadmin_pages:edit", args=[page]) for page in (public_article.pk, section.pk)]

    statuses = {
        address: client.get(address).status_code
        for address in dict.fromkeys(addresses)
        if is_answered(address) and address not in LEFT_OUT and ENDS_IT not in address
    }

    assert {address: status for address, status in statuses.items() if status >= 500} == {}
    assert f'lang="{language}"' in client.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.parametrize(("language", "words"), [("de", "Tafel"), ("fr", "Tableau")])
def test_the_menu_and_the_scripts_speak_the_language_too(speaking, language, words):
    client = speaking(language)

    assert words in client.get(reverse("wagtailadmin_home")).content.decode()
    assert "Not saved yet" in client.get(reverse("research_words_of_scripts")).content.decode()

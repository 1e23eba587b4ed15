import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a-long-enough-phrase"


def test_an_administrator_signs_in_with_a_browser(page, site_server, django_user_model):
    django_user_model.objects.create_superuser("root", "root@example.org", PASSWORD)

    page.goto(f"{site_server.url}/admin/")
    page.fill("input[name=login]", "root")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{site_server.url}/admin/")

    assert page.locator("#wagtail-sidebar").count() == 1

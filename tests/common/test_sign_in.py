import pytest
from django.contrib.auth import get_user_model

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-enough-phrase"


@pytest.fixture
def user():
    return get_user_model().objects.create_user("wren", "wren@example.org", PASSWORD)


def test_the_admins_sign_in_leads_to_the_one_form_and_back(client):
    response = client.get("/admin/pages/3/?tab=content", follow=True)

    address, _ = response.redirect_chain[-1]
    assert address == "/accounts/login/?next=%2Fadmin%2Fpages%2F3%2F%3Ftab%3Dcontent"
    assert response.status_code == 200


def test_wagtails_own_sign_in_form_takes_no_password(client, django_user_model):
    django_user_model.objects.create_superuser("root", "root@example.org", PASSWORD)

    client.post("/admin/login/", {"username": "root", "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_signing_in_arrives_where_one_wanted_to_go(client, django_user_model):
    django_user_model.objects.create_superuser("root", "root@example.org", PASSWORD)

    response = client.post(
        "/accounts/login/", {"login": "root@example.org", "password": PASSWORD, "next": "/admin/images/"}
    )

    assert response.status_code == 302
    assert response["Location"] == "/admin/images/"


def test_someone_without_admin_rights_is_refused_instead_of_sent_in_circles(client, user):
    client.force_login(user)

    response = client.get("/admin/", follow=True)

    assert response.status_code == 403


def test_nobody_can_sign_up(client):
    response = client.post(
        "/accounts/signup/",
        {"username": "new", "email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert response.status_code in {200, 403}
    assert not get_user_model().objects.filter(username="new").exists()


def test_a_second_factor_can_be_set_up(client, user):
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    response = client.get("/accounts/2fa/totp/activate/")

    assert response.status_code == 200
    assert "img-src 'self' data:" in response["Content-Security-Policy"]

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/health/live", "/accounts/login/", "/no-such-page/"])
def test_public_answers_allow_nothing_inline_and_no_third_party(client, path):
    policy = client.get(path)["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert "http" not in policy


def test_the_public_policy_is_the_same_for_every_request(client):
    policies = {client.get(path)["Content-Security-Policy"] for path in ("/health/live", "/health/ready")}

    assert len(policies) == 1


def test_the_admin_may_run_its_inline_code_and_frame_its_previews(admin_client):
    policy = admin_client.get("/admin/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "blob:" in policy

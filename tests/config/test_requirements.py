import pytest
from django.conf import settings

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-postgres.txt", "requirements-production.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_takes_this_project_from_an_index(name):
    lines = (settings.BASE_DIR / name).read_text(encoding="utf-8").splitlines()

    assert not [line for line in lines if line.startswith("countersign")]

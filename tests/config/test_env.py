import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_missing_variable_is_named(monkeypatch, value):
    monkeypatch.delenv("NEEDED", raising=False)
    if value is not None:
        monkeypatch.setenv("NEEDED", value)

    with pytest.raises(ImproperlyConfigured, match="NEEDED"):
        env.required("NEEDED")


def test_a_variable_that_cannot_be_read_is_named(monkeypatch):
    monkeypatch.setenv("SECONDS", "soon")

    with pytest.raises(ImproperlyConfigured, match="SECONDS"):
        env.number("SECONDS", 10.0)


def test_a_short_secret_is_refused(monkeypatch):
    monkeypatch.setenv("KEY", "short")

    with pytest.raises(ImproperlyConfigured, match="KEY must have at least"):
        env.secret("KEY")


def test_names_are_split_at_commas_and_blanks_left_out(monkeypatch):
    monkeypatch.setenv("HOSTS", "a.example, b.example,,")

    assert env.names("HOSTS", []) == ["a.example", "b.example"]


@pytest.mark.parametrize(("value", "meaning"), [("1", True), ("yes", True), ("0", False), ("off", False)])
def test_flags_understand_yes_and_no(monkeypatch, value, meaning):
    monkeypatch.setenv("FLAG", value)

    assert env.flag("FLAG", not meaning) is meaning


def test_defaults_are_used_when_nothing_is_set(monkeypatch):
    monkeypatch.delenv("UNSET", raising=False)

    assert env.text("UNSET", "words") == "words"
    assert env.integer("UNSET", 3) == 3
    assert env.names("UNSET", ["one"]) == ["one"]

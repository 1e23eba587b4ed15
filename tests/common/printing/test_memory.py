"""Parts of pages that are printed once: never those of other values, another language or another time zone."""

from datetime import UTC, datetime

import pytest
from django.template import engines
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe

from common.printing import memory as printing
from common.printing.memory import printed

TEMPLATES = {
    "part.html": "{% load i18n %}{% translate 'Length' %}: {{ words }}, {{ at|date:'DATETIME_FORMAT' }}",
    "other.html": "{{ words }}",
}
AT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rendered(monkeypatch):
    """Print from these templates, and note what is printed."""
    done = []

    def render(name, values):
        done.append(name)
        return engines["django"].from_string(TEMPLATES[name]).render(values)

    monkeypatch.setattr(printing, "render_to_string", render)
    return done


def test_the_same_values_are_printed_once(rendered):
    first = printed("part.html", words="Fewer relapses", at=AT)
    again = printed("part.html", words="".join(["Fewer", " relapses"]), at=datetime.fromisoformat(AT.isoformat()))

    assert again == first
    assert isinstance(again, SafeString)
    assert rendered == ["part.html"]


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("part.html", {"words": "More relapses", "at": AT}),
        ("part.html", {"words": "Fewer relapses", "at": AT.replace(day=2)}),
        ("part.html", {"words": "Fewer relapses"}),
        ("part.html", {"words": ["Fewer relapses"], "at": AT}),
        ("other.html", {"words": "Fewer relapses", "at": AT}),
    ],
)
def test_other_values_are_printed_anew(template, values, rendered):
    first = printed("part.html", words="Fewer relapses", at=AT)
    assert printed(template, **values) != first
    assert len(rendered) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_text_that_only_looks_like_safe_text_is_escaped(order):
    texts = ["<b>12</b>", mark_safe("<b>12</b>")][::order]
    found = {type(text): printed("other.html", words=text) for text in texts}
    assert found == {str: "&lt;b&gt;12&lt;/b&gt;", SafeString: "<b>12</b>"}


@pytest.mark.parametrize("nested", [lambda text: (text,), lambda text: {"of": [text]}])
def test_so_is_text_within_other_values(nested):
    TEMPLATES["nested.html"] = "{% for one in words %}{{ one }}{% endfor %}{{ words.of.0 }}"
    unsafe, safe = (printed("nested.html", words=nested(text)) for text in ("<i>", mark_safe("<i>")))
    assert "<i>" not in unsafe
    assert "<i>" in safe


def test_each_language_and_time_zone_has_its_own():
    found = set()
    for language in ("en-gb", "de"):
        for zone in ("Europe/London", "Asia/Tokyo"):
            with translation.override(language), timezone.override(zone):
                found.add(printed("part.html", words="12", at=AT))
    assert len(found) == 4
    assert any(text.startswith("Länge: 12, 2. März 2026") for text in found)


def test_who_changes_templates_sees_the_change(settings, rendered):
    settings.DEBUG = True
    for _ in range(2):
        printed("other.html", words="12")
    assert len(rendered) == 2


def test_what_cannot_be_told_apart_is_an_error():
    with pytest.raises((TypeError, AttributeError)):
        printed("other.html", words=(word for word in ("1", "2")))

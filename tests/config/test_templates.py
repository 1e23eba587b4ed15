import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
#: What the policy of public pages would block: code and styles that stand in the page itself.
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)",
    re.IGNORECASE,
)


# Programs that show mails read no style but what stands at an element; no policy of ours reaches them.
ON_PAGES = [template for template in TEMPLATES if template.parent.name != "mail"]


def name_of(template: Path) -> str:
    return str(template.relative_to(settings.BASE_DIR / "templates"))


#: The colour of the publication; the policy names its hash.
NAMED_BY_THE_POLICY = "<style>{{ brand.colours|safe }}</style>"


@pytest.mark.parametrize("template", ON_PAGES, ids=name_of)
def test_a_template_has_no_inline_script_or_style(template):
    assert INLINE.findall(template.read_text(encoding="utf-8").replace(NAMED_BY_THE_POLICY, "")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_compiles(template):
    assert get_template(name_of(template)).template.nodelist


@pytest.mark.parametrize(
    "html",
    ["<p style='x'>", '<a onclick="x">', "<style>", "<script>x</script>", '<a href="javascript:x">', "<SCRIPT >"],
)
def test_inline_code_is_noticed(html):
    assert INLINE.search(html)

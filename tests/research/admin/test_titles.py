"""A title under embargo is known to those who plan, write or review the article, and to nobody else in the admin."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from wagtail.models import PageLogEntry

from research.admin.titles import WITHHELD_TITLE, withheld_from
from research.models import ArticlePage, BundleEntry, Release, ReleaseBundle
from research.publishing.bundles import missing_words
from tests.factories import (
    ArticlePageFactory,
    StudyFactory,
    editor_user,
    reviewer_user,
    schedule,
    submit,
    writer_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.indexed]

SECRET = "zorbulin"
# A word of the title to search by: what was typed is printed again in the search box.
TYPED = "marmalade"
AHEAD = timedelta(days=3)


@pytest.fixture
def hidden(section, reviewer):
    """An article that is signed and waits for the end of its embargo, in a bundle with another."""
    own = writer_user(username="its-writer")
    until = timezone.now() + AHEAD
    made = ArticlePageFactory(
        parent=section, by=own, title=f"{SECRET.title()} {TYPED}", slug=f"{SECRET}-x", embargo_until=until
    )
    schedule(made, reviewer)
    bundle = ReleaseBundle.objects.create(name="Conference", due_at=until + timedelta(hours=1))
    BundleEntry.objects.create(bundle=bundle, article=made)
    BundleEntry.objects.create(bundle=bundle, article=ArticlePageFactory(parent=section, by=own, title="The other one"))
    return made


def browser(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def patterns(resolver, prefix):
    for part in resolver.url_patterns:
        plain = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", str(part.pattern))
        plain = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"{\1}", plain).removeprefix("^").removesuffix("$").replace(r"\.", ".")
        if isinstance(part, URLPattern):
            yield prefix + plain
        else:
            yield from patterns(part, prefix + plain)


def addresses(hidden):
    """Return every address of the admin: with each number that leads to the hidden article, or each query."""
    root = next(part for part in get_resolver().url_patterns if str(part.pattern) == "admin/")
    release = Release.objects.get(article=hidden, kind=Release.Kind.PUBLISH)
    pages = {hidden.pk, hidden.get_parent().pk}
    others = {hidden.pk, release.pk, ReleaseBundle.objects.get().pk, hidden.latest_revision_id}
    words = {"app_label": "wagtailcore", "model_name": "page", "name": "icon"}
    words |= {"content_type_app_name": "research", "content_type_model_name": "articlepage"}
    for template in patterns(root, "/admin/"):
        names = re.findall(r"{(\w+)}", template)
        if ".*" in template:
            continue
        if not set(names) - set(words):
            yield from (template.format(**words) + query for query in QUERIES)
            continue
        for number in pages if any("page" in name for name in names) else others:
            yield template.format(**{name: words.get(name, str(number)) for name in names})
            if "choose-page" in template:
                yield template.format(**{name: str(number) for name in names}) + QUERIES[-1]


QUERIES = [
    "",
    f"?q={TYPED}",
    "?export=csv",
    f"?search={TYPED}&fields=*&limit=20",
    f"?q={TYPED}&page_type=wagtailcore.page",
]


def answers(user, hidden):
    client = browser(user)
    for address in addresses(hidden):
        if address.startswith("/admin/logout"):
            continue
        response = client.get(address)
        yield address, b"".join(response) if response.streaming else response.content


@pytest.mark.slow
@pytest.mark.parametrize("role", [writer_user, reviewer_user])
def test_no_address_of_the_admin_tells_a_title_under_embargo(hidden, role):
    somebody = role(username="somebody-else")
    assert hidden.pk in withheld_from(somebody)

    telling = [address for address, answer in answers(somebody, hidden) if SECRET.encode() in answer.lower()]

    assert telling == []


@pytest.mark.slow
def test_the_same_addresses_do_tell_an_editor(hidden):
    """So that the test above looks where there is something to see."""
    telling = {
        address for address, answer in answers(editor_user(username="ed"), hidden) if SECRET.encode() in answer.lower()
    }

    for address in (
        "/admin/",
        "/admin/board/",
        f"/admin/pages/{hidden.get_parent().pk}/",
        f"/admin/pages/search/?q={TYPED}",
        f"/admin/choose-page/search/?q={TYPED}&page_type=wagtailcore.page",
        f"/admin/choose-page/{hidden.get_parent().pk}/",
        f"/admin/api/main/pages/{hidden.pk}/",
        "/admin/research/release/",
        "/admin/research/release/?export=csv",
        "/admin/reports/site-history/?export=csv",
        f"/admin/pages/{hidden.pk}/edit/",
    ):
        assert address in telling, address


def test_who_plans_writes_signs_or_is_asked_to_review_knows_it(hidden, section, reviewer):
    asked = ArticlePageFactory(parent=section, by=writer_user(username="w2"), embargo_until=timezone.now() + AHEAD)
    submit(asked, asked.owner)

    assert withheld_from(editor_user(username="ed")) == set()
    assert hidden.pk not in withheld_from(hidden.owner)
    assert hidden.pk not in withheld_from(reviewer)
    assert withheld_from(reviewer_user(username="r2")) == {hidden.pk}
    assert withheld_from(writer_user(username="w3")) == {hidden.pk, asked.pk}


@pytest.mark.parametrize("how", ["own", "of its study", "of a study also cited", "of the draft alone"])
def test_every_embargo_counts_until_it_is_over(section, how):
    until = timezone.now() + AHEAD
    article = ArticlePageFactory(parent=section, by=writer_user(username="w2"))
    study = StudyFactory(embargo_until=until)
    draft = article.get_latest_revision_as_object()
    if how == "own":
        ArticlePage.objects.filter(pk=article.pk).update(embargo_until=until)
    elif how == "of its study":
        draft.study = study
        draft.save_revision()
    elif how == "of a study also cited":
        draft.also_cited.add(draft.also_cited.model(study=study))
        draft.save_revision()
    else:
        draft.embargo_until = until
        draft.save_revision()
    somebody = writer_user(username="w3")

    assert withheld_from(somebody) == {article.pk}
    assert withheld_from(somebody, now=until) == set()


def test_what_is_public_has_no_secret(section, public_article):
    ArticlePage.objects.filter(pk=public_article.pk).update(embargo_until=timezone.now() + AHEAD)

    assert withheld_from(writer_user(username="w3")) == set()


def test_without_embargoes_few_statements_tell(section, django_assert_num_queries):
    somebody = writer_user(username="w3")
    for number in range(3):
        ArticlePageFactory(parent=section, slug=f"free-{number}")

    with django_assert_num_queries(2):
        assert withheld_from(somebody) == set()


def test_the_dashboard_says_that_something_goes_live(hidden):
    page = browser(writer_user(username="w3")).get("/admin/").content.decode()

    assert WITHHELD_TITLE in page
    assert SECRET not in page.lower()


def test_what_a_bundle_waits_for_is_not_named_beside_the_others(hidden, section):
    Release.objects.filter(article=hidden).delete()
    bundle = ReleaseBundle.objects.get()

    assert "an article under embargo" in missing_words(bundle)
    assert SECRET not in missing_words(bundle).lower()
    assert PageLogEntry.objects.filter(label__icontains=SECRET).exists()

"""Nothing about an embargoed or scheduled article is reachable before its time, nor after its expiry.

Every public surface is looked at one second before and one second after. A surface that is not in
``SURFACES`` fails the discovery tests below.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.conf import settings
from django.urls import get_resolver
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.routable_page.models import RoutablePageMixin
from wagtail.models import Page, get_page_models

from common.models import Image, User
from home.models import HomePage, InfoPage
from research.models import ArticlePage, PublishedArticle, TopicIndexPage
from research.publishing import planning
from research.reading import previews
from tests.factories import (
    ArticlePageFactory,
    ImageFactory,
    InfoPageFactory,
    PersonFactory,
    StudyFactory,
    TopicFactory,
    blocks,
    edit,
    publish,
    schedule,
)
from tests.factories.previews import share
from tests.scenes import one_step

pytestmark = pytest.mark.django_db

# Every word that only the hidden article has; the address of the page has it too.
SECRET = "zorbulin"
SECOND = timedelta(seconds=1)
ADDRESS = f"/ms/{SECRET}-trial/"
# The number of who wrote it.
AUTHOR = 777_001
# What a signature knows it by.
SUBJECT = "5f0f6c1e-8f5d-4c7e-9f57-0a4d35c0a001"

# What each public address is looked at by: the name of its route, and where it leads. Words that are
# looked for stand in the hidden article, and are none of its secret ones.
SURFACES = {
    "health_live": ["/health/live"],
    "health_ready": ["/health/ready"],
    "health_metrics": ["/health/metrics"],
    "search": ["/search/?q=marmalade", "/search/?q=10.1000/hidden.1", "/search/?q=31999999", "/search/?q=", "/search/"],
    "search_suggest": [
        f"/search/suggest.json?q={SECRET[:5]}",
        f"/search/suggest.json?q={SECRET} ther",
        "/search/suggest.json?q=slows",
    ],
    "media": [f"/media/{SECRET}-trial.jpg", "/media/originals/", "/media/artwork/"],
    "research_api": ["/api/v1/"],
    "research_api_description": ["/api/v1/openapi.json"],
    "research_api_articles": ["/api/v1/articles", "/api/v1/articles?after=x"],
    "research_api_article": [f"/api/v1/articles/{SUBJECT}"],
    "research_api_sections": ["/api/v1/sections"],
    "research_api_section": ["/api/v1/sections/ms/articles"],
    "research_api_topics": ["/api/v1/sections/ms/topics"],
    "research_api_topic": [
        "/api/v1/sections/ms/topics/shared/articles",
        f"/api/v1/sections/ms/topics/{SECRET}-therapy/articles",
    ],
    "research_api_nothing": ["/api/v1/nothing"],
    "research_share_image": [f"{ADDRESS}share.png", "/ms/known/share.png"],
    "research_contributor": [f"/contributors/{AUTHOR}/", "/contributors/999999/"],
    "research_calendar_feed": [f"/calendar/{'x' * 43}.ics"],
    "research_guest": [f"/guest/{'x' * 43}/"],
    "research_preview": ["/preview/unknown/", f"/preview/{'x' * 43}.{'x' * 43}/"],
    "research_article": [
        ADDRESS,
        f"{ADDRESS}?preview=1",
        ADDRESS.removesuffix("/"),
        "/ms/known/",
    ],
    "research_made": [f"{ADDRESS}made/", "/ms/known/made/"],
    "research_article_details": [f"{ADDRESS}details/", "/ms/known/details/"],
    "research_questions": [f"{ADDRESS}questions/", "/ms/known/questions/"],
    "research_version": [f"{ADDRESS}versions/1/", "/ms/known/versions/1/", "/ms/old/versions/1/"],
    "research_verifier": ["/.well-known/countersign/countersign_verify.py"],
    "research_article_data": [f"{ADDRESS}made.json", "/ms/known/made.json"],
    "research_report": [f"{ADDRESS}report/", "/ms/known/report/"],
    "research_transparency": ["/.well-known/countersign/"],
    "research_newest_checkpoint": ["/.well-known/countersign/checkpoint"],
    "research_checkpoint": ["/.well-known/countersign/checkpoints/1"],
    "research_checkpoint_stamp": ["/.well-known/countersign/checkpoints/1.tsr"],
    "research_line": ["/.well-known/countersign/lines/1", "/.well-known/countersign/lines/2"],
    "research_consistency": ["/.well-known/countersign/consistency/1/2"],
    "home_front": ["/"],
    "brand_css": ["/brand.css"],
    "brand_logo": ["/brand.png"],
    "research_section": ["/ms/", "/ms/?page=2", "/unknown/"],
    "research_topics": ["/ms/topics/", "/unknown/topics/"],
    "research_topic": ["/ms/topics/shared/", "/ms/topics/wider/", f"/ms/topics/{SECRET}-therapy/"],
    "research_feed": ["/ms/feed/", "/unknown/feed/"],
    "research_json_feed": ["/ms/feed.json", "/unknown/feed.json"],
    "research_topic_feed": ["/ms/topics/shared/feed/", f"/ms/topics/{SECRET}-therapy/feed/"],
    "research_topic_json_feed": ["/ms/topics/shared/feed.json", f"/ms/topics/{SECRET}-therapy/feed.json"],
    "home_feed": ["/feed/"],
    "home_json_feed": ["/feed.json"],
    "home_follow": ["/follow/", f"/follow/?of={ADDRESS}", f"/follow/?of=/ms/topics/{SECRET}-therapy/"],
    "home_followed": ["/follow/unknown/"],
    "home_follow_confirm": ["/follow/unknown/confirm/"],
    "home_unfollow": ["/follow/unknown/end/"],
    "home_robots": ["/robots.txt"],
    "home_sitemap": ["/sitemap.xml"],
    "home_sitemap_pages": ["/sitemap-pages.xml"],
    "home_sitemap_articles": ["/sitemap-articles-1.xml", "/sitemap-articles-2.xml"],
    "wagtail_serve": ["/", "/about/", "/ms/", "/nothing-here/", "/api/"],
    "wagtailcore_authenticate_with_password": ["/_util/authenticate_with_password/1/1/"],
    "wagtailcore_login": ["/_util/login/"],
    # Routes of a section.
    "front": ["/ms/", "/ms/?page=2"],
    "feed": ["/ms/feed/"],
    "topics": ["/ms/topics/"],
    "topic": ["/ms/topics/shared/", "/ms/topics/wider/", f"/ms/topics/{SECRET}-therapy/"],
    "index_route": ["/ms/"],
}
# Behind the sign-in; that an outsider gets nothing there is looked at too.
INSIDE = ("admin/", "accounts/")
ADDRESSES_INSIDE = (
    "/admin/pages/{pk}/edit/",
    "/admin/pages/{pk}/view_draft/",
    "/admin/api/main/pages/{pk}/",
    "/admin/articles/{pk}/previews/",
    "/accounts/login/?next=/admin/pages/{pk}/edit/",
)
ADDRESSES = sorted({address for addresses in SURFACES.values() for address in addresses})
# Where the article must appear once its time has come.
SHOWN_ON = {
    ADDRESS,
    f"{ADDRESS}made.json",
    f"{ADDRESS}made/",
    f"{ADDRESS}versions/1/",
    "/",
    "/ms/",
    "/ms/topics/",
    "/ms/topics/shared/",
    "/ms/topics/wider/",
    "/ms/known/",
    "/about/",
}
SHOWN_ON |= {*SURFACES["search_suggest"], f"/contributors/{AUTHOR}/"}
SHOWN_ON |= {*SURFACES["research_topic_feed"], *SURFACES["research_topic_json_feed"], "/feed/", "/feed.json"}
SHOWN_ON |= {"/api/v1/articles", f"/api/v1/articles/{SUBJECT}", *SURFACES["research_api_topic"]}
SHOWN_ON |= {"/api/v1/sections/ms/articles", "/api/v1/sections/ms/topics"}
SHOWN_ON |= {"/ms/feed.json", "/sitemap-pages.xml", "/sitemap-articles-1.xml"}
SHOWN_ON |= {f"/ms/topics/{SECRET}-therapy/", "/search/?q=marmalade", "/search/?q=10.1000/hidden.1"}


def link_to(page: Page, words: str) -> str:
    return f'<p><a id="{page.pk}" linktype="page">{words}</a></p>'


@pytest.fixture
def hidden(section, writer):
    """A draft that everything else on the site points to."""
    return write_hidden(section, writer)


@one_step
def write_hidden(section: TopicIndexPage, writer: User) -> ArticlePage:
    wider, shared, only = (
        TopicFactory(name="Wider"),
        TopicFactory(name="Shared"),
        TopicFactory(name=f"{SECRET} therapy"),
    )
    only.parents.add(wider)
    page = ArticlePageFactory(
        parent=section,
        by=writer,
        title=f"{SECRET} slows relapses",
        subject_uuid=SUBJECT,
        slug=f"{SECRET}-trial",
        summary=f"In marmalade, {SECRET} did.",
        study=StudyFactory(title=f"A trial of {SECRET}", doi="10.1000/hidden.1", pmid="31999999"),
        lead_image=ImageFactory(title=f"{SECRET}", file__filename=f"{SECRET}.png"),
        lead_image_alternative_text=f"{SECRET} in a glass",
        body=blocks.body(blocks.figure(ImageFactory(title=f"{SECRET} 2", file__filename=f"{SECRET}-trial.png"))),
        authors=[PersonFactory(pk=AUTHOR, name=f"Ada {SECRET}")],
        topics=[shared, only],
    )
    known = ArticlePageFactory(
        parent=section,
        title="Known",
        slug="known",
        body=blocks.body(blocks.text(link_to(page, "A newer trial"))),
        topics=[shared, wider],
        related=[page],
    )
    publish(known)
    words = link_to(page, "A newer trial")
    InfoPageFactory(title="About", slug="about", body=words)
    HomePage.objects.update(lead_article=page, intro=words)
    TopicIndexPage.objects.update(intro=words)
    return page


def look(client, addresses: Iterable[str] = ADDRESSES) -> dict[str, str]:
    """Return what an outsider gets at each address; nothing of it may be kept beyond the article's time."""
    found = {}
    for address in addresses:
        response = client.get(address)
        body = response.getvalue().decode("utf-8", "replace")
        # Where a redirect leads tells something, unless it is only the address with a slash at its end.
        headers = {name: value for name, value in response.items() if name != "Location" or value != f"{address}/"}
        found[address] = f"{headers} {body}"
        assert_not_storable_beyond(response, SECOND, address)
    return found


def assert_not_storable_beyond(response, left: timedelta, address: str) -> None:
    """Fail when a cache may go on serving the answer, unasked, beyond the time that is left.

    Without a lifetime caches guess one, so that saying nothing fails too. A stored picture never changes.
    """
    control = response.headers.get("Cache-Control", "")
    if response.status_code == 200 and address.startswith("/media/"):
        return
    lifetimes = [int(seconds) for seconds in re.findall(r"(?:max-age|s-maxage|stale-[\w-]+)=(\d+)", control)]
    kept_out = "no-store" in control or "no-cache" in control
    assert kept_out or (lifetimes and sum(lifetimes) <= left.total_seconds()), (address, control)


def telling(found: dict[str, str]) -> set[str]:
    return {address for address, answer in found.items() if SECRET in answer.casefold()}


def run(at: datetime) -> None:
    planning.run_due(at)


@one_step
def embargo_on_the_article(page: ArticlePage, at: datetime) -> None:
    edit(page, embargo_until=at, embargo_source="Press office")


@one_step
def embargo_on_the_study(page: ArticlePage, at: datetime) -> None:
    page.study.embargo_until = at
    page.study.embargo_source = "Press office"
    page.study.save()


@one_step
def go_live_time(page: ArticlePage, at: datetime) -> None:
    edit(page, go_live_at=at)


WAYS = [embargo_on_the_article, embargo_on_the_study, go_live_time]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def at(request, hidden):
    """The time at which the hidden article, signed and on the ledger, goes live."""
    # The same for the tests of an hour, which then begin alike.
    moment = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    request.param(hidden, moment)
    schedule(hidden)
    return moment


# Before and after


def test_one_second_before_nothing_tells_of_it_and_after_it_is_everywhere(client, at):
    with time_machine.travel(at - timedelta(hours=1), tick=False):
        run(timezone.now())
        look(client)  # whatever keeps an answer keeps this one
    with time_machine.travel(at - SECOND, tick=False):
        run(timezone.now())
        before = look(client)
    with time_machine.travel(at + SECOND, tick=False):
        run(timezone.now())
        after = look(client)

    assert telling(before) == set()
    assert SHOWN_ON - telling(after) == set()


def test_an_outsider_gets_nothing_behind_the_sign_in(client, hidden):
    answers = [client.get(address.format(pk=hidden.pk)) for address in ADDRESSES_INSIDE]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 302, 200]
    assert not any(SECRET in answer.content.decode().casefold() for answer in answers)
    assert not any(SECRET in str(answer.headers).casefold() for answer in answers)


def test_its_address_answers_like_one_that_never_was(client, hidden, at):
    with time_machine.travel(at - SECOND, tick=False):
        hidden_one, unknown = client.get(ADDRESS), client.get("/ms/never-written/")

    assert hidden_one.status_code == unknown.status_code == 404
    assert hidden_one.content == unknown.content
    assert dict(hidden_one.headers) == dict(unknown.headers)


def test_its_topic_answers_like_one_that_never_was(client, hidden, at):
    with time_machine.travel(at - SECOND, tick=False):
        only, unknown = client.get(f"/ms/topics/{SECRET}-therapy/"), client.get("/ms/topics/never-made/")

    assert only.status_code == unknown.status_code == 404
    assert only.content == unknown.content


@pytest.mark.parametrize("method", ["get", "head", "post", "options"])
def test_no_method_gets_at_its_page(client, hidden, at, method):
    with time_machine.travel(at - SECOND, tick=False):
        response = getattr(client, method)(ADDRESS)

    assert response.status_code in (404, 405)
    assert SECRET not in response.content.decode().casefold()


def test_no_link_leads_to_it_from_the_words_of_others(client, hidden, at):
    with time_machine.travel(at - SECOND, tick=False):
        before = {address: client.get(address).content.decode() for address in ("/", "/about/", "/ms/", "/ms/known/")}
    with time_machine.travel(at + SECOND, tick=False):
        run(timezone.now())
        after = client.get("/ms/known/").content.decode()

    assert all("A newer trial" in words for words in before.values())
    assert not any(ADDRESS in words for words in before.values())
    assert f'<a href="{ADDRESS}">A newer trial</a>' in after


def test_the_search_finds_as_many_as_without_it(client, hidden, at):
    def totals():
        found = [client.get(address) for address in SURFACES["search"][:3]]
        lists = [BeautifulSoup(page.content, "html.parser").main for page in found if page.status_code == 200]
        redirects = [page["Location"] == ADDRESS for page in found if page.status_code == 302]
        return [len(main.find_all(class_="card-title")) for main in lists] + redirects

    with time_machine.travel(at - SECOND, tick=False):
        before = totals()
    with time_machine.travel(at + SECOND, tick=False):
        run(timezone.now())
        after = totals()

    assert before == [0, 0, 0]
    assert after == [1, True, True]


def test_other_articles_count_no_topic_of_it(client, hidden, at):
    with time_machine.travel(at - SECOND, tick=False):
        page = BeautifulSoup(client.get("/ms/topics/").content, "html.parser")

    rows = page.main.select(".letter li")
    counts = {row.a.get_text(): row.find(class_="count").contents[0] for row in rows}
    assert counts == {"Shared": "1", "Wider": "1"}


def test_moving_the_embargo_keeps_it_hidden(client, hidden):
    first = timezone.now().replace(microsecond=0) + timedelta(days=2)
    embargo_on_the_study(hidden, first)
    schedule(hidden)
    hidden.study.embargo_until = first + timedelta(days=1)
    hidden.study.save()

    with time_machine.travel(first + SECOND, tick=False):
        run(timezone.now())
        found = look(client)

    assert telling(found) == set()


def test_a_new_draft_of_a_public_article_tells_nothing_before_its_time(client, section, writer):
    page = publish(ArticlePageFactory(parent=section, by=writer, title="Old words", slug="old", topics=[]))
    at = timezone.now().replace(microsecond=0) + timedelta(days=2)
    only = TopicFactory(name=f"{SECRET} therapy")
    edit(page, title=f"{SECRET} in the title", go_live_at=at, topics=[only])
    schedule(page)

    with time_machine.travel(at - SECOND, tick=False):
        run(timezone.now())
        before = look(client, [*ADDRESSES, "/ms/old/", "/ms/old/made/"])
    shown_on = ["/ms/old/", "/ms/old/made/", "/ms/old/versions/1/"]
    with time_machine.travel(at + SECOND, tick=False):
        run(timezone.now())
        after = look(client, shown_on)

    assert telling(before) == set()
    assert telling(after) == set(shown_on)


# Pictures


def test_no_stored_file_is_named_after_it(hidden, at):
    with time_machine.travel(at + SECOND, tick=False):
        run(timezone.now())
    folder = Path(settings.MEDIA_ROOT)
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]

    assert len(names) > 4
    assert not [name for name in names if SECRET in name.casefold() or "trial" in name]
    assert all(re.fullmatch(r"\w+/[0-9a-f]{2}/[0-9a-f]{32}\.\w+", image.file.name) for image in Image.objects.all())


def test_its_pictures_are_not_found_by_guessed_addresses(client, hidden, at):
    stem = f"{SECRET}-trial"
    pks = Image.objects.values_list("pk", flat=True)
    guesses = [
        f"/media/{folder}{name}"
        for folder in ("", "originals/", "images/", "renditions/", "artwork/")
        for name in (f"{stem}.png", f"{SECRET}.png", f"{stem}.width-480.avif", *(f"{pk}.png" for pk in pks))
    ]
    guesses += [f"/images/{pk}/" for pk in pks] + [f"/admin/images/{pk}/" for pk in pks]

    with time_machine.travel(at - SECOND, tick=False):
        statuses = {guess: client.get(guess).status_code for guess in guesses}

    assert set(statuses.values()) <= {302, 404}
    assert all(status == 404 for guess, status in statuses.items() if not guess.startswith("/admin/"))


def test_pictures_of_readers_are_made_only_at_its_time(hidden, at):
    folder = Path(settings.MEDIA_ROOT) / "artwork"
    before = set(folder.rglob("*"))

    with time_machine.travel(at - SECOND, tick=False):
        run(timezone.now())

    assert set(folder.rglob("*")) == before
    assert not PublishedArticle.objects.filter(page=hidden).exists()


# Previews


def test_only_the_address_of_a_preview_shows_it_and_only_until_it_is_revoked(client, hidden, at, editor):
    with time_machine.travel(at - 2 * SECOND, tick=False):
        link, address = share(hidden, editor)
        shown = telling(look(client, [*ADDRESSES, address]))
        previews.revoke_link(link, editor, timezone.now())
    with time_machine.travel(at - SECOND, tick=False):
        revoked = client.get(address)
        nowhere = look(client)

    assert shown == {address}
    assert SECRET not in revoked.content.decode().casefold()
    assert telling(nowhere) == set()
    # What robots are told is the folder, and nothing in it.
    assert {place for place, answer in nowhere.items() if "/preview/" in answer} <= {"/robots.txt"}
    assert not any(address in answer for answer in nowhere.values())


def test_a_preview_that_expired_shows_nothing_before_its_time(client, hidden, at, editor):
    _, address = share(hidden, editor, valid_days=1)

    with time_machine.travel(at - SECOND, tick=False):
        found = look(client, [address])

    assert telling(found) == set()


# Expiry


@pytest.fixture
def ends(hidden):
    """The time at which the hidden article, public now, expires."""
    moment = timezone.now().replace(microsecond=0) + timedelta(days=2)
    edit(hidden, expire_at=moment)
    publish(hidden)
    return moment


@pytest.mark.parametrize("runner", [True, False], ids=["runner on", "runner off"])
def test_one_second_after_its_expiry_nothing_tells_of_it(client, ends, runner):
    with time_machine.travel(ends - SECOND, tick=False):
        run(timezone.now())
        before = look(client)
    with time_machine.travel(ends + SECOND, tick=False):
        if runner:
            run(timezone.now())
        after = look(client)

    assert SHOWN_ON - telling(before) == set()
    assert telling(after) == set()


def test_an_expired_article_is_gone_and_its_page_does_not_name_it(client, ends):
    with time_machine.travel(ends + SECOND, tick=False):
        response = client.get(ADDRESS)

    assert response.status_code == 410
    assert SECRET not in response.content.decode().casefold()


def test_what_is_past_both_its_times_never_flashes_up(client, hidden):
    at = timezone.now().replace(microsecond=0) + timedelta(days=2)
    edit(hidden, go_live_at=at, expire_at=at + timedelta(hours=1))
    schedule(hidden)

    with time_machine.travel(at + timedelta(hours=1), tick=False):
        run(timezone.now())
        found = look(client)

    assert telling(found) == set()
    assert not PublishedArticle.objects.filter(page=hidden).exists()


# Discovery


def public_names(patterns, above: str = "") -> set[str]:
    found = set()
    for pattern in patterns:
        route = f"{above}{pattern.pattern}"
        if route.startswith(INSIDE):
            continue
        if hasattr(pattern, "url_patterns"):
            found |= public_names(pattern.url_patterns, route)
        else:
            found.add(pattern.name or route)
    return found


def test_every_public_route_is_looked_at():
    routes = public_names(get_resolver().url_patterns)
    routes |= {
        route.name
        for model in get_page_models()
        if issubclass(model, RoutablePageMixin)
        for route in model.get_subpage_urls()
    }

    assert routes - set(SURFACES) == set(), "public routes that this file does not look at"


def test_every_kind_of_page_is_looked_at():
    assert set(get_page_models()) - {Page} == {HomePage, InfoPage, TopicIndexPage, ArticlePage}


def test_no_redirect_is_left_behind_by_an_article_that_was_never_public(hidden):
    edit(hidden, slug="another-word")

    assert not Redirect.objects.exists()

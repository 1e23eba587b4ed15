"""Every template that readers, guests and followers meet, in a browser: axe finds nothing, and nothing is cut off."""

from collections.abc import Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser

from common.models import User
from home.following.models import Follower
from research.models import ArticlePage, GuestLink, MedicalReviewState, PublishedVersion, TopicIndexPage
from research.reading import previews
from research.record.erasure.erasing import erase_person
from research.review import guests
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    HomePageFactory,
    InfoPageFactory,
    PersonFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    blocks,
    correct,
    edit,
    editor_user,
    publish,
    reviewer_user,
    sign_text_of,
    submit,
    unpublish,
    writer_user,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def addresses(db) -> Mapping[str, str]:
    """Return an address of each public template in each of its states, by what is seen there."""
    section = TopicIndexPageFactory(parent=HomePageFactory(), slug="ms")
    TopicIndexPageFactory(title="Muskelatrophie", slug="als", language="de")
    InfoPageFactory(title="Corrections", slug="corrections", lists_corrections=True)
    writer, reviewer, editor = writer_user(), reviewer_user(), editor_user()
    author, gone = PersonFactory(name="Ana Ruiz", bio="Writes."), PersonFactory(name="Wilhelmina Ottoline")
    cells = TopicFactory(name="Microglia", slug="microglia")
    cells.parents.add(TopicFactory(name="Immune system"))
    term = GlossaryTermFactory(term="Axon", plain_words="A nerve fibre.")
    sign_text_of(term)
    html = f'<p>Microglia sit at an <a linktype="term" id="{term.subject_uuid}">axon</a>.</p>'
    words = blocks.body(blocks.text(html), blocks.more("How they measured"), blocks.question("Is it for me?"))
    given = {"parent": section, "by": writer, "topics": [cells]}
    main = ArticlePageFactory(**given, title="Microglia at work", slug="work", authors=[author], body=words)
    for summary in ("", "A few more people had a relapse.", "Some people had a relapse."):
        if summary:
            edit(main, summary=summary)
        publish(main, reviewer)
    correct(main, "A word was wrong.")
    PublishedVersion.objects.filter(number=2).update(withheld=PublishedVersion.Withheld.SAFETY)
    retracted = publish(ArticlePageFactory(**given, title="Walking again", slug="retracted", authors=[gone]), reviewer)
    StudyNoticeFactory(study=retracted.study)
    unpublish(publish(ArticlePageFactory(**given, title="Taken down", slug="down"), reviewer), editor)
    admin = User.objects.create_superuser("root", "root@example.org", "x")
    erase_person(person=gone, by=admin, reason="They asked for it.")
    article = "/ms/work/"
    return {
        "front": "/",
        "section": "/ms/",
        "empty section": "/als/",
        "topics": "/ms/topics/",
        "no topics": "/als/topics/",
        "topic": "/ms/topics/microglia/",
        "article": article,
        "with the details": f"{article}details/",
        "questions": f"{article}questions/",
        "made": f"{article}made/",
        "version": f"{article}versions/1/",
        "withheld": f"{article}versions/2/",
        "report": f"{article}report/",
        "reported": f"{article}report/?sent=1",
        "retracted": "/ms/retracted/",
        "retracted, made": "/ms/retracted/made/",
        "withdrawn": "/ms/down/",
        "contributor": author.address,
        "name removed": gone.address,
        "search": "/search/",
        "results": "/search/?q=microglia",
        "no results": "/search/?q=nothingofthekind",
        "corrections": "/corrections/",
        "not found": "/nothing/",
        "sign in": "/accounts/login/",
        "password": "/accounts/password/reset/",
        "no preview": "/preview/nothing/",
        **_of_followers(section),
        **_of_guests(section, writer, editor),
    }


def _of_followers(section: TopicIndexPage) -> dict[str, str]:
    now = timezone.now()
    asked = Follower.objects.create(email="asked@example.org", asked_at=now)
    follower = Follower.objects.create(email="follower@example.org", asked_at=now, section=section)
    follower.confirm(now)
    ended = Follower(email="ended@example.org")
    return {
        "follow": "/follow/?of=/ms/",
        "asked": "/follow/?asked=1",
        "confirm": reverse("home_follow_confirm", args=[asked.token]),
        "followed": reverse("home_followed", args=[follower.token]),
        "unfollow": reverse("home_unfollow", args=[follower.token]),
        "unfollowed": reverse("home_unfollow", args=[ended.token]),
    }


def _of_guests(section: TopicIndexPage, writer: User, editor: User) -> dict[str, str]:
    now = timezone.now()
    draft = ArticlePageFactory(parent=section, by=writer, title="Not public yet", slug="draft")
    _, token = previews.make_link(ArticlePage.objects.get(pk=draft.pk), editor, label="Press", valid_days=3, now=now)
    state = MedicalReviewState.objects.get(pk=submit(draft, writer).pk)

    def invited(kind: str = "expert") -> GuestLink:
        return guests.invite(state, editor, kind=kind, name="Ada", email="ada@guest.example", valid_days=3, now=now)

    links = {name: invited() for name in ("declares", "reads", "answered")}
    for name in ("reads", "answered"):
        guests.declare(links[name], "No stake.", now)
    guests.answer(GuestLink.objects.get(pk=links["answered"].pk), verdict="right", words="Good.", now=now)
    pages = {f"guest {name}": reverse("research_guest", args=[guests.token_of(one)]) for name, one in links.items()}
    return {**pages, "guest closed": f"/guest/{'x' * 43}/", "preview": reverse("research_preview", args=[token])}


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(browser: Browser, site_server, addresses, scheme, width):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    found = {}
    for seen, address in addresses.items():
        page.goto(f"{site_server.url}{address}")
        assert page.get_by_role("heading", level=1).count() == 1, seen
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        faults = [fault["id"] for fault in Axe().run(page).response["violations"]]
        faults += ["wider than the screen"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found |= {seen: faults} if faults else {}
    context.close()

    assert found == {}


def test_the_takeaway_comes_before_the_ratings_on_a_phone_and_beside_them_on_a_desk(browser, site_server, addresses):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{site_server.url}{addresses['article']}")

    def top(selector: str) -> float:
        return page.locator(selector).bounding_box()["y"]

    assert top(".takeaway") < top(".ratings") < top("#what_they_found")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert top(".ratings") <= top(".takeaway") < top("#what_they_found")
    page.close()

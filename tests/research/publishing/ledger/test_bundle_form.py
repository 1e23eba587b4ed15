"""What the form of a bundle refuses, and a bundle that went out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from research.models import Release, ReleaseBundle
from research.models.releases import BundleEntry
from tests.factories import ArticlePageFactory, edit, schedule
from tests.research.publishing.ledger.moments import DUE, HOUR, NOON, fresh, run_at

pytestmark = pytest.mark.django_db

BUNDLES = "/admin/research/releasebundle/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def talks(section):
    return [ArticlePageFactory(parent=section, title=f"Talk {number}") for number in range(2)]


def bundle_of(*articles, due_at=DUE, name="Conference"):
    made = ReleaseBundle.objects.create(name=name, due_at=due_at)
    for number, article in enumerate(articles):
        BundleEntry.objects.create(bundle=made, article=article, sort_order=number)
    return ReleaseBundle.objects.get(pk=made.pk)


def published_bundle(reviewer, *articles):
    made = bundle_of(*articles)
    for article in articles:
        schedule(article, reviewer)
    assert run_at(DUE) == len(articles)
    return ReleaseBundle.objects.get(pk=made.pk)


def form_of(*articles, due_at=f"{DUE:%Y-%m-%d %H:%M}", bundle=None, name="Conference", **more):
    """Return what the form posts: the rows of a bundle that is there, and one for each new article."""
    kept = list(bundle.entries.all()) if bundle else []
    rows = [(entry.article_id, entry.pk) for entry in kept] + [(article.pk, "") for article in articles]
    data = {
        "name": name,
        "due_at": due_at,
        "entries-TOTAL_FORMS": len(rows),
        "entries-INITIAL_FORMS": len(kept),
        "entries-MIN_NUM_FORMS": 1,
        "entries-MAX_NUM_FORMS": 1000,
    }
    for number, (article_pk, pk) in enumerate(rows):
        row = f"entries-{number}"
        data |= {f"{row}-article": article_pk, f"{row}-id": pk, f"{row}-ORDER": number + 1, f"{row}-DELETE": ""}
    return {**data, **more}


@pytest.fixture
def post(client, editor):
    """Post the form as an editor; return the page that answers, or "" when the bundle was saved."""
    client.force_login(editor)

    def send(data, bundle=None):
        answer = client.post(f"{BUNDLES}edit/{bundle.pk}/" if bundle else f"{BUNDLES}create/", data)
        return "" if answer.status_code == 302 else answer.content.decode()

    return send


def test_a_bundle_that_nothing_speaks_against_is_saved(post, talks):
    assert post(form_of(*talks)) == ""

    assert [entry.article for entry in ReleaseBundle.objects.get().entries.all()] == talks


def test_a_bundle_before_an_embargo_ends_is_refused_with_the_title(post, talks):
    edit(talks[1], embargo_until=DUE + HOUR)

    page = post(form_of(*talks))

    assert "“Talk 1”: Under embargo until 1 March 2027, 14:00" in page
    assert "“Talk 0”" not in page
    assert not ReleaseBundle.objects.exists()


def test_a_bundle_before_an_articles_own_time_is_refused_with_the_title(post, talks):
    edit(talks[0], go_live_at=DUE + HOUR)

    page = post(form_of(*talks))

    assert "“Talk 0”: Its own go-live time is later than that of the bundle “Conference”." in page
    assert not ReleaseBundle.objects.exists()


def test_what_is_planned_counts_as_well_as_the_newest_draft(post, talks, reviewer):
    edit(talks[0], go_live_at=DUE + HOUR)
    planned = schedule(talks[0], reviewer)
    edit(talks[0], title="Talk 0", go_live_at=None)

    assert "later than that of the bundle" in post(form_of(*talks))

    assert fresh(planned).bundle is None


def test_moving_a_bundle_before_an_embargo_ends_is_refused_and_moves_nothing(post, talks, reviewer):
    edit(talks[0], embargo_until=DUE + HOUR)
    bundle = bundle_of(*talks, due_at=DUE + 2 * HOUR)
    release = schedule(talks[0], reviewer)

    assert "“Talk 0”: Under embargo" in post(form_of(bundle=bundle), bundle)

    bundle.refresh_from_db()
    assert (bundle.due_at, fresh(release).due_at) == (DUE + 2 * HOUR, DUE + 2 * HOUR)


def test_an_article_that_is_taken_out_speaks_against_nothing(post, talks):
    bundle = bundle_of(*talks)
    edit(talks[1], embargo_until=DUE + HOUR)

    assert post({**form_of(bundle=bundle), "entries-1-DELETE": "on"}, bundle) == ""

    assert [entry.article for entry in bundle.entries.all()] == talks[:1]


def test_an_article_is_in_a_bundle_once(post, talks):
    assert "“Talk 0” is here twice." in post(form_of(talks[0], talks[0]))

    assert not ReleaseBundle.objects.exists()


def test_an_article_waits_in_one_bundle_alone(post, talks):
    bundle_of(talks[0], name="Congress")

    assert "“Talk 0” is in the bundle “Congress” already." in post(form_of(*talks))

    assert ReleaseBundle.objects.count() == 1


def test_a_bundle_may_be_renamed_while_it_waits(post, talks):
    bundle = bundle_of(*talks)

    assert post(form_of(bundle=bundle, name="Autumn"), bundle) == ""

    bundle.refresh_from_db()
    assert bundle.name == "Autumn"


def test_an_article_of_a_bundle_that_went_out_joins_another(post, talks, reviewer):
    published_bundle(reviewer, *talks)
    later = f"{DUE + DAY:%Y-%m-%d %H:%M}"

    with time_machine.travel(DUE + HOUR, tick=False):
        assert post(form_of(*talks, due_at=later, name="Updates")) == ""
        edit(talks[0], title="Talk 0, updated")
        again = schedule(talks[0], reviewer)

    assert (again.bundle.name, again.due_at) == ("Updates", DUE + DAY)


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_a_bundle_that_went_out_is_read_only(client, post, admin, talks, reviewer, action):
    bundle = published_bundle(reviewer, *talks)
    client.force_login(admin)

    client.post(f"{BUNDLES}{action}/{bundle.pk}/", form_of(bundle=bundle, name="Renamed"))

    assert ReleaseBundle.objects.get().name == "Conference"
    assert f"{BUNDLES}{action}/{bundle.pk}/" not in client.get(BUNDLES).content.decode()
    assert "Conference" in client.get(f"{BUNDLES}inspect/{bundle.pk}/").content.decode()


@pytest.mark.parametrize(("day", "words"), [("2027-03-28", "There is no 01:30"), ("2027-10-31", "first 01:30 BST")])
def test_a_time_that_the_clocks_skip_or_repeat_is_asked_about(post, talks, day, words):
    assert words in post(form_of(*talks, due_at=f"{day} 01:30"))

    assert not ReleaseBundle.objects.exists()


def test_the_chosen_one_of_two_times_is_kept(post, talks):
    data = form_of(*talks, due_at="2027-10-31 01:30", **{"due_at-reading": "second"})

    assert post(data) == ""

    assert ReleaseBundle.objects.get().due_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_the_form_of_a_bundle_without_a_time_says_so(post, talks):
    assert "This field is required." in post(form_of(*talks, due_at=""))

    assert not Release.objects.exists()


def test_rows_that_somebody_changed_meanwhile_are_told_and_never_written_over(client, editor, talks):
    bundle = bundle_of(talks[0])
    client.force_login(editor)
    shown = client.get(f"{BUNDLES}edit/{bundle.pk}/").context["form"]["filled_with"].value()
    form = form_of(bundle=bundle, filled_with=shown, name="Another name")
    BundleEntry.objects.create(bundle=bundle, article=talks[1], sort_order=1)

    for _ in range(2):
        answer = client.post(f"{BUNDLES}edit/{bundle.pk}/", form)
        assert "Somebody changed the rows of “Entries” since you opened this form." in answer.content.decode()
        assert (ReleaseBundle.objects.get().name, BundleEntry.objects.count()) == ("Conference", 2)
        form |= {"filled_with": answer.context["form"]["filled_with"].value()}

    opened_again = client.get(f"{BUNDLES}edit/{bundle.pk}/").context["form"]["filled_with"].value()
    form = form_of(bundle=ReleaseBundle.objects.get(), filled_with=opened_again, name="Another name")
    assert client.post(f"{BUNDLES}edit/{bundle.pk}/", form).status_code == 302
    assert ReleaseBundle.objects.get().name == "Another name"

"""Following by mail: who is written to, what they are told, and how it ends."""

import re
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from home.following import sending
from home.following.models import Follower, next_due
from home.following.sending import send_due
from research.record.erasure.erasing import erase_person
from research.record.joining import join
from tests.factories import (
    AppraisalFactory,
    ArticlePageFactory,
    StudyFactory,
    StudyNoticeFactory,
    TopicFactory,
    TopicIndexPageFactory,
    admin_user,
    correct,
    edit,
    publish,
    reviewer_user,
    unpublish,
    writer_user,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 3, 3, 12, tzinfo=ZoneInfo("Europe/London"))  # a Wednesday
READER = "reader@example.org"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


@pytest.fixture
def reader_client() -> Client:
    """A browser that keeps no cookies and is asked for none."""
    return Client(enforce_csrf_checks=True)


def asked(client: Client, **choices) -> Follower:
    """Ask for mails as a reader does."""
    given = {"email": READER, "frequency": "daily", "least_credibility": "0", **choices}
    response = client.post(reverse("home_follow"), given)
    assert response.status_code == 302, response.context["form"].errors
    return Follower.objects.get(email=given["email"].lower())


def link_in(message: EmailMessage, name: str) -> str:
    found = re.search(rf"http://\S+(/follow/\S+/{name})", message.body)
    assert found, message.body
    return found[1]


def following(client: Client, **choices) -> Follower:
    """Ask, get the link, say yes."""
    asked(client, **choices)
    send_due(timezone.now())
    client.post(link_in(mail.outbox.pop(), "confirm/"))
    return Follower.objects.get()


def told(clock, after: timedelta = DAY) -> list[EmailMessage]:
    """Let time pass and the runner work; return the mails."""
    mail.outbox.clear()
    clock.shift(after)
    send_due(timezone.now())
    return list(mail.outbox)


def test_nothing_is_sent_to_an_address_whose_owner_has_not_said_yes(reader_client, section, clock):
    asked(reader_client)
    publish(ArticlePageFactory(parent=section, title="New"))

    assert [message.subject for message in told(clock, timedelta())] == ["Please confirm: mails from Myelin"]
    assert told(clock, timedelta(days=2)) == []

    told(clock, timedelta(days=1, seconds=1))
    assert not Follower.objects.exists()


def test_opening_the_link_is_not_yet_a_yes(reader_client, section):
    follower = asked(reader_client)
    send_due(timezone.now())
    link = link_in(mail.outbox[0], "confirm/")

    page = reader_client.get(link)
    follower.refresh_from_db()
    assert follower.confirmed_at is None
    assert "Yes, send me mails" in page.content.decode()

    reader_client.post(link)
    follower.refresh_from_db()
    assert follower.confirmed_at == timezone.now()


def test_the_page_needs_no_cookie_and_sets_none(reader_client, section):
    response = reader_client.get(reverse("home_follow"))

    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_the_digest_tells_of_new_articles_corrections_and_retractions_retractions_first(reader_client, section, clock):
    wrong, gone = ArticlePageFactory(parent=section, title="Wrong"), ArticlePageFactory(parent=section, title="Gone")
    for page in (wrong, gone):
        publish(page)
    clock.shift(DAY)
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section, title="New & fine"))
    correct(wrong, "It was <b>12</b> people.")
    StudyNoticeFactory(study=gone.study)

    (message,) = told(clock)

    assert message.to == [READER]
    assert message.subject == "Retracted: Gone – and 2 more"
    positions = [
        message.body.index(words) for words in ("RETRACTED", "Retracted: Gone", "It was 12 people.", "New & fine")
    ]
    assert positions == sorted(positions)
    html = message.alternatives[0][0]
    assert html.index("Retracted: Gone") < html.index("Corrected: Wrong") < html.index("New &amp; fine")
    assert f"{section.url}" in html


def test_a_digest_tells_of_each_thing_once(reader_client, section, clock):
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    page = publish(ArticlePageFactory(parent=section, title="New"))

    assert [message.subject for message in told(clock)] == ["New"]
    assert told(clock) == []

    clock.shift(timedelta(minutes=1))
    edit(page, title="New again")
    publish(page)
    assert [message.subject for message in told(clock)] == ["New again"]


def test_what_was_there_before_and_what_is_not_public_any_more_is_not_told(reader_client, section, clock):
    publish(ArticlePageFactory(parent=section, title="Old"))
    clock.shift(timedelta(minutes=1))
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    taken_down = publish(ArticlePageFactory(parent=section, title="Taken down"))
    unpublish(taken_down)
    ArticlePageFactory(parent=section, title="A draft")

    assert told(clock) == []
    assert told(clock) == []


@pytest.mark.parametrize(
    ("choice", "titles"), [({}, {"Here", "There", "Topical"}), ("section", {"Here", "Topical"}), ("topic", {"Topical"})]
)
def test_only_the_list_that_was_chosen_is_told(reader_client, section, clock, choice, titles):
    topic = TopicFactory(name="Microglia", slug="microglia")
    other = TopicIndexPageFactory(title="Lupus", slug="lupus", parent=section.get_parent())
    publish(ArticlePageFactory(parent=section, title="Before", topics=[topic]))
    clock.shift(timedelta(minutes=1))
    chosen = {"section": section.pk} | ({"topic": topic.pk} if choice == "topic" else {}) if choice else {}
    following(reader_client, **chosen)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section, title="Here"))
    publish(ArticlePageFactory(parent=section, title="Topical", topics=[topic]))
    publish(ArticlePageFactory(parent=other, title="There"))

    (message,) = told(clock)

    assert {title for title in ("Here", "There", "Topical") if f"\n{title}\n" in message.body} == titles


def test_a_rating_that_is_asked_for_keeps_articles_out_and_never_a_retraction(reader_client, section, clock):
    gone = publish(ArticlePageFactory(parent=section, title="Gone"))
    clock.shift(timedelta(minutes=1))
    following(reader_client, least_credibility="5")
    clock.shift(timedelta(minutes=1))
    weaker = AppraisalFactory.build(people=9, registered="no", measured_alike="no")
    publish(ArticlePageFactory(parent=section, title="Middling", appraisals=[weaker]))
    StudyNoticeFactory(study=gone.study)

    (message,) = told(clock)

    assert "Retracted: Gone" in message.body
    assert "Middling" not in message.body


@pytest.mark.parametrize(
    ("frequency", "due"),
    [("daily", "2027-03-04T07:00"), ("weekly", "2027-03-08T07:00"), ("monthly", "2027-04-01T07:00")],
)
def test_it_comes_in_the_morning_as_often_as_was_chosen(frequency, due):
    assert timezone.localtime(next_due(frequency, NOON)).isoformat().startswith(due)


@pytest.mark.parametrize("moment", ["2027-12-31T23:59", "2028-02-29T06:00", "2027-03-28T00:30", "2027-10-31T01:30"])
@pytest.mark.parametrize("frequency", Follower.Frequency.values)
def test_the_next_one_is_always_ahead(frequency, moment):
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/London"))

    assert now < next_due(frequency, now) <= now + timedelta(days=32)


def test_a_runner_that_was_down_for_weeks_sends_one_digest_with_all_of_it(reader_client, section, clock):
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section, title="First"))
    clock.shift(timedelta(days=20))
    publish(ArticlePageFactory(parent=section, title="Last"))

    (message,) = told(clock)

    assert "First" in message.body
    assert "Last" in message.body


def test_each_mail_ends_with_one_click(reader_client, section, clock):
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section))
    (message,) = told(clock)

    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    one_click = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})

    assert one_click.status_code == 200
    assert not Follower.objects.exists()
    # A second click, or the other links of the mail, have nothing left to do.
    assert "Your address is deleted" in reader_client.get(address).content.decode()
    assert reader_client.get(link_in(message, "")).status_code == 404


def test_looking_at_the_page_that_ends_them_ends_nothing(reader_client, section):
    follower = following(reader_client)

    assert READER in reader_client.get(reverse("home_unfollow", args=[follower.token])).content.decode()
    assert Follower.objects.exists()


def test_whether_an_address_is_known_is_told_to_its_owner_only(reader_client, section, clock):
    known = following(reader_client, section=section.pk)
    clock.shift(timedelta(hours=1))
    again = reader_client.post(
        reverse("home_follow"), {"email": READER.upper(), "frequency": "monthly", "least_credibility": "5"}
    )
    fresh = reader_client.post(
        reverse("home_follow"), {"email": "new@example.org", "frequency": "monthly", "least_credibility": "5"}
    )

    assert (again.status_code, again["Location"]) == (fresh.status_code, fresh["Location"])
    known.refresh_from_db()
    assert (known.frequency, known.least_credibility, known.section) == ("daily", 0, section)
    subjects = {message.to[0]: message.subject for message in told(clock, timedelta())}
    assert subjects == {READER: "Your mails from Myelin", "new@example.org": "Please confirm: mails from Myelin"}


def test_asking_again_and_again_in_anothers_name_sends_one_mail(reader_client, section, clock):
    for _ in range(3):
        asked(reader_client)
    assert len(told(clock, timedelta())) == 1

    asked(reader_client)
    assert told(clock, timedelta()) == []


def test_one_client_asks_for_few_addresses(reader_client, section):
    statuses = [
        reader_client.post(
            reverse("home_follow"), {"email": f"r{n}@example.org", "frequency": "daily", "least_credibility": "0"}
        ).status_code
        for n in range(6)
    ]

    assert statuses == [302] * 5 + [400]
    assert Follower.objects.count() == 5


def test_a_program_that_fills_in_every_field_is_not_taken(reader_client, section):
    given = {"email": READER, "frequency": "daily", "least_credibility": "0", "website": "http://spam"}

    assert reader_client.post(reverse("home_follow"), given).status_code == 302
    assert not Follower.objects.exists()


@pytest.mark.parametrize("email", ["", "no address", "a@b\nBcc: c@example.org", f"{'a' * 300}@example.org"])
def test_what_is_no_address_is_refused_and_what_was_chosen_stays(reader_client, section, email):
    response = reader_client.post(
        reverse("home_follow"), {"email": email, "frequency": "monthly", "least_credibility": "3"}
    )

    assert response.status_code == 400
    assert response.context["form"]["frequency"].value() == "monthly"
    assert not Follower.objects.exists()


def test_choices_are_changed_and_the_next_mail_comes_accordingly(reader_client, section):
    follower = following(reader_client)
    address = reverse("home_followed", args=[follower.token])

    reader_client.post(address, {"frequency": "monthly", "least_credibility": "4", "section": section.pk})

    follower.refresh_from_db()
    assert (follower.frequency, follower.least_credibility, follower.section) == ("monthly", 4, section)
    assert timezone.localtime(follower.due_at).day == 1
    assert READER in reader_client.get(address).content.decode()


@pytest.mark.parametrize("name", ["home_followed", "home_follow_confirm"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_we_did_not_make_leads_nowhere(reader_client, section, name, method):
    follower = following(reader_client)
    forged = [str(follower.key), f"{follower.key}:abc", f"{follower.token}x", "\x00", "a" * 3000]

    for token in forged:
        assert getattr(reader_client, method)(reverse(name, args=[token])).status_code == 404
    assert reader_client.post(reverse("home_unfollow", args=[forged[0]])).status_code == 200
    assert Follower.objects.exists()


def test_a_topic_is_followed_in_the_section_it_was_found_in(reader_client, section):
    topic = TopicFactory(name="Microglia", slug="microglia")
    publish(ArticlePageFactory(parent=section, topics=[topic]))

    page = reader_client.get(reverse("home_follow"), {"of": "/ms/topics/microglia/"})

    assert page.context["form"].initial == {"section": section, "topic": topic}
    assert reader_client.get(reverse("home_follow"), {"of": "\x00/topics/%"}).context["form"].initial["topic"] is None
    for address in ("/ms/", "/ms/topics/microglia/"):
        assert "/follow/?of=" in reader_client.get(address).content.decode()
    assert asked(reader_client, topic=topic.pk).section == section


def test_a_release_that_commits_after_the_digest_was_read_is_in_the_next_one(reader_client, section, clock):
    follower = following(reader_client)
    clock.shift(DAY)
    moment = timezone.now()
    send_due(moment)

    # Its moment is from before the digest; nobody saw it then, as it was not committed.
    publish(ArticlePageFactory(parent=section, title="Slow"), at=moment - timedelta(seconds=40))

    follower.refresh_from_db()
    assert [message.subject for message in told(clock)] == ["Slow"]


# Corrections and retractions are always told


def test_a_retraction_of_an_old_article_is_told_however_many_newer_ones_were_taken_back_before(
    reader_client, section, clock
):
    old = publish(ArticlePageFactory(parent=section, title="The old one"))
    clock.shift(DAY)
    newer = [publish(ArticlePageFactory(parent=section, title=f"Newer {number}")) for number in range(20)]
    clock.shift(DAY)
    for page in newer:
        StudyNoticeFactory(study=page.study)
    following(reader_client)
    clock.shift(timedelta(hours=1))

    StudyNoticeFactory(study=old.study)

    assert [message.subject for message in told(clock)] == ["Retracted: The old one"]
    items = reader_client.get("/ms/feed.json").json()["items"]
    assert items[0]["title"] == "Retracted: The old one"


def test_a_correction_in_a_small_section_is_told_however_many_a_large_one_makes_later(reader_client, section, clock):
    small = TopicIndexPageFactory(slug="small", title="Small", parent=section.get_parent())
    mine = publish(ArticlePageFactory(parent=small, title="Mine"))
    busy = publish(ArticlePageFactory(parent=section, title="Busy"))
    following(reader_client, section=small.pk, frequency="weekly")
    clock.shift(timedelta(hours=1))
    correct(mine, "My correction")
    for number in range(20):
        clock.shift(timedelta(seconds=1))
        correct(busy, f"Correction {number}")

    (message,) = told(clock, timedelta(days=7))

    assert message.subject == "Corrected: Mine"
    titles = [item["title"] for item in reader_client.get("/small/feed.json").json()["items"]]
    assert "Corrected: Mine" in titles


def test_all_of_a_week_is_told_also_what_the_feed_has_no_room_for(reader_client, section, clock):
    busy = publish(ArticlePageFactory(parent=section, title="Busy"))
    clock.shift(DAY)
    following(reader_client, frequency="weekly")
    for number in range(25):
        clock.shift(timedelta(minutes=1))
        correct(busy, f"Correction number {number} of many.")

    (message,) = told(clock, timedelta(days=7))

    assert [n for n in range(25) if f"Correction number {n} of many." not in message.body] == []


def test_a_correction_that_was_signed_while_an_article_was_down_is_told_when_it_is_back(reader_client, section, clock):
    page = publish(ArticlePageFactory(parent=section, title="Down and up"))
    correct(page, "Told long ago.")
    clock.shift(DAY)
    following(reader_client)
    unpublish(page)
    clock.shift(timedelta(hours=1))
    correct(page, "What was wrong.")
    assert told(clock) == []

    publish(page)
    (message,) = told(clock)

    assert "What was wrong." in message.body
    assert "Told long ago." not in message.body
    assert told(clock) == []


def test_a_retraction_that_comes_with_a_joined_study_is_told(reader_client, section, editor, clock):
    ours, twin = StudyFactory(doi="10.1000/ours", pmid=None), StudyFactory(doi=None, pmid="900")
    publish(ArticlePageFactory(parent=section, study=ours, title="Fewer relapses"))
    StudyNoticeFactory(study=twin)
    clock.shift(DAY)
    following(reader_client)
    assert told(clock) == []

    join(ours, twin, editor, "They are one.", timezone.now())

    assert [message.subject for message in told(clock)] == ["Retracted: Fewer relapses"]
    assert told(clock) == []


def test_what_happened_before_an_article_was_public_is_told_with_it(reader_client, section, clock):
    page = ArticlePageFactory(parent=section, title="Gone")
    StudyNoticeFactory(study=page.study)
    clock.shift(DAY)
    following(reader_client)
    clock.shift(timedelta(hours=1))

    publish(page)

    assert [message.subject for message in told(clock)] == ["Retracted: Gone"]


# The mail server


class Refusing(EmailBackend):
    """A mail server that says no, for a reason that the test chooses."""

    reason: Exception | None = None

    def send_messages(self, messages):
        if self.reason is not None and any(READER in message.to for message in messages):
            raise self.reason
        return super().send_messages(messages)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(sending, "get_connection", Refusing)
    yield Refusing
    Refusing.reason = None


def gone_address() -> Exception:
    return smtplib.SMTPRecipientsRefused({READER: (550, b"No such user")})


def test_an_address_that_is_gone_is_forgotten_after_a_while_and_keeps_nobody_waiting(
    reader_client, section, clock, server
):
    follower = following(reader_client)
    Follower.objects.create(
        email="other@example.org", asked_at=NOON, confirmed_at=NOON, told_until=NOON, due_at=follower.due_at
    )
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section, title="New"))
    server.reason = gone_address()

    assert [message.to for message in told(clock)] == [["other@example.org"]]
    for _ in range(4):
        told(clock)
    assert not Follower.objects.filter(email=READER).exists()


@pytest.mark.parametrize(
    "reason",
    [
        smtplib.SMTPServerDisconnected("away"),
        smtplib.SMTPSenderRefused(550, b"not from you", "newsroom@localhost"),
        ConnectionRefusedError("away"),
        TimeoutError("away"),
        smtplib.SMTPRecipientsRefused({READER: (451, b"Greylisted")}),
        smtplib.SMTPDataError(554, b"Not now"),
    ],
    ids=lambda reason: type(reason).__name__,
)
def test_a_server_that_takes_no_mails_loses_nothing(reader_client, section, clock, server, reason):
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section, title="New"))
    server.reason = reason
    for _ in range(8):
        assert told(clock) == []

    server.reason = None

    assert [message.subject for message in told(clock, timedelta(hours=7))] == ["New"]


def test_a_process_killed_while_it_sends_sends_nothing_twice_and_the_next_digest_has_it(
    reader_client, section, clock, server
):
    following(reader_client)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section, title="New"))
    server.reason = KeyboardInterrupt()
    clock.shift(DAY)
    with pytest.raises(KeyboardInterrupt):
        send_due(timezone.now())
    server.reason = None

    assert told(clock, timedelta(minutes=5)) == []
    assert [message.subject for message in told(clock)] == ["New"]


def test_what_another_runner_took_is_left_to_it(reader_client, section, clock):
    follower = following(reader_client)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section))
    clock.shift(DAY)
    now = timezone.now()
    seen = Follower.objects.get()
    assert send_due(now) == 1

    assert sending._send_digest(seen, sending.Digests(now), Refusing(), now) is False
    assert follower.pk == seen.pk


def test_who_follows_the_same_list_shares_what_is_read_for_it(
    reader_client, section, clock, django_assert_max_num_queries
):
    rows = [
        Follower(email=f"r{n}@example.org", asked_at=NOON, confirmed_at=NOON, told_until=NOON, due_at=NOON)
        for n in range(50)
    ]
    Follower.objects.bulk_create(rows)
    clock.shift(timedelta(minutes=1))
    publish(ArticlePageFactory(parent=section))

    with django_assert_max_num_queries(50 * 2 + 20):
        clock.shift(timedelta(minutes=10))
        assert send_due(timezone.now()) == 50


# The newsroom


def test_editors_look_for_an_address_and_delete_it_and_nobody_adds_one(
    client, section, editor, reader_client, admin_user
):
    follower = following(reader_client)
    client.force_login(editor)
    listing = client.get(reverse("home_followers:index"), {"q": "reader"}).content.decode()
    assert READER in listing

    for user in (editor, admin_user):
        client.force_login(user)
        for name, args in (("add", []), ("edit", [follower.pk])):
            assert client.get(reverse(f"home_followers:{name}", args=args)).status_code == 302
            assert (
                client.post(reverse(f"home_followers:{name}", args=args), {"email": "x@example.org"}).status_code == 302
            )
    assert list(Follower.objects.values_list("email", flat=True)) == [READER]

    client.force_login(editor)
    client.post(reverse("home_followers:delete", args=[follower.pk]))
    assert not Follower.objects.exists()


@pytest.mark.parametrize("make", [writer_user, reviewer_user], ids=["writer", "reviewer"])
def test_nobody_else_sees_readers_addresses(client, section, reader_client, make):
    following(reader_client)
    client.force_login(make(username="somebody"))

    for address in (reverse("home_followers:index"), f"{reverse('home_followers:index')}?export=csv"):
        response = client.get(address)
        assert response.status_code == 302
        assert READER not in response.content.decode()


def test_the_list_can_be_taken_along(client, section, editor, reader_client):
    following(reader_client)
    client.force_login(editor)

    response = client.get(reverse("home_followers:index"), {"export": "csv"})

    assert READER in b"".join(response.streaming_content).decode()


def test_a_reader_whose_mail_cannot_be_made_keeps_none_from_anybody_else(reader_client, section, monkeypatch, clock):
    make = sending._send

    def fail_for_one(follower, *args):
        if follower.email == READER:
            raise ValueError("It cannot be written.")
        make(follower, *args)

    for address in (READER, "other@example.org"):
        asked(reader_client, email=address)
    with monkeypatch.context() as odd:
        odd.setattr(sending, "_send", fail_for_one)
        with pytest.raises(ValueError, match="It cannot be written"):
            send_due(timezone.now())

    assert [message.to for message in mail.outbox] == [["other@example.org"]]
    assert [message.to for message in told(clock, sending.BACK_OFF.longest)] == [[READER]]


def test_who_was_written_to_by_a_clock_that_was_years_ahead_is_told_of_what_comes(reader_client, section, clock):
    following(reader_client)
    told(clock, 1500 * DAY)
    clock.shift(-1500 * DAY)
    send_due(timezone.now())
    publish(ArticlePageFactory(parent=section))

    assert len(told(clock)) == 1


def test_a_reader_who_is_erased_gets_no_more_mails(reader_client, section, clock):
    other = following(reader_client, email="other@example.org")
    Follower.objects.create(
        email=READER, asked_at=NOON, confirmed_at=NOON, told_until=NOON, due_at=other.due_at, frequency="daily"
    )

    erased = erase_person(email=READER.upper(), reason="They asked for it.", by=admin_user())

    clock.shift(timedelta(hours=1))
    publish(ArticlePageFactory(parent=section))
    assert [message.to for message in told(clock)] == [["other@example.org"]]
    assert [follower.email for follower in Follower.objects.all()] == ["other@example.org"]
    assert (erased.left, erased.unclear) == ([], [])


def test_a_member_of_the_newsroom_who_is_erased_gets_no_more_mails_as_a_reader(reader_client, section, clock):
    writer = writer_user(email=READER)
    following(reader_client)

    erase_person(user=writer, reason="They asked for it.", by=admin_user())

    clock.shift(timedelta(hours=1))
    publish(ArticlePageFactory(parent=section))
    assert told(clock) == []
    assert not Follower.objects.exists()


def test_who_is_erased_while_their_digest_is_made_gets_none_after_it(reader_client, section, clock, monkeypatch):
    following(reader_client)
    clock.shift(timedelta(hours=1))
    publish(ArticlePageFactory(parent=section))
    make = sending._send

    def erased_meanwhile(follower, *args):
        erase_person(email=READER, reason="They asked for it.", by=admin_user())
        make(follower, *args)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sending, "_send", erased_meanwhile)
        assert len(told(clock)) == 1
    publish(ArticlePageFactory(parent=section))

    assert told(clock) == []
    assert not Follower.objects.exists()

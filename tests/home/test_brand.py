"""The publication's name, logo, icon and colour: one setting for readers and for the newsroom."""

import base64
import hashlib
import re

import pytest
from django.core.exceptions import ValidationError
from wagtail.admin.mail import send_notification

from common import outbox
from home import brand
from home.models import SiteSettings, brand_of_site
from tests.factories import ArticlePageFactory, HomePageFactory, ImageFactory, admin_user, writer_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db):
    return HomePageFactory()


def name_it(**values) -> SiteSettings:
    settings = SiteSettings.objects.first() or SiteSettings()
    for field, value in values.items():
        setattr(settings, field, value)
    settings.full_clean()
    settings.save()
    return settings


def title_of(response) -> str:
    return re.search(r"<title>(.*?)</title>", response.content.decode(), re.DOTALL)[1].strip()


def test_without_settings_there_are_sane_ones():
    assert brand_of_site() == brand.Brand(name="Countersign")


def test_a_new_name_is_in_public_pages_and_in_the_newsroom_at_once(client, home, django_capture_on_commit_callbacks):
    client.force_login(writer_user())
    assert "Myelin" in title_of(client.get("/"))

    with django_capture_on_commit_callbacks(execute=True):
        name_it(name="Joint Ventures")

    assert "Joint Ventures" in title_of(client.get("/"))
    admin = client.get("/admin/")
    assert title_of(admin).endswith("Joint Ventures")
    assert "Wagtail" not in title_of(admin)
    assert "editor guide" not in admin.content.decode()


@pytest.mark.parametrize("colour", ["red", "#12", "#ggggeg", "7a1f3d0", "#ffffff", "#8fd3d9"])
def test_a_colour_that_is_none_or_that_nobody_can_read_is_refused(home, colour):
    with pytest.raises(ValidationError) as problem:
        name_it(colour=colour)

    assert "colour" in problem.value.message_dict


@pytest.mark.parametrize("colour", ["#7a1f3d", "#000000", "#0000ff", "#5a5a00"])
def test_a_colour_can_be_read_by_day_and_by_night(colour):
    night = brand.at_night(brand.parsed(colour))

    assert brand.contrast(brand.parsed(colour), brand.WHITE) >= brand.READABLE
    assert brand.contrast(night, brand.NIGHT) >= brand.COMFORTABLE


def test_the_colour_stands_in_each_page_and_the_policy_names_it(client, home):
    plain = client.get("/")
    name_it(colour="#7a1f3d")
    page = client.get("/")

    [style] = re.findall(r"<style>(.*?)</style>", page.content.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "--accent:light-dark(#7a1f3d," in style
    assert f"style-src 'self' 'sha256-{digest}'" in page["Content-Security-Policy"]
    assert "<style" not in plain.content.decode()
    assert "style-src" not in plain["Content-Security-Policy"]


def test_the_newsroom_gets_the_colour_as_a_stylesheet_of_its_own(client, home):
    name_it(colour="#7a1f3d")
    client.force_login(writer_user())

    address = re.search(r'href="(/brand\.css\?v=\w+)"', client.get("/admin/").content.decode())[1]
    response = client.get(address)

    assert "--accent:light-dark(#7a1f3d," in response.content.decode()
    assert "--w-color-primary-hue" in response.content.decode()
    assert "immutable" in response["Cache-Control"]
    assert response["Content-Type"].startswith("text/css")
    assert client.get("/brand.css?v=old")["Cache-Control"] == "no-cache"


def test_logo_and_icon_take_the_place_of_ours(client, home):
    name_it(logo=ImageFactory(), icon=ImageFactory())

    page = client.get("/").content.decode()

    assert brand_of_site().logo_url in page
    assert f'<link rel="icon" href="{brand_of_site().icon_url}"' in page
    client.force_login(writer_user())
    assert brand_of_site().logo_url in client.get("/admin/").content.decode()


def test_only_administrators_name_the_publication(client, home):
    address = "/admin/settings/home/sitesettings/"

    client.force_login(writer_user())
    assert client.get(address, follow=True).redirect_chain[-1][0] == "/admin/"
    client.force_login(admin_user())
    assert 'name="colour"' in client.get(address, follow=True).content.decode()


def mails_about_comments(article, commenter, reader) -> None:
    """Let Wagtail mail somebody that a comment was made, with the function its editor calls."""
    send_notification(
        [reader],
        "updated_comments",
        {"page": article, "editor": commenter, "new_comments": [], "resolved_comments": []},
    )


def test_mails_carry_the_name_the_logo_and_the_colour(client, home, mailoutbox):
    name_it(name="Joint Ventures", colour="#7a1f3d", logo=ImageFactory())
    outbox.enqueue_mail("told", ["ada@example.org"], "A subject", "Hello <b>\n\nSee http://localhost:8000/admin/.\n")

    outbox.deliver_due()

    (mail,) = mailoutbox
    ((html, kind),) = mail.alternatives
    assert mail.from_email == "Joint Ventures <newsroom@localhost>"
    assert mail.body == (
        "Hello <b>\n\nSee http://localhost:8000/admin/.\n\n-- \nJoint Ventures\nhttp://localhost:8000\n"
    )
    assert kind == "text/html"
    assert "Joint Ventures" in html
    assert "#7a1f3d" in html
    assert "Hello &lt;b&gt;" in html
    assert '<a href="http://localhost:8000/admin/">http://localhost:8000/admin/</a>.' in html
    logo = re.search(r'<img src="http://localhost:8000(/brand\.png)"', html)[1]
    assert client.get(logo).content.startswith(b"\x89PNG")


def test_a_mail_links_no_address_but_our_own(mailoutbox):
    words = "A reader says: https://evil.example/ and http://localhost:8000.evil.example/ and <a href='x'>y</a>"
    outbox.enqueue_mail("told", ["ada@example.org"], "A subject", words)

    outbox.deliver_due()

    html = mailoutbox[0].alternatives[0][0]
    assert 'href="https://evil' not in html
    assert "evil.example/</a>" not in html
    assert "&lt;a href=" in html


def test_without_a_logo_there_is_none(client, home, mailoutbox):
    outbox.enqueue_mail("told", ["ada@example.org"], "A subject", "Hello")
    outbox.deliver_due()

    assert "<img" not in mailoutbox[0].alternatives[0][0]
    assert client.get("/brand.png").status_code == 404


def test_mails_about_accounts_carry_it_too(client, home, mailoutbox):
    name_it(name="Joint Ventures", colour="#7a1f3d")
    user = writer_user()

    client.post("/accounts/password/reset/", {"email": user.email})

    (mail,) = mailoutbox
    assert mail.from_email.startswith("Joint Ventures <")
    assert "example.com" not in mail.subject + mail.body
    assert "Hello from" not in mail.body
    assert mail.body.endswith("-- \nJoint Ventures\nhttp://localhost:8000\n")
    assert "#7a1f3d" in mail.alternatives[0][0]


def test_mails_about_comments_carry_it_too(home, mailoutbox):
    name_it(name="Joint Ventures", colour="#7a1f3d")
    article = ArticlePageFactory(title="Fewer relapses")

    mails_about_comments(article, writer_user(), admin_user())

    (mail,) = mailoutbox
    assert mail.body.rstrip().endswith("-- \nJoint Ventures\nhttp://localhost:8000")
    assert "#7a1f3d" in mail.alternatives[0][0]
    assert "wagtail" not in (mail.body + mail.alternatives[0][0]).lower()

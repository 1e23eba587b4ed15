"""The address of the picture that goes with a shared link."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.conditional import with_last_modified
from common.page_store.shown import kept, leave
from research.artwork.share import is_drawable
from research.content.stored import read_canonical
from research.publishing.showing import NAMED_BY_ARTICLES, show_article
from research.reading import build
from research.reading.article.rows import public_row
from research.reading.sharing.picture import facts_of, stored, version_of


@kept("v", names=NAMED_BY_ARTICLES)
@require_safe
def share_image(request: HttpRequest, section_slug: str, slug: str) -> HttpResponse:
    """Serve the picture; 410 once the article was withdrawn or has expired.

    Raises:
        Http404: nothing is public at this address, or there are no letters to draw it with.
    """
    row = public_row(section_slug, slug, timezone.now())
    if row is None:
        return HttpResponse(status=410, content_type="text/plain")
    notices = list(row.study.notices.order_by("date", "pk")) if row.study else []
    show_article(row)
    content = read_canonical(row.content)
    rating, _interest = build.ratings(content, notices, row.sign_off.notices_considered)
    labels = build.labels(content, notices)
    facts = facts_of(content, row.section.title, rating=rating, labels=labels, notices=notices)
    if not is_drawable(facts):
        raise Http404("The fonts of the picture lack a letter of this title.")
    if request.GET.get("v", version_of(facts)) != version_of(facts):
        leave()  # anybody can make up versions without end
    answer = HttpResponse(stored(row, facts), content_type="image/png")
    return with_last_modified(answer, row.updated_at)

"""Wordings for urgent notices that a new site starts with, to be countersigned before they are needed."""

from research.models.explainers import NoticeWording

READY_WORDINGS = (
    (
        "Being checked",
        "We are checking this article",
        "<p>A question about this article has reached us. Until it is settled, please do not rely on it.</p>",
    ),
    (
        "Source retracted",
        "The study behind this article was retracted",
        "<p>The journal has taken the study back. Do not rely on its results. We keep this page so that nobody "
        "meets them elsewhere without this notice.</p>",
    ),
    (
        "Safety news",
        "There is newer safety information",
        "<p>Since this article was reviewed, new information on safety was published. Do not stop or change a "
        "treatment on your own: please ask your care team.</p>",
    ),
    (
        "Number wrong",
        "A number in this article is wrong",
        "<p>We have found a wrong number in this article and are correcting it. Please come back before you rely "
        "on its figures.</p>",
    ),
    (
        "Replaced by newer research",
        "Newer research says something else",
        "<p>A newer study comes to a different result. We are preparing a summary of it.</p>",
    ),
)


def create_ready_wordings() -> list[NoticeWording]:
    """Create the wordings that are missing, unsigned; return all of them."""
    return [
        NoticeWording.objects.get_or_create(name=name, defaults={"heading": heading, "text": text})[0]
        for name, heading, text in READY_WORDINGS
    ]

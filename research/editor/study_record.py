"""What the newsroom sees of a study's record: check state, notices, abstract, and what they suggest."""

from typing import Any

from common.once import once
from research.editor import suggestions
from research.editor.sample_size import suggest_people
from research.models.people import Person
from research.models.references import Study
from research.models.topics import Topic
from research.models.watch import UnconfirmedNotice
from research.reading.check_state import check_of
from research.reading.notice_views import notice_view
from research.sources.standing import standing


def record_of(study: Study) -> dict[str, Any]:
    """Return what the templates of a study's record print.

    Five queries: notices, what only files say, proposals, topics, people.
    """
    return {
        "study": study,
        "check": check_of(study),
        "notices": [notice_view(notice) for notice in standing(study.notices.all())],
        "unconfirmed": list(UnconfirmedNotice.objects.open().filter(study=study).select_related("study")),
        "open_proposals": study.proposals.filter(state="open").count(),
        "abstract": [{"label": label, "text": text} for label, text in study.abstract],
        "lay_summary": study.lay_summary,
        "contributors": contributors_among(study),
        "suggested": suggested_by(study),
    }


@once(id)
def suggested_by(study: Study) -> dict[str, Any]:
    """Return what a record suggests: ``design`` and ``people`` (None for nothing), ``registrations``, ``topics``."""
    topics = list(Topic.objects.by_name())
    return {
        "design": suggestions.suggest_design(
            study.publication_types, [term.get("name", "") for term in study.mesh_terms], study.title
        ),
        "people": suggest_people(suggestions.abstract_text(study.abstract)),
        "registrations": suggestions.suggest_registrations(study.registrations),
        "topics": suggestions.suggest_topics(study.mesh_terms, study.title, topics, study.keywords),
    }


def contributors_among(study: Study) -> list[Person]:
    """Return the people of this newsroom who are authors of a study, by ORCID: they have a stake in it."""
    orcids = set(study.author_orcids.values())
    return list(Person.objects.filter(orcid__in=orcids).order_by("name")) if orcids else []

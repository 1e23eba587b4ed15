"""The demo's record: people, journals, studies, topics, glossary and other shared texts, all from data files."""

import tomllib
from pathlib import Path
from typing import Any

from common.models import User
from home.demo.accounts import PEOPLE_OF_ACCOUNTS
from home.site_setup import InfoWords, SiteWords
from research.models import (
    Explainer,
    FullText,
    GlossaryTerm,
    Journal,
    PageText,
    Person,
    PublishedText,
    SignableText,
    Study,
    StudyNotice,
    Topic,
)
from research.review import contributions
from research.review.notice_wordings import create_ready_wordings
from research.review.signing import sign_text

DATA = Path(__file__).parent / "data"


def read(name: str) -> dict[str, Any]:
    """Return one data file."""
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def site_words() -> SiteWords:
    """Return the words of the demo's home, section and information pages."""
    words, explainer = read("pages.toml"), read("explainer.toml")
    return SiteWords(
        publication="Myelin",
        tagline=words["home"]["tagline"],
        intro=f"<p>{words['home']['intro']}</p>",
        section_title=words["section"]["title"],
        section_slug=words["section"]["slug"],
        section_intro=f"<p>{words['section']['intro']}</p>",
        condition=explainer["condition"],
        condition_short=explainer["short_name"],
        condition_mesh_ui="D009103",
        info=tuple(InfoWords(**page) for page in words["page"]),
    )


def load_people(users: dict[str, User]) -> dict[str, Person]:
    """Create the contributors; return them by key."""
    return {
        row["key"]: Person.objects.get_or_create(
            name=row["name"],
            defaults={
                "credentials": row["credentials"],
                "role": row["role"],
                "bio": row["bio"],
                "interests": row.get("interests", ""),
                "user": users.get(PEOPLE_OF_ACCOUNTS.get(row["key"], "")),
            },
        )[0]
        for row in read("people.toml")["person"]
    }


def load_studies() -> dict[str, Study]:
    """Create journals and studies with their notices; return the studies by key."""
    journals = {
        row["key"]: Journal.objects.get_or_create(
            name=row["name"], defaults={"kind": row["kind"], "issn": row.get("issn")}
        )[0]
        for row in read("journals.toml")["journal"]
    }
    studies = {row["key"]: _study(row, journals) for row in read("studies.toml")["study"]}
    for row in read("texts.toml")["text"]:
        _store_texts(studies[row["study"]], row)
    return studies


def _store_texts(study: Study, row: dict[str, Any]) -> None:
    """Store the texts of a study whose licence lets them be shown, once."""
    if study.abstract:
        return
    study.abstract, study.licence = row["abstract"], row["licence"]
    study.save(update_fields=["abstract", "licence"])
    if "full_text" in row:
        FullText.objects.create(study=study, parts=row["full_text"], origin="The publisher’s own file, in extracts")


def _study(row: dict[str, Any], journals: dict[str, Journal]) -> Study:
    study, is_new = Study.objects.get_or_create(
        title=row["title"],
        defaults={
            "journal": journals.get(row.get("journal", "")),
            "kind": row["kind"],
            "is_example": row.get("example", False),
            "authors": "\n".join(row.get("authors", [])),
            "authors_complete": row.get("authors_complete", True),
            **{name: row[name] for name in ("doi", "pmid", "year", "month", "day") if name in row},
            **{name: row.get(name, "") for name in ("funding", "interests", "url")},
        },
    )
    if is_new:
        for notice in row.get("notice", []):
            StudyNotice.objects.create(study=study, **notice)
    return study


def load_texts(section: Any, writer: User, reviewer: User) -> dict[str, GlossaryTerm]:
    """Create topics, glossary and explainer, each countersigned; return the terms by key."""
    topics: dict[str, Topic] = {}
    for row in read("topics.toml")["topic"]:
        topic, _ = Topic.objects.get_or_create(
            slug=row["slug"],
            defaults={
                "name": row["name"],
                "definition": row["definition"],
                "mesh_ui": row.get("mesh_ui"),
                "synonyms": "\n".join(row.get("synonyms", [])),
            },
        )
        topic.parents.set(topics[slug] for slug in row.get("parents", []))
        topics[row["slug"]] = topic
    terms = {
        row["key"]: GlossaryTerm.objects.get_or_create(
            term=row["term"],
            defaults={
                "plain_words": row["plain_words"],
                "synonyms": "\n".join(row.get("synonyms", [])),
            },
        )[0]
        for row in read("glossary.toml")["term"]
    }
    wordings = {k: v for k, v in read("explainer.toml").items() if k not in ("condition", "short_name")}
    explainer, _ = Explainer.objects.get_or_create(section=section, defaults=wordings)
    text, _ = PageText.objects.get_or_create(page=section, defaults={"text": read("pages.toml")["section"]["text"]})
    ready = create_ready_wordings()
    _sign_all([*topics.values(), *terms.values(), explainer, text, *ready], writer, reviewer)
    return terms


def _sign_all(texts: list[SignableText], writer: User, reviewer: User) -> None:
    public = set(PublishedText.objects.values_list("subject_uuid", flat=True))
    for text in texts:
        if text.subject_uuid not in public:
            contributions.record(text.subject_uuid, writer)
            sign_text(text, reviewer, conflict_statement="No stake in what this text says.")

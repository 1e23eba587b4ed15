"""The description of the API in OpenAPI 3.1: what may be asked, and what comes back."""

from typing import Any

from research.models.references import Study

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
URL: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "integer"}
PAGE = "A page of 50, newest first. “next” is the address of the next one, null on the last."
AFTER: Schema = {
    "name": "after",
    "in": "query",
    "required": False,
    "description": "The id of the last article of the page before: the next page begins behind it.",
    "schema": {"type": "string", "format": "uuid"},
}


def describe(server: str, publication: str) -> Schema:
    """Return the description; ``server`` is the whole address below which all paths stand."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{publication}: research in plain words, for programs",
            "version": "1",
            "description": (
                "Read only. Every article was countersigned by a medical reviewer; “digest” names the words that were "
                "signed, and “links.proof” leads to what proves it. Show “status” and “notices” with an article, and "
                "take down what answers 410. Answers carry an ETag: ask again with If-None-Match."
            ),
        },
        "servers": [{"url": server}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "parameters": _parameters(), "responses": _responses()},
    }


def _paths() -> Schema:
    section, topic = _parameter("section"), _parameter("topic")
    return {
        "/": _read("index", "What is here", "Index"),
        "/openapi.json": _read("openapi", "This description", "Description"),
        "/articles": _read("articles", f"Articles of all sections. {PAGE}", "Articles", AFTER, missing=True),
        "/articles/{id}": _read(
            "article", "An article with its words; a retracted one too, with its notices", "Article", _parameter("id"),
            missing=True, gone=True,
        ),
        "/sections": _read("sections", "The sections of the site", "Sections"),
        "/sections/{section}/articles": _read(
            "section_articles", f"Articles of a section. {PAGE}", "Articles", section, AFTER, missing=True
        ),
        "/sections/{section}/topics": _read(
            "topics", "Topics of a section that have something to read", "Topics", section, missing=True
        ),
        "/sections/{section}/topics/{topic}/articles": _read(
            "topic_articles", f"Articles of a section on a topic. {PAGE}", "Articles", section, topic, AFTER,
            missing=True,
        ),
    }  # fmt: skip


def _read(
    name: str, summary: str, schema: str, *parameters: Schema, missing: bool = False, gone: bool = False
) -> Schema:
    answers: Schema = {
        "200": {
            "description": summary,
            "headers": {"ETag": {"schema": TEXT, "description": "Names these bytes."}},
            "content": {"application/json": {"schema": _ref(schema)}},
        },
        "304": {"description": "You have it already: its ETag was sent as If-None-Match."},
    }
    if missing:
        answers["404"] = {"$ref": "#/components/responses/NotFound"}
    if gone:
        answers["410"] = {"$ref": "#/components/responses/Gone"}
    return {"get": {"operationId": name, "summary": summary, "parameters": list(parameters), "responses": answers}}


def _parameter(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameters() -> Schema:
    slug: Schema = {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}
    return {
        "section": {"name": "section", "in": "path", "required": True, "schema": slug},
        "topic": {"name": "topic", "in": "path", "required": True, "schema": slug},
        "id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
    }


def _responses() -> Schema:
    said = {"application/problem+json": {"schema": _ref("Problem")}}
    return {
        "NotFound": {"description": "Nothing public is there.", "content": said},
        "Gone": {"description": "It was public, and is not any more: take it down, too.", "content": said},
    }


def _object(required: Schema, **optional: Schema) -> Schema:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _schemas() -> Schema:
    topic = {"name": TEXT, "slug": TEXT, "mesh": _or_null(TEXT), "url": URL}
    section = {"title": TEXT, "slug": TEXT, "url": URL}
    notice = _object({"kind": TEXT, "heading": TEXT}, text=TEXT, date=TEXT, by=TEXT, link=URL)
    of_article = {
        **_identity(),
        "title": TEXT,
        "summary": TEXT,
        "labels": _list_of(TEXT),
        "topics": _list_of(_ref("Topic")),
    }
    return {
        "Problem": _object({"type": TEXT, "title": TEXT, "status": NUMBER, "detail": TEXT}),
        "Licence": _object({"name": _or_null(TEXT), "url": _or_null(URL)}),
        "Index": _object({"publication": TEXT, "licence": _ref("Licence"), "links": {"type": "object"}}),
        "Description": _object({"openapi": TEXT, "info": {"type": "object"}, "paths": {"type": "object"}}),
        "Topic": _object(topic),
        "TopicOfSection": _object(
            {**topic, "definition": TEXT, "articles": NUMBER, "links": _object({"articles": URL})}
        ),
        "Topics": _object({"section": _ref("Section"), "topics": _list_of(_ref("TopicOfSection"))}),
        "Section": _object(
            {**section, "condition": TEXT, "links": _object({"articles": URL, "topics": URL, "feed": URL})}
        ),
        "Sections": _object({"sections": _list_of(_ref("Section"))}),
        "Band": _object({"value": NUMBER, "out_of": NUMBER, "word": TEXT}),
        "Rating": _object({"value": _or_null(NUMBER), "out_of": NUMBER}, word=TEXT, withheld=TEXT),
        "Notice": notice,
        "Study": _object(
            {"notices": _list_of(_ref("Notice"))},
            **dict.fromkeys(("title", "journal", "authors", "date", "kind", "doi", "pmid", "url"), TEXT),
        ),
        "Countersigned": _object(
            {
                "by": TEXT,
                "credentials": TEXT,
                "url": _or_null(URL),
                "declared_interests": TEXT,
                "at": MOMENT,
                "line": NUMBER,
                "line_hash": TEXT,
                "line_url": {**URL, "description": "The line with its proof; 404 until a checkpoint covers it."},
            }
        ),
        "Entry": _object({**of_article, "credibility": _or_null(_ref("Band"))}),
        "Articles": _object(
            {"articles": _list_of(_ref("Entry")), "next": _or_null(URL)},
            section=_ref("Section"),
            topic=_object({"name": TEXT, "slug": TEXT}),
        ),
        "Article": _object(
            {
                **of_article,
                "language": TEXT,
                "key_takeaway_html": TEXT,
                "text": {**TEXT, "description": "All words of title, summary, takeaway and sections, without markup."},
                "credibility": _ref("Rating"),
                "interest": _ref("Rating"),
                "countersigned": _ref("Countersigned"),
                "study": _or_null(_ref("Study")),
                "also_cited": _list_of(_ref("Study")),
                "notices": _list_of(_ref("Notice")),
                "corrections": _list_of(_object({"date": {"type": "string", "format": "date"}, "html": TEXT})),
            }
        ),
    }


def _identity() -> Schema:
    return {
        "id": {"type": "string", "format": "uuid"},
        "url": {**URL, "description": "Its canonical address."},
        "status": {
            "type": "string",
            "enum": [str(value) for value in Study.Status.values],
            "description": "Of the study behind it. Show it wherever you show the summary.",
        },
        "section": _object({"title": TEXT, "slug": TEXT, "url": URL}),
        "authors": _list_of(_object({"name": TEXT, "url": _or_null(URL)})),
        "published_at": MOMENT,
        "updated_at": MOMENT,
        "reviewed_at": MOMENT,
        "review_due_at": MOMENT,
        "version": NUMBER,
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the signed words."},
        "licence": _ref("Licence"),
        "links": _object(
            dict.fromkeys(("self", "made", "proof", "verifier", "share_image", "report"), URL),
        ),
    }

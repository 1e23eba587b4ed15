"""Values of blocks as (type, value), the shape a stream takes; one function a block."""

from typing import Any

Block = tuple[str, Any]


def text(html: str = "<p>Fewer people had a relapse in that year.</p>") -> Block:
    """Paragraphs."""
    return "text", {"html": html}


def numbers(**values: Any) -> Block:
    """Numbers in people: 4 in 100 instead of 7 in 100."""
    given = {
        "denominator": 100,
        "before": 7,
        "before_label": "Usual care",
        "after": 4,
        "after_label": "With the treatment",
        "counted": "people",
        "outcome": "had a relapse within a year",
    }
    return "numbers", given | values


def figure(image: Any, **values: Any) -> Block:
    """A picture with its words."""
    return "figure", {"image": image, "alternative_text": "Two bars of unequal height", "caption": "Relapses"} | values


def fact(words: str = "The trial followed 53 people.") -> Block:
    """A pull-out fact."""
    return "fact", {"text": words}


def question(words: str = "Would this change my treatment?") -> Block:
    """A question for the care team."""
    return "question", {"text": words}


def quote(words: str = "We were surprised.", speaker: str = "J. Park") -> Block:
    """Someone's words."""
    return "quote", {"text": words, "speaker": speaker, "role": "Author of the study"}


def table(rows: list[list[str]] | None = None, caption: str = "Relapses by group") -> Block:
    """A small table with a heading row."""
    return "table", {
        "table": {
            "data": rows or [["Group", "Relapses"], ["Usual care", "7"]],
            "first_row_is_table_header": True,
            "first_col_is_header": False,
            "table_header_choice": "row",
            "table_caption": caption,
        }
    }


def glossary_term(term: Any) -> Block:
    """A glossary term."""
    return "glossary_term", {"term": term}


def more(summary: str = "How they measured it", html: str = "<p>With two scans.</p>") -> Block:
    """More detail, closed until opened."""
    return "more", {"summary": summary, "html": html}


def body(*found: Block, care: str = "People with relapses.", limits: str = "It was a small study.") -> list[Block]:
    """The three required sections; the blocks given stand under "What they found"."""
    return [
        ("what_they_found", list(found) or [text()]),
        ("who_should_care", [text(f"<p>{care}</p>")]),
        ("important_considerations", [text(f"<p>{limits}</p>")]),
    ]

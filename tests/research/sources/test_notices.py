import pytest

from research.sources.notices import Direction, fold, fold_relation, title_mark
from research.sources.records import NoticeKind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("retraction", NoticeKind.RETRACTION),
        ("Retraction", NoticeKind.RETRACTION),
        ("retration", NoticeKind.RETRACTION),
        ("withdrawal", NoticeKind.WITHDRAWAL),
        ("removal", NoticeKind.REMOVAL),
        ("expression_of_concern", NoticeKind.CONCERN),
        ("expression-of-concern", NoticeKind.CONCERN),
        ("Expression of concern", NoticeKind.CONCERN),
        ("correction", NoticeKind.CORRECTION),
        ("corrigendum", NoticeKind.CORRECTION),
        ("erratum", NoticeKind.CORRECTION),
        ("err", NoticeKind.CORRECTION),
        ("Reinstatement", NoticeKind.REINSTATEMENT),
        ("new_version", NoticeKind.NEWER_VERSION),
        ("partial_retraction", NoticeKind.PARTIAL_RETRACTION),
        ("Corrected and republished", NoticeKind.CORRECTED_REPUBLISHED),
        ("hermeneutic note", NoticeKind.NEEDS_A_LOOK),
        ("", NoticeKind.NEEDS_A_LOOK),
    ],
)
def test_a_word_is_folded_to_its_kind(word, kind):
    assert fold(word) is kind


@pytest.mark.parametrize(
    ("word", "direction", "kind"),
    [
        ("RetractionIn", Direction.AFFECTED, NoticeKind.RETRACTION),
        ("Retraction in", Direction.AFFECTED, NoticeKind.RETRACTION),
        ("RetractionOf", Direction.NOTICE, NoticeKind.RETRACTION),
        ("ErratumIn", Direction.AFFECTED, NoticeKind.CORRECTION),
        ("ErratumFor", Direction.NOTICE, NoticeKind.CORRECTION),
        ("ExpressionOfConcernIn", Direction.AFFECTED, NoticeKind.CONCERN),
        ("CorrectedandRepublishedIn", Direction.AFFECTED, NoticeKind.CORRECTED_REPUBLISHED),
        ("RetractedandRepublishedIn", Direction.AFFECTED, NoticeKind.REPLACEMENT),
        ("UpdateIn", Direction.AFFECTED, NoticeKind.NEWER_VERSION),
        ("UpdateOf", Direction.NOTICE, NoticeKind.NEWER_VERSION),
        ("PartialRetractionIn", Direction.AFFECTED, NoticeKind.PARTIAL_RETRACTION),
        ("SomethingNewIn", Direction.AFFECTED, NoticeKind.NEEDS_A_LOOK),
        ("Wholly new", Direction.AFFECTED, NoticeKind.NEEDS_A_LOOK),
    ],
)
def test_a_relation_has_a_direction_and_a_kind(word, direction, kind):
    assert fold_relation(word) == (direction, kind)


@pytest.mark.parametrize("word", ["Cites", "CommentIn", "CommentOn", "SummaryForPatientsIn", "OriginalReportIn", ""])
def test_comments_and_citations_are_harmless(word):
    assert fold_relation(word)[0] is Direction.HARMLESS


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("RETRACTED: x", NoticeKind.MARKED_RETRACTED),
        ("Retracted: x", NoticeKind.MARKED_RETRACTED),
        ("[Retracted] x", NoticeKind.MARKED_RETRACTED),
        ("RETRACTED ARTICLE: x", NoticeKind.MARKED_RETRACTED),
        ("Partially retracted: x", NoticeKind.PARTIAL_RETRACTION),
        ("WITHDRAWN: x", NoticeKind.MARKED_WITHDRAWN),
        ("TEMPORARY REMOVAL: x", NoticeKind.MARKED_WITHDRAWN),
        ("Retraction to: x", NoticeKind.NEEDS_A_LOOK),
        ("Expression of concern: x", NoticeKind.NEEDS_A_LOOK),
    ],
)
def test_the_title_of_a_paper_that_was_taken_back_is_marked(title, kind):
    word, found = title_mark(title)

    assert (bool(word), found) == (True, kind)


@pytest.mark.parametrize(
    "title",
    [
        "Rapid Maxillary Anterior Teeth Retraction En Masse",
        "Retraction of teeth in dogs",
        "Removed sutures: a study",
        "",
    ],
)
def test_dentistry_is_no_hint(title):
    assert title_mark(title)[0] == ""

"""Every source has a name for people: the raw one would stand before editors, or before readers."""

from research.admin.records.proposals import SOURCE_NAMES
from research.record.reporting import SOURCE_WORDS
from research.sources.records import NoticeSource, Source


def test_every_source_of_a_record_has_a_name():
    assert set(Source) <= set(SOURCE_NAMES)


def test_who_reports_a_notice_has_a_name():
    assert set(NoticeSource) <= set(SOURCE_WORDS)

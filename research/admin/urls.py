"""The addresses of the newsroom's screens, below that of the admin; holds no rules."""

from django.urls import URLPattern, path
from django.views.i18n import JavaScriptCatalog

import common.odd_input  # noqa: F401 - makes the converter "id" known
from research.admin import erasure, findings, preview_links, sign_off_views, versions
from research.admin.board import feed_views, next_views
from research.admin.board import views as board_views
from research.admin.claims import desk as claim_desk
from research.admin.desk import background, comments, handbooks, starting
from research.admin.ledger_lists import decision_urls
from research.admin.records import (
    full_text,
    imports,
    joining,
    proposals,
    source_tasks,
    studies,
    studies_report,
    topic_merging,
)
from research.admin.reviewing import assigning, blindness, due_report, guests, listing, plan_views, record
from research.admin.reviewing import views as reviewing_views

admin_urls: list[URLPattern] = [
    *decision_urls,
    # The review screens
    path("reviews/", listing.reviews, name="research_reviews"),
    path("reviews/<id:state_id>/", reviewing_views.review, name="research_review"),
    path("reviews/<id:state_id>/keep/", reviewing_views.keep, name="research_keep_review"),
    path("reviews/<id:state_id>/send-back/", reviewing_views.send_back, name="research_send_back"),
    path("reviews/<id:state_id>/ratings/", blindness.decide_gap, name="research_decide_gap"),
    path("reviews/<id:state_id>/new-version/", reviewing_views.take_new_version, name="research_take_new_version"),
    path("reports/re-review/", due_report.DueReportView.as_view(), name="research_due_report"),
    path(
        "reports/re-review/results/",
        due_report.DueReportView.as_view(results_only=True),
        name="research_due_report_results",
    ),
    path("reviews/again/<id:page_id>/", due_report.owner, name="research_review_owner"),
    path("plans/<id:page_id>/", plan_views.plan, name="research_plan"),
    path("reviews/<id:state_id>/reassign/", assigning.reassign, name="research_reassign"),
    path(
        "reviews/<id:state_id>/words/",
        reviewing_views.review_preview,
        name="research_review_preview",
    ),
    path("sign/<str:subject_type>/<id:pk>/", sign_off_views.sign_text, name="research_sign_text"),
    path("sign-offs/<id:sequence>/revoke/", sign_off_views.revoke, name="research_revoke"),
    path("sign-offs/<id:sequence>/receipt.pdf", record.receipt_pdf, name="research_receipt_pdf"),
    path("sign-offs/<id:sequence>/receipt.json", record.receipt_json, name="research_receipt_json"),
    path("reports/signatures/", record.RecordView.as_view(), name="research_record"),
    path(
        "reports/signatures/results/",
        record.RecordView.as_view(results_only=True),
        name="research_record_results",
    ),
    # What the editor asks in the background
    path("desk/words.js", JavaScriptCatalog.as_view(packages=["research"]), name="research_words_of_scripts"),
    path("desk/pulse/", background.pulse, name="research_desk_pulse"),
    path("desk/pages/<id:page_id>/strip/", background.strip, name="research_desk_strip"),
    path("desk/ratings/", background.live_rating, name="research_live_ratings"),
    path("articles/<id:page_id>/comments/", comments.article_comments, name="research_comments"),
    path("handbooks/<slug:name>/", handbooks.handbook, name="research_handbook"),
    path("articles/new/", starting.new_article, name="research_new_article"),
    # What is said about the findings of the checks
    path("articles/<id:page_id>/findings/<str:key>/", findings.dismiss_finding, name="research_dismiss_finding"),
    path("articles/<id:page_id>/findings/<str:key>/reopen/", findings.reopen_finding, name="research_reopen_finding"),
    # The writer's ledger of claims
    path("articles/<id:page_id>/claims/", claim_desk.claim_desk, name="research_claim_desk"),
    path("articles/<id:page_id>/claims/say/", claim_desk.say_claim, name="research_say_claim"),
    # The screen that shares a draft
    path("articles/<id:page_id>/previews/", preview_links.preview_links, name="research_preview_links"),
    path(
        "articles/<id:page_id>/previews/<id:pk>/revoke/",
        preview_links.revoke_preview_link,
        name="research_revoke_preview_link",
    ),
    # The screen with the guests of an article
    path("articles/<id:page_id>/guests/", guests.article_guests, name="research_guests"),
    path("articles/<id:page_id>/guests/<id:pk>/revoke/", guests.revoke_guest, name="research_revoke_guest"),
    # The screen with the versions of an article that were public
    path("articles/<id:page_id>/versions/", versions.versions, name="research_versions"),
    # The planning board
    path("board/", board_views.board, name="research_board"),
    path("board/<id:page_id>/move/", board_views.move, name="research_board_move"),
    path("board/<id:page_id>/reschedule/", board_views.reschedule, name="research_board_reschedule"),
    path("board/next/", next_views.what_next, name="research_next"),
    path("board/next/<id:pk>/start/", next_views.start, name="research_next_start"),
    path("board/next/<id:pk>/dismiss/", next_views.dismiss, name="research_next_dismiss"),
    path("board/next/<id:pk>/again/", next_views.offer_again, name="research_next_again"),
    path("board/next/searches/<id:pk>/ask/", next_views.ask_now, name="research_next_ask"),
    path("board/calendar/", feed_views.calendar_address, name="research_board_calendar"),
    path("board/calendar/renew/", feed_views.renew_calendar_address, name="research_board_calendar_renew"),
    path("board/calendar/revoke/", feed_views.revoke_calendar_address, name="research_board_calendar_revoke"),
    # The screens around studies: their record, what sources propose, what editors decide
    path("studies/<id:pk>/", studies.study_record, name="research_study_record"),
    path("studies/<id:pk>/start/", studies.start_article, name="research_start_article"),
    path("studies/<id:pk>/text/", full_text.full_text, name="research_full_text"),
    path("studies/<id:pk>/join/", joining.join_study, name="research_join_study"),
    path("topics/<id:pk>/merge/", topic_merging.merge_topic, name="research_merge_topic"),
    path("studies/<id:pk>/check/", studies.check_study, name="research_check_study"),
    path("sources/imports/", imports.imports, name="research_imports"),
    path("sources/imports/<id:pk>/", imports.import_job, name="research_import"),
    path("sources/imports/<id:pk>/start/", imports.start, name="research_start_import"),
    path("sources/changes/", proposals.proposals, name="research_proposals"),
    path("sources/changes/<id:pk>/", proposals.decide_proposal, name="research_decide_proposal"),
    path("sources/notices/", source_tasks.source_tasks, name="research_source_tasks"),
    path("sources/notices/unconfirmed/<id:pk>/", source_tasks.dismiss, name="research_dismiss_unconfirmed"),
    path("sources/notices/<id:pk>/", source_tasks.source_task, name="research_source_task"),
    path("reports/studies/", studies_report.StudiesReportView.as_view(), name="research_studies_report"),
    path(
        "reports/studies/results/",
        studies_report.StudiesReportView.as_view(results_only=True),
        name="research_studies_report_results",
    ),
    # The screen on which people are erased and words removed
    path("erasure/", erasure.erasure, name="research_erasure"),
    path("erasure/<id:pk>/decide/", erasure.decide_removal, name="research_decide_removal"),
]

"""The desk's URLs."""

from __future__ import annotations

from django.urls import path

from pactdesk.desk.views import (
    bulk,
    ending,
    escalation,
    files,
    handover,
    palette,
    promise,
    queue,
    relations,
    reports,
    request,
    saved_replies,
    work,
)

app_name = "desk"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("news/", queue.news, name="queue-news"),
    path("queue.csv", bulk.export, name="queue-export"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("go/", palette.palette, name="palette"),
    path("handover/", handover.handover, name="handover"),
    path("keys/", queue.keys, name="keys"),
    path("reports/", reports.report_page, name="reports"),
    path("reports/<slug:code>.csv", reports.report_csv, name="report-csv"),
    path("replies/", saved_replies.saved_list, name="saved-replies"),
    path("replies/new/", saved_replies.saved_reply, name="saved-reply-new"),
    path("replies/<int:reply_id>/", saved_replies.saved_reply, name="saved-reply"),
    path("replies/<int:reply_id>/delete/", saved_replies.delete, name="saved-reply-delete"),
    path("replies/<int:reply_id>/restore/", saved_replies.restore, name="saved-reply-restore"),
    path("width/", queue.set_width, name="width"),
    path("undo/", work.undo, name="undo"),
    path("requests/<str:number>/", request.request_page, name="request"),
    path("requests/<str:number>/files/", files.request_files, name="request-files"),
    path("requests/<str:number>/files/<uuid:file_id>/", files.request_file, name="request-file"),
    path("requests/<str:number>/files/<uuid:file_id>/removal/", files.file_removal, name="file-removal"),
    path("requests/<str:number>/note-files/", files.note_files, name="note-files"),
    path("requests/<str:number>/note-files/<uuid:file_id>/", files.note_file, name="note-file"),
    path("requests/<str:number>/preview/", request.preview, name="preview"),
    path("requests/<str:number>/replies/<int:reply_id>/", saved_replies.filled_in, name="filled-reply"),
    path("requests/<str:number>/severity/", promise.severity, name="severity"),
    path("requests/<str:number>/reaching/", promise.reaching, name="reaching"),
    path("requests/<str:number>/lower/", promise.lower, name="lower"),
    path("requests/<str:number>/start/", promise.start, name="start"),
    path("requests/<str:number>/why/", promise.why, name="why"),
    path("requests/<str:number>/owner/", work.owner, name="owner"),
    path("requests/<str:number>/next/", escalation.next_engineer, name="next-engineer"),
    path("requests/<str:number>/help/", escalation.take_up, name="take-up"),
    path("requests/<str:number>/manager/", escalation.manager, name="manager"),
    path("requests/<str:number>/status/", work.status, name="status"),
    path("requests/<str:number>/team/", work.transfer, name="transfer"),
    path("requests/<str:number>/close/", ending.close, name="close"),
    path("requests/<str:number>/reopen/", ending.reopen, name="reopen"),
    path("requests/<str:number>/merge/", relations.merge, name="merge"),
    path("requests/<str:number>/links/", relations.links, name="links"),
    path("requests/<str:number>/contacts/", relations.contacts, name="contacts"),
    path("requests/<str:number>/contacts/<int:contact_id>/", relations.contact, name="contact"),
]

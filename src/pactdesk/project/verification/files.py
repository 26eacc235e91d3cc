"""Each file stands where it belongs (REQ-2). Whether its bytes are there, too, is looked at by `shelf`."""

from __future__ import annotations

from pactdesk.project.verification.check import Check

CHECKS = (
    Check(
        code="file-with-its-message",
        claim="each that came with a message or a draft is in the same request, and seen by the same people",
        of="files of requests",
        counts="SELECT count(*) FROM cases_attachment WHERE case_id IS NOT NULL",
        finds="""
            SELECT file.id::text AS place,
              'file ' || file.id || ': it is in PD-' || file.case_id || ', its ' || CASE
                WHEN message.case_id <> file.case_id THEN 'message in PD-' || message.case_id
                WHEN draft.id IS NOT NULL THEN 'draft became ' || coalesce('PD-' || draft.case_id, 'no request')
                ELSE 'message is ' || message.kind
              END AS what
            FROM cases_attachment AS file
            LEFT JOIN cases_message AS message ON message.id = file.message_id
            LEFT JOIN cases_draft AS draft ON draft.id = file.draft_id
            WHERE file.case_id IS NOT NULL AND (
              message.case_id <> file.case_id
              OR (message.kind = 'internal') <> file.internal
              OR (draft.id IS NOT NULL AND draft.case_id IS DISTINCT FROM file.case_id)
            )
        """,
    ),
)

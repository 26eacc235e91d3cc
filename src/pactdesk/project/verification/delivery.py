"""What happened is written down, and whoever is to be told is told (WIZ-6).

A fact and its job, a mail and its job are each written in one transaction, and a job ends after the next thing stands.
So at every moment one of them is there; where none is, nobody will ever be told.
"""

from __future__ import annotations

from pactdesk.project.verification.check import Check

_OPENINGS = "SELECT count(*) FROM journal_fact WHERE code = 'case.opened'"
# Nobody is told of a test.
_REAL_OPENINGS = f"""
    {_OPENINGS} AND NOT EXISTS (SELECT 1 FROM cases_case AS test WHERE test.id = subject_id AND test.is_test)
"""  # noqa: S608 - the constant above
_QUEUED = "SELECT count(*) FROM notifications_outgoingmail WHERE state = 'queued'"

# Openings that the outbox has no mail for. A mail's key begins with the code of its fact and the number of the request.
_WITHOUT_MAIL = """
    journal_fact AS fact
    WHERE fact.code = 'case.opened'
      AND NOT EXISTS (SELECT 1 FROM cases_case AS test WHERE test.id = fact.subject_id AND test.is_test)
      AND NOT EXISTS (
        SELECT 1 FROM notifications_outgoingmail AS mail
        WHERE split_part(mail.key, ':', 1) = fact.code AND split_part(mail.key, ':', 2) = fact.subject_id::text
      )
"""

_HAS_NO_JOB = """
      AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs AS job
        WHERE job.status IN ('todo', 'doing') AND job.task_name IN ({tasks})
          AND job.args ->> '{argument}' = {row}.id::text
      )
"""
_FACT_HAS_NO_JOB = _HAS_NO_JOB.format(
    tasks="'pactdesk.journal.tasks.fan_out', 'pactdesk.notifications.tasks.confirm_opening'",
    argument="fact_id",
    row="fact",
)
_MAIL_HAS_NO_JOB = _HAS_NO_JOB.format(
    tasks="'pactdesk.notifications.tasks.send'", argument="mail_id", row="mail"
)

CHECKS = (
    Check(
        code="opening-recorded-once",
        claim="the journal tells the opening of each exactly once",
        of="requests",
        counts="SELECT count(*) FROM cases_case",
        finds="""
            SELECT request.id AS place,
              'PD-' || request.id || ': its opening is told ' || coalesce(facts, 0) || ' times' AS what
            FROM cases_case AS request
            LEFT JOIN (
              SELECT subject_id, count(*) AS facts FROM journal_fact
              WHERE code = 'case.opened' AND subject_type = 'case' GROUP BY subject_id
            ) AS told ON told.subject_id = request.id
            WHERE coalesce(facts, 0) <> 1
        """,
    ),
    Check(
        code="opening-of-request",
        claim="each is about a request that exists",
        of="openings in the journal",
        counts=_OPENINGS,
        finds="""
            SELECT fact.id AS place,
              'fact ' || fact.id || ': there is no ' || subject_type || ' ' || subject_id AS what
            FROM journal_fact AS fact
            LEFT JOIN cases_case AS request ON request.id = fact.subject_id AND fact.subject_type = 'case'
            WHERE fact.code = 'case.opened' AND request.id IS NULL
        """,
    ),
    Check(
        code="opening-will-be-mailed",
        claim="each has its mail, or a job that will write it",
        of="openings in the journal",
        counts=_REAL_OPENINGS,
        finds=f"""
            SELECT fact.id AS place,
              'fact ' || fact.id || ': no mail about PD-' || subject_id || ', and no job that will write it' AS what
            FROM {_WITHOUT_MAIL} {_FACT_HAS_NO_JOB}
        """,  # noqa: S608 - put together from the constants above
    ),
    Check(
        code="queued-mail-has-job",
        claim="each has a job that will hand it over",
        of="queued mails",
        counts=_QUEUED,
        finds=f"""
            SELECT mail.id AS place, 'mail ' || mail.id || ': queued, and no job will hand it over' AS what
            FROM notifications_outgoingmail AS mail
            WHERE mail.state = 'queued' {_MAIL_HAS_NO_JOB}
        """,  # noqa: S608 - put together from the constants above
    ),
    Check(
        code="opening-mailed-in-time",
        claim="none waits for its mail for more than 15 minutes",
        of="openings in the journal",
        counts=_REAL_OPENINGS,
        finds=f"""
            SELECT fact.id AS place,
              'fact ' || fact.id || ': no mail about PD-' || subject_id || ' since '
                || to_char(fact.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' AS what
            FROM {_WITHOUT_MAIL} AND fact.at < %(late)s
        """,  # noqa: S608 - put together from the constants above
        only_late=True,
    ),
    Check(
        code="mail-handed-over-in-time",
        claim="none is queued for more than 15 minutes",
        of="queued mails",
        counts=_QUEUED,
        finds="""
            SELECT mail.id AS place,
              'mail ' || mail.id || ': queued since '
                || to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, tried ' || attempts
                || ' times' AS what
            FROM notifications_outgoingmail AS mail
            WHERE mail.state = 'queued' AND mail.created_at < %(late)s
        """,
        only_late=True,
    ),
)

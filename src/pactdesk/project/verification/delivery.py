"""What happened is written down, and whoever is to be told is told (WIZ-6).

A fact and its job, a mail and its job, a webhook and its job are each written in one transaction, and a job ends after
the next thing stands. So at every moment one of them is there; where none is, nobody will ever be told.
"""

from __future__ import annotations

from pactdesk.notifications.rules.telling import FACT_CODES
from pactdesk.project.verification.check import Check

_OPENINGS = "SELECT count(*) FROM journal_fact WHERE code = 'case.opened'"
_QUEUED = "SELECT count(*) FROM notifications_outgoingmail WHERE state = 'queued'"
_DELIVERIES = "SELECT count(*) FROM notifications_webhookdelivery WHERE state = 'queued'"
_CODES = ", ".join(f"'{code}'" for code in FACT_CODES)
_TELLING = f"SELECT count(*) FROM journal_fact WHERE code IN ({_CODES})"  # noqa: S608 - constants of ours

# Facts about which somebody may have to be told, and of which nobody has thought yet.
_UNTOLD = f"""
    journal_fact AS fact
    WHERE fact.code IN ({_CODES})
      AND NOT EXISTS (SELECT 1 FROM notifications_toldfact AS told WHERE told.fact_id = fact.id)
"""  # noqa: S608 - constants of ours

_HAS_NO_JOB = """
      AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs AS job
        WHERE job.status IN ('todo', 'doing') AND job.task_name IN ({tasks})
          AND job.args ->> '{argument}' = {row}.{column}::text
      )
"""
_FACT_HAS_NO_JOB = _HAS_NO_JOB.format(
    tasks="'pactdesk.journal.tasks.fan_out', 'pactdesk.notifications.tasks.write_letters'",
    argument="fact_id",
    row="fact",
    column="id",
)
_MAIL_HAS_NO_JOB = _HAS_NO_JOB.format(
    tasks="'pactdesk.notifications.tasks.send'", argument="mail_id", row="mail", column="id"
)
_RECEIVED_HAS_NO_JOB = _HAS_NO_JOB.format(
    tasks="'pactdesk.mailbox.tasks.process'", argument="mail_id", row="mail", column="id"
)
_ENDPOINT_HAS_NO_JOB = _HAS_NO_JOB.format(
    tasks="'pactdesk.notifications.tasks.deliver'",
    argument="endpoint_id",
    row="delivery",
    column="endpoint_id",
)
# Whoever asks for something to be sent again leaves a fact, whose job queues the call.
_NOBODY_HAS_JUST_ASKED = """
      AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs AS job JOIN journal_fact AS fact ON job.args ->> 'fact_id' = fact.id::text
        WHERE job.status IN ('todo', 'doing') AND job.task_name = 'pactdesk.journal.tasks.fan_out'
          AND fact.code = 'webhook.deliveries-queued' AND fact.subject_id = delivery.endpoint_id
      )
"""

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
        code="fact-will-be-told",
        claim="those who are to know are told, or a job will tell them",
        of="facts about requests",
        counts=_TELLING,
        finds=f"""
            SELECT fact.id AS place,
              'fact ' || fact.id || ': nobody was told ' || code || ' of PD-' || subject_id
                || ', and no job will do it' AS what
            FROM {_UNTOLD} {_FACT_HAS_NO_JOB}
        """,  # noqa: S608 - put together from the constants above
    ),
    Check(
        code="letters-are-there",
        claim="each has as many letters as were written",
        of="told facts",
        counts="SELECT count(*) FROM notifications_toldfact",
        finds="""
            SELECT told.fact_id AS place,
              'fact ' || told.fact_id || ': ' || letters || ' letters were written, ' || coalesce(mails, 0)
                || ' are there' AS what
            FROM notifications_toldfact AS told
            LEFT JOIN (
              SELECT mail.fact_id, count(*) AS mails FROM notifications_outgoingmail AS mail
              JOIN notifications_toldfact AS known ON known.fact_id = mail.fact_id GROUP BY mail.fact_id
            ) AS there ON there.fact_id = told.fact_id
            WHERE letters <> coalesce(mails, 0)
        """,
    ),
    Check(
        code="opening-is-confirmed",
        claim="each that was told has its confirmation, unless it is a test or made for a customer",
        of="openings in the journal",
        counts=_OPENINGS,
        finds="""
            SELECT fact.id AS place, 'fact ' || fact.id || ': no confirmation of PD-' || fact.subject_id AS what
            FROM journal_fact AS fact
            JOIN notifications_toldfact AS told ON told.fact_id = fact.id
            JOIN cases_case AS request ON request.id = fact.subject_id
            WHERE fact.code = 'case.opened' AND NOT request.is_test
              -- Whose right has ended meanwhile is not told.
              AND request.customer_id IS NULL
              AND NOT EXISTS (SELECT 1 FROM notifications_outgoingmail AS mail WHERE mail.fact_id = fact.id)
        """,
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
        code="delivery-has-job",
        claim="each has a job that will call its endpoint",
        of="queued webhooks",
        counts=_DELIVERIES,
        finds=f"""
            SELECT delivery.id AS place,
              'webhook ' || delivery.id || ': queued, and no job will call endpoint ' || endpoint_id AS what
            FROM notifications_webhookdelivery AS delivery
            WHERE delivery.state = 'queued' {_ENDPOINT_HAS_NO_JOB} {_NOBODY_HAS_JUST_ASKED}
        """,  # noqa: S608 - put together from the constants above
    ),
    Check(
        code="received-mail-has-job",
        claim="each that nobody has looked at has a job that will",
        of="received mails",
        counts="SELECT count(*) FROM mailbox_receivedmail WHERE state = 'received'",
        finds=f"""
            SELECT mail.id AS place, 'received mail ' || mail.id || ': no job will process it' AS what
            FROM mailbox_receivedmail AS mail
            WHERE mail.state = 'received' {_RECEIVED_HAS_NO_JOB}
        """,  # noqa: S608 - put together from the constants above
    ),
    Check(
        code="fact-told-in-time",
        claim="those who are to know are told within 15 minutes",
        of="facts about requests",
        counts=_TELLING,
        finds=f"""
            SELECT fact.id AS place,
              'fact ' || fact.id || ': nobody was told ' || code || ' of PD-' || subject_id || ' since '
                || to_char(fact.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' AS what
            FROM {_UNTOLD} AND fact.at < %(late)s
        """,  # noqa: S608 - put together from the constants above
        only_late=True,
    ),
    Check(
        code="webhook-called-in-time",
        claim="none waits for more than 15 minutes after it became due",
        of="queued webhooks",
        counts=_DELIVERIES,
        finds="""
            SELECT delivery.id AS place,
              'webhook ' || delivery.id || ': due since '
                || to_char(next_attempt_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' AS what
            FROM notifications_webhookdelivery AS delivery
            JOIN notifications_webhookendpoint AS endpoint ON endpoint.id = delivery.endpoint_id
            WHERE delivery.state = 'queued' AND next_attempt_at < %(late)s AND coalesce(resume_at < %(late)s, true)
        """,
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

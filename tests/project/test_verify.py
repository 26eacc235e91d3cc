"""`verify` names what is wrong: each invariant is broken here, and exactly its check has to see it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from pactdesk.agreements import ledger
from pactdesk.cases.facts import CaseOpened
from pactdesk.cases.models import Attachment
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.rules.status import Side
from pactdesk.cases.services import files
from pactdesk.cases.services.conversation import reply
from pactdesk.cases.services.submission import submit
from pactdesk.imports.rules import Options
from pactdesk.imports.services import import_at_once
from pactdesk.journal import queries as journal_queries
from pactdesk.journal import services as journal
from pactdesk.kernel.ids import new_key
from pactdesk.kernel.storage import shelf
from pactdesk.mailbox.services.receiving import receive
from pactdesk.notifications import tasks
from pactdesk.notifications.services import endpoints, telling
from pactdesk.project.verification import GROUPS, prove
from pactdesk.project.verification.guards import TRIGGERS
from tests import world
from tests.attachments import LOG, put
from tests.drafts import problem, ready
from tests.imported import table

NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
ELENI = Person("Eleni", "eleni@olive-grove-foods.example")

pytestmark = pytest.mark.req("AGR-10")


@dataclass(frozen=True, slots=True)
class Lived:
    """A database in which something has happened: a paid request, told and mailed."""

    plan: int
    another_plan: int
    number: int
    mail: int


@pytest.fixture(autouse=True)
def _a_shelf_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {"BACKEND": "pactdesk.kernel.storage.Folder", "OPTIONS": {"location": tmp_path / "files"}},
    }


@pytest.fixture
def lived(db: None) -> Lived:
    carla = world.viewer("carla")
    plan = world.agreement(units=3, registered=["carla"], at=NOW)
    another = world.agreement(units=5, at=NOW)
    draft_id = ready(carla, plan.id, at=NOW, share=(ELENI,))
    put(Place(draft_id=draft_id), carla, at=NOW)
    submitted = submit(draft_id, terms_accepted=True, actor=carla, at=NOW)
    message = reply(submitted.number, "See the log.", key=new_key(), actor=carla, at=NOW, via="mail")
    files.store_bytes(
        submitted.number,
        "error.log",
        LOG,
        side=Side.REQUESTER,
        uploader_id=carla.account_id,
        uploader_name=carla.name,
        message_id=message.message_id,
        at=NOW,
    )
    facts = journal_queries.facts_about("case", submitted.number)
    (mail,) = (letter for fact in facts for letter in telling.tell(fact.id, at=NOW))
    tasks.queue_sending(mail)
    sql("SET CONSTRAINTS ALL IMMEDIATE")  # tables with checks to come cannot be altered
    return Lived(plan.id, another.id, submitted.number, mail)


def sql(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@contextmanager
def without(table: str, *triggers: str) -> Iterator[None]:
    """The table's guards, off for a moment, as its owner can switch them."""
    for trigger in triggers:
        sql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    yield
    for trigger in triggers:
        sql(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def broken(at: datetime = NOW) -> dict[str, tuple[str, ...]]:
    """The checks that see something wrong, with what they say."""
    return {outcome.check.code: outcome.examples for _, outcome in prove(at=at) if outcome.is_broken}


def late(at: datetime) -> set[str]:
    return {outcome.check.code for _, outcome in prove(at=at) if outcome.is_late}


def test_nothing_is_wrong_where_everything_went_through_the_services(lived: Lived) -> None:
    assert broken() == {}
    assert late(NOW) == set()
    looked_at = {outcome.check.code: outcome.looked_at for _, outcome in prove(at=NOW)}
    assert looked_at["balance-is-sum"] == 2
    assert looked_at["balance-after-adds-up"] == 3
    assert looked_at["contact-knows-state"] == 2
    assert looked_at["queued-mail-has-job"] == 1


# Guards


@pytest.mark.parametrize(
    "way", ["ALTER TABLE {table} DISABLE TRIGGER {trigger}", "DROP TRIGGER {trigger} ON {table}"]
)
def test_a_trigger_that_is_off_or_gone_is_named(lived: Lived, way: str) -> None:
    assert broken() == {}
    for guarded, trigger, _ in TRIGGERS:
        before = transaction.savepoint()
        sql(way.format(table=guarded, trigger=trigger))
        outcomes = (outcome for _, outcome in prove(at=NOW))
        (said,) = next(each.examples for each in outcomes if each.check.code == "triggers-at-work")
        assert said.startswith(f"trigger {trigger} on {guarded}: ")
        outcomes.close()
        transaction.savepoint_rollback(before)


def test_a_trigger_that_does_something_else_is_named(lived: Lived) -> None:
    sql("DROP TRIGGER ledger_append_only ON agreements_ledgerentry")
    sql(
        "CREATE TRIGGER ledger_append_only BEFORE UPDATE ON agreements_ledgerentry "
        "FOR EACH ROW EXECUTE FUNCTION agreements_start_empty()"
    )
    (said,) = broken()["triggers-at-work"]
    assert said.endswith("calls agreements_start_empty instead of journal_refuse_change")


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            ["ALTER TABLE agreements_agreement DROP CONSTRAINT agreement_balance_within_overdraft"],
            "constraint agreement_balance_within_overdraft on agreements_agreement: missing",
        ),
        (
            [
                "ALTER TABLE agreements_agreement DROP CONSTRAINT agreement_balance_within_overdraft",
                "ALTER TABLE agreements_agreement ADD CONSTRAINT agreement_balance_within_overdraft "
                "CHECK (units_left >= 0) NOT VALID",
            ],
            "constraint agreement_balance_within_overdraft on agreements_agreement: not valid",
        ),
        (["DROP INDEX contact_one_primary"], "constraint contact_one_primary on cases_contact: missing"),
        (
            ["DROP INDEX contact_one_primary", "CREATE INDEX contact_one_primary ON cases_contact (case_id)"],
            "constraint contact_one_primary on cases_contact: not valid",
        ),
        (
            ["ALTER TABLE agreements_ledgerentry DROP CONSTRAINT ledger_key_once"],
            "constraint ledger_key_once on agreements_ledgerentry: missing",
        ),
    ],
)
def test_a_constraint_that_is_gone_or_not_valid_is_named(
    lived: Lived, statements: Sequence[str], said: str
) -> None:
    for statement in statements:
        sql(statement)
    assert broken() == {"constraints-at-work": (said,)}


# Data. Each function breaks one thing; beside it stand the checks that have to see it, and no other may.


def a_balance_below_zero(lived: Lived) -> None:
    sql("ALTER TABLE agreements_agreement DROP CONSTRAINT agreement_balance_within_overdraft")
    with without("agreements_agreement", "agreement_balance_by_ledger_only"):
        sql("UPDATE agreements_agreement SET units_left = -1 WHERE id = %s", lived.plan)


def a_balance_set_by_hand(lived: Lived) -> None:
    with without("agreements_agreement", "agreement_balance_by_ledger_only"):
        sql("UPDATE agreements_agreement SET units_left = units_left + 1 WHERE id = %s", lived.plan)


def an_entry_removed(lived: Lived) -> None:
    with without("agreements_ledgerentry", "ledger_append_only"):
        sql("DELETE FROM agreements_ledgerentry WHERE kind = 'deduct'")


def a_gap_in_the_positions(lived: Lived) -> None:
    with without("agreements_ledgerentry", "ledger_append_only"):
        sql("UPDATE agreements_ledgerentry SET position = position + 1 WHERE kind = 'deduct'")


def an_entry_that_nobody_counted(lived: Lived) -> None:
    with without("agreements_agreement", "agreement_balance_by_ledger_only"):
        sql("UPDATE agreements_agreement SET entry_count = entry_count - 1 WHERE id = %s", lived.plan)


def a_balance_after_rewritten(lived: Lived) -> None:
    with without("agreements_ledgerentry", "ledger_append_only"):
        sql("UPDATE agreements_ledgerentry SET balance_after = 7 WHERE kind = 'deduct'")


def a_key_posted_twice(lived: Lived) -> None:
    sql("ALTER TABLE agreements_ledgerentry DROP CONSTRAINT ledger_key_once")
    for _ in range(2):
        ledger.adjust(lived.plan, units=1, key="twice", actor_id=None, at=NOW, note="Once more")


def a_second_deduction(lived: Lived) -> None:
    ledger.deduct(lived.plan, case_number=lived.number, key="second", actor_id=None, at=NOW)


def a_credit_too_many(lived: Lived) -> None:
    for key in ("credit", "another credit"):
        ledger.credit(lived.plan, case_number=lived.number, key=key, actor_id=None, at=NOW, note="")


def a_credit_too_large(lived: Lived) -> None:
    ledger.credit(lived.plan, case_number=lived.number, key="credit", actor_id=None, at=NOW, note="", units=2)


def a_paid_request_without_deduction(lived: Lived) -> None:
    with without("agreements_ledgerentry", "ledger_append_only"):
        sql("UPDATE agreements_ledgerentry SET kind = 'adjust' WHERE kind = 'deduct'")


def time_that_was_written_and_not_charged(lived: Lived) -> None:
    carla = world.viewer("carla")
    hours = world.agreement("partner-advisory-hours-20", registered=["carla"], at=NOW)
    about = problem(category="advice", problem="how-to")
    draft = ready(carla, hours.id, at=NOW, severity="C", problem_answer=about)
    number = submit(draft, terms_accepted=True, actor=carla, at=NOW).number
    sql(
        "INSERT INTO cases_advisorytime (case_id, consultant_id, day, minutes, note, written_at, key) "
        "VALUES (%s, %s, %s, 95, 'Sizing', %s, gen_random_uuid())",
        number,
        world.person("ines").pk,
        NOW.date(),
        NOW,
    )


def a_test_that_was_charged(lived: Lived) -> None:
    sql("UPDATE cases_case SET is_test = true")


def a_deduction_for_a_request_that_is_not_there(lived: Lived) -> None:
    ledger.deduct(lived.plan, case_number=999_999, key="nowhere", actor_id=None, at=NOW)


def a_deduction_for_a_request_that_nothing_pays(lived: Lived) -> None:
    sql("UPDATE cases_case SET agreement_id = NULL")


def a_deduction_from_another_agreement(lived: Lived) -> None:
    sql("UPDATE cases_case SET agreement_id = %s", lived.another_plan)


def a_sent_draft_that_forgot_its_request(lived: Lived) -> None:
    sql("UPDATE cases_draft SET case_id = NULL")


def a_request_with_another_key(lived: Lived) -> None:
    sql("UPDATE cases_case SET draft_key = gen_random_uuid()")


def a_request_without_primary_contact(lived: Lived) -> None:
    sql("UPDATE cases_contact SET role = 'additional'")


def a_request_without_contacts(lived: Lived) -> None:
    sql("DELETE FROM cases_contact")


def two_primary_contacts(lived: Lived) -> None:
    sql("DROP INDEX contact_one_primary")
    sql("UPDATE cases_contact SET role = 'primary'")


def a_closed_request_listed_as_open(lived: Lived) -> None:
    sql("UPDATE cases_case SET status = 'closed', closed_at = now(), outcome = 'decrement'")


def an_open_request_listed_as_closed(lived: Lived) -> None:
    sql("UPDATE cases_contact SET is_open = false WHERE role = 'additional'")


def an_opening_told_twice(lived: Lived) -> None:
    told_anew = CaseOpened(case=lived.number, severity="B", hours="business", agreement=lived.plan)
    journal.record(told_anew, actor_id=None, at=NOW)


def an_opening_untold(lived: Lived) -> None:
    with without("journal_fact", "journal_fact_append_only"):
        sql("DELETE FROM journal_fact WHERE code = 'case.opened'")


def an_opening_of_nothing(lived: Lived) -> None:
    journal.record(
        CaseOpened(case=999_999, severity="B", hours="business", agreement=None), actor_id=None, at=NOW
    )


def a_fact_that_nobody_will_tell(lived: Lived) -> None:
    sql("DELETE FROM notifications_toldfact")
    sql("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'pactdesk.journal.tasks.fan_out'")


def a_letter_removed(lived: Lived) -> None:
    sql("UPDATE notifications_toldfact SET letters = letters + 1")


def an_opening_without_confirmation(lived: Lived) -> None:
    sql("DELETE FROM notifications_outgoingmail")
    sql("UPDATE notifications_toldfact SET letters = 0")


def a_queued_webhook_without_job(lived: Lived) -> None:
    _webhook()
    sql("DELETE FROM procrastinate_jobs WHERE args ->> 'fact_id' = (SELECT max(id)::text FROM journal_fact)")


def _webhook() -> None:
    """A test that waits for an endpoint of Carla's."""
    carla = world.viewer("carla")
    new = endpoints.add_endpoint(
        "https://hooks.example.com/", description="", events=["request.opened"], actor=carla, at=NOW
    )
    endpoints.send_test(new.endpoint_id, actor=carla, at=NOW)


def a_queued_mail_without_job(lived: Lived) -> None:
    sql("DELETE FROM procrastinate_jobs WHERE task_name = 'pactdesk.notifications.tasks.send'")


def a_file_moved_to_another_request(lived: Lived) -> None:
    carla = world.viewer("carla")
    other = submit(ready(carla, lived.plan, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    sql("UPDATE cases_attachment SET case_id = %s WHERE message_id IS NOT NULL", other)


def a_file_of_a_message_that_only_the_desk_sees(lived: Lived) -> None:
    sql("UPDATE cases_attachment SET internal = true, side = 'vendor' WHERE message_id IS NOT NULL")


def a_file_of_a_draft_in_another_request(lived: Lived) -> None:
    carla = world.viewer("carla")
    other = submit(ready(carla, lived.plan, at=NOW), terms_accepted=True, actor=carla, at=NOW).number
    sql("UPDATE cases_attachment SET case_id = %s WHERE draft_id IS NOT NULL", other)


def a_file_without_bytes(lived: Lived) -> None:
    shelf().delete(Attachment.objects.exclude(message=None).get().storage_key)


def a_file_cut_off(lived: Lived) -> None:
    shelf().put(Attachment.objects.exclude(message=None).get().storage_key, io.BytesIO(LOG[:-1]))


def a_received_mail_without_job(lived: Lived) -> None:
    receive(b"Subject: x\r\n\r\n", door="lmtp", envelope_from="a@x.example", at=NOW)
    assert broken() == {}
    sql("DELETE FROM procrastinate_jobs WHERE task_name = 'pactdesk.mailbox.tasks.process'")


def a_row_of_an_import_lost(lived: Lived) -> None:
    import_at_once(table({}, {}).encode(), "ledger.csv", Options(), actor_id=None, at=NOW)
    assert broken() == {}
    with without("imports_line", "import_line_append_only"):
        sql("DELETE FROM imports_line WHERE row = 2")


BREAKS: dict[Callable[[Lived], None], set[str]] = {
    a_balance_below_zero: {"balance-not-negative", "balance-is-sum", "constraints-at-work"},
    a_balance_set_by_hand: {"balance-is-sum"},
    an_entry_removed: {"balance-is-sum", "positions-without-gaps", "paid-once", "charged-as-posted"},
    a_gap_in_the_positions: {"positions-without-gaps"},
    an_entry_that_nobody_counted: {"positions-without-gaps"},
    a_balance_after_rewritten: {"balance-after-adds-up"},
    a_key_posted_twice: {"key-once", "constraints-at-work"},
    a_second_deduction: {"paid-once", "charged-as-posted"},
    a_credit_too_many: {"paid-once", "charged-as-posted"},
    a_credit_too_large: {"paid-once", "charged-as-posted"},
    a_paid_request_without_deduction: {"paid-once", "charged-as-posted"},
    a_test_that_was_charged: {"test-costs-nothing"},
    a_deduction_for_a_request_that_is_not_there: {"deduction-names-request"},
    a_deduction_for_a_request_that_nothing_pays: {"deduction-names-request"},
    a_deduction_from_another_agreement: {"deduction-names-request"},
    a_sent_draft_that_forgot_its_request: {"draft-points-to-request", "file-with-its-message"},
    a_request_with_another_key: {"draft-points-to-request"},
    a_request_without_primary_contact: {"one-primary-contact"},
    a_request_without_contacts: {"one-primary-contact"},
    two_primary_contacts: {"one-primary-contact", "constraints-at-work"},
    a_closed_request_listed_as_open: {"contact-knows-state", "state-fits", "closing-told"},
    time_that_was_written_and_not_charged: {"advice-costs-its-time"},
    an_open_request_listed_as_closed: {"contact-knows-state"},
    an_opening_told_twice: {"opening-recorded-once"},
    an_opening_untold: {"opening-recorded-once"},
    an_opening_of_nothing: {"opening-of-request"},
    a_fact_that_nobody_will_tell: {"fact-will-be-told"},
    a_letter_removed: {"letters-are-there"},
    an_opening_without_confirmation: {"opening-is-confirmed"},
    a_queued_webhook_without_job: {"delivery-has-job"},
    a_queued_mail_without_job: {"queued-mail-has-job"},
    a_file_moved_to_another_request: {"file-with-its-message"},
    a_file_of_a_message_that_only_the_desk_sees: {"file-with-its-message"},
    a_file_of_a_draft_in_another_request: {"file-with-its-message"},
    a_file_without_bytes: {"file-has-its-bytes"},
    a_file_cut_off: {"file-has-its-bytes"},
    a_row_of_an_import_lost: {"import-made-what-it-says"},
    a_received_mail_without_job: {"received-mail-has-job"},
}


@pytest.mark.parametrize("damage", BREAKS, ids=lambda damage: damage.__name__)
def test_damage_is_seen_by_its_check_and_by_no_other(lived: Lived, damage: Callable[[Lived], None]) -> None:
    damage(lived)
    assert set(broken()) == BREAKS[damage]


def test_every_check_is_seen_to_fail() -> None:
    from tests.project.test_verify_purchases import PURCHASE_BREAKS
    from tests.project.test_verify_rights import RIGHTS_BREAKS
    from tests.project.test_verify_work import WORK_BREAKS

    breaks = (BREAKS, PURCHASE_BREAKS, RIGHTS_BREAKS, WORK_BREAKS)
    seen = {code for each in breaks for codes in each.values() for code in codes} | {
        "triggers-at-work",
        "file-reads-as-sent",
    }
    lateness = {
        "fact-told-in-time",
        "mail-handed-over-in-time",
        "webhook-called-in-time",
        "bytes-belong-to-file",
        "timer-looked-at-in-time",
        "payment-handled-in-time",
    }
    assert seen | lateness == {check.code for checks in GROUPS.values() for check in checks}


def test_every_check_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "verify-the-database.md").read_text(
        encoding="utf-8"
    )
    codes = {check.code for checks in GROUPS.values() for check in checks}
    assert set(re.findall(r"^\| `([a-z-]+)`", page, flags=re.MULTILINE)) == codes


def test_what_is_wrong_is_named_by_its_id(lived: Lived) -> None:
    a_second_deduction(lived)
    a_balance_set_by_hand(lived)
    said = broken()
    assert said["paid-once"] == (f"PD-{lived.number}: 2 deductions and 0 credits, together -2 units",)
    assert said["balance-is-sum"] == (f"agreement {lived.plan}: 2 left, but its entries add up to 1",)


def test_a_mail_that_waits_is_late_and_nothing_is_broken(lived: Lived) -> None:
    in_time, too_late = NOW + timedelta(minutes=15), NOW + timedelta(minutes=15, seconds=1)
    assert late(in_time) == set()
    assert late(too_late) == {"mail-handed-over-in-time"}
    sql("DELETE FROM notifications_outgoingmail")
    sql("DELETE FROM notifications_toldfact")
    assert late(in_time) == set()
    assert late(too_late) == {"fact-told-in-time"}
    assert broken(too_late) == {}


def test_a_file_that_reads_otherwise_is_seen_where_files_are_read(lived: Lived) -> None:
    file = Attachment.objects.exclude(message=None).get()
    shelf().put(file.storage_key, io.BytesIO(LOG.replace(b"1722", b"1723")))
    assert broken() == {}
    (said,) = [outcome.examples for _, outcome in prove(at=NOW, read_files=True) if outcome.is_broken]
    assert said == (f"file {file.pk}: its bytes are not those that were sent",)


def test_bytes_without_a_file_are_late_after_a_day_but_for_pieces_on_their_way(lived: Lived) -> None:
    carla = world.viewer("carla")
    draft = Place(draft_id=ready(carla, lived.plan, at=NOW))
    begun = files.start(draft, "dump.bin", 11 * 1024 * 1024, actor=carla, at=NOW)
    files.append(draft, begun.id, 0, io.BytesIO(bytes(5 * 1024 * 1024)), actor=carla, at=NOW)
    shelf().put("ab/cd/orphan", io.BytesIO(b"left behind"))
    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    assert "bytes-belong-to-file" not in late(datetime.now(UTC) + timedelta(hours=23))
    (said,) = [
        outcome.examples for _, outcome in prove(at=tomorrow) if outcome.check.code == "bytes-belong-to-file"
    ]
    assert [each.partition(":")[0] for each in said] == ["ab/cd/orphan"]


def test_a_shelf_that_is_away_is_named(lived: Lived, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {
            "BACKEND": "pactdesk.kernel.bucket.Bucket",
            "OPTIONS": {
                "endpoint_url": "http://127.0.0.1:9",
                "bucket_name": "x",
                "access_key": "k",
                "secret_key": "s",
            },
        },
    }
    (said,) = broken()["file-has-its-bytes"]
    assert said.startswith("the shelf cannot be looked through: ")


def test_a_webhook_that_waits_is_late_unless_its_endpoint_is_spared(lived: Lived) -> None:
    _webhook()
    in_time, too_late = NOW + timedelta(minutes=15), NOW + timedelta(minutes=15, seconds=1)
    assert late(in_time) == set()
    assert "webhook-called-in-time" in late(too_late)
    sql("UPDATE notifications_webhookendpoint SET resume_at = %s", too_late)
    assert "webhook-called-in-time" not in late(too_late)


# The command


def verify(*arguments: str) -> tuple[str, int]:
    """What `pactdesk verify` prints, and its exit status."""
    printed = io.StringIO()
    try:
        call_command("verify", *arguments, stdout=printed, no_color=True)
    except SystemExit as left:
        return printed.getvalue(), int(left.code or 0)
    return printed.getvalue(), 0


def test_the_command_counts_what_it_looked_at_and_leaves_with_0(lived: Lived) -> None:
    printed, status = verify()
    assert status == 0
    assert "  ok               2 agreements                each balance is the sum of its entries" in printed
    assert "0 broken" in printed


def test_the_command_leaves_with_1_and_names_at_most_ten(db: None) -> None:
    for _ in range(12):
        world.agreement(at=NOW)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with without("agreements_agreement", "agreement_balance_by_ledger_only"):
        sql("UPDATE agreements_agreement SET units_left = units_left + 1")
    printed, status = verify()
    assert status == 1
    assert printed.count("21 left, but its entries add up to 20") == 10
    assert "… and 2 more" in printed
    assert "1 broken" in printed


def test_what_is_late_counts_only_where_it_is_asked_for(lived: Lived) -> None:
    sql("UPDATE notifications_outgoingmail SET created_at = '2020-01-01T00:00:00Z'")
    sql("UPDATE procrastinate_jobs SET status = 'doing'")
    sql("UPDATE cases_timer SET next_at = NULL")
    printed, status = verify()
    assert (status, "1 late, 0 broken" in printed) == (0, True)
    assert verify("--strict")[1] == 1


@pytest.mark.django_db(transaction=True)
def test_all_checks_see_one_state_and_write_nothing() -> None:
    outcomes = prove(at=NOW)
    next(outcomes)
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == ("on",)
    with ThreadPoolExecutor(1) as meanwhile:
        meanwhile.submit(_tell_of_nothing).result()
    assert not any(outcome.is_broken for _, outcome in outcomes)
    assert set(broken()) == {"opening-of-request"}


def _tell_of_nothing() -> None:
    with transaction.atomic():
        journal.record(
            CaseOpened(case=999_999, severity="B", hours="business", agreement=None), actor_id=None, at=NOW
        )
    connection.close()

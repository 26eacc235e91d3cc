"""What the people of the demo world asked, and what two of their drafts say so far; what came of it is in `talks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.conf import settings

from pactdesk.accounts.access import viewer_of
from pactdesk.accounts.models import Account
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, BUSINESS_HOURS, Person, Problem, Support
from pactdesk.cases.rules.steps import CONTACT, PROBLEM, SHARE, SUPPORT, VERIFY
from pactdesk.cases.services import drafts
from pactdesk.cases.services.drafts import StepValue
from pactdesk.cases.services.looking import look
from pactdesk.cases.services.saved_replies import keep_reply
from pactdesk.cases.services.submission import submit
from pactdesk.journal import queries as journal
from pactdesk.kernel.ids import new_key
from pactdesk.notifications import tasks
from pactdesk.notifications.rules.telling import FACT_CODES
from pactdesk.notifications.services import outbox, telling
from pactdesk.project.demo.talks import SAVED_REPLIES, TALKS, Step

# The contacts looked at their requests for the last time so long ago: what came later is new to them.
LAST_LOOK = timedelta(hours=20)

# A colleague of Carla's who has no account.
ELENI = Person("Eleni Vasilaki", "eleni@olive-grove-foods.example", "+30 2721 054321", "Europe/Athens", "en")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request or draft of somebody, `ago` before now.

    `paid_by` names an agreement; None where nothing is deducted. `primary` is the primary contact, None for whoever
    asks; `shared_with` are further contacts. `done` are the steps that are answered.
    """

    by: str
    ago: timedelta
    problem: Problem
    paid_by: str | None = None
    severity: str = "B"
    night: tuple[str, str] | None = None
    primary: Person | None = None
    shared_with: tuple[str, ...] = ()
    done: tuple[str, ...] = (PROBLEM, SUPPORT, CONTACT, SHARE, VERIFY)
    # Somebody of the customer for whose organization it is made; None for the own tenant.
    for_customer: str | None = None


# In the order in which they were sent, because numbers and balances follow it.
REQUESTS = (
    Asked(
        "carla",
        timedelta(days=9, hours=3),
        Problem(
            "exchange-server",
            "subscription-edition",
            "",
            "mail-flow",
            "queues-grow",
            "Mail to customers waits in the queue for hours",
            "Since Monday, mail to addresses outside our company stays in the queue with status Retry. Mail among "
            "ourselves arrives at once.\n\n"
            "What we saw: about 1,400 messages in the queue, last error 421 4.4.1 Connection timed out.\n"
            "What changed: our provider replaced the firewall on Sunday evening.\n"
            "What we tried: restarting the transport service, which helped for ten minutes.",
        ),
        paid_by="used up",
    ),
    Asked(
        "carla",
        timedelta(days=6, hours=5),
        Problem(
            "sql-server",
            "2025",
            "it-professional",
            "data-integration",
            "report-fails",
            "The weekly harvest report ends with a timeout",
            'The report that our buyers get every Friday stops after ten minutes with "The operation has timed out". '
            "It used to take two.\n\n"
            "The data has grown by about a tenth this year. Run by hand, the query behind it takes 95 seconds.",
        ),
        paid_by="used up",
        severity="C",
    ),
    Asked(
        "rafael",
        timedelta(days=5, hours=20),
        Problem(
            "skype-for-business-server",
            "subscription-edition",
            "",
            "calls-and-meetings",
            "calls-fail",
            "Les appels vers l’extérieur échouent une fois sur trois",
            "Depuis lundi, un appel sur trois vers un numéro extérieur se coupe avant la première sonnerie. Les appels "
            "entre collègues passent toujours.\n\n"
            "Nous avons trois passerelles. Rien n’a été changé, sauf le certificat, qui a été renouvelé dimanche.",
        ),
        paid_by="withdrawn",
    ),
    Asked(
        "cem",
        timedelta(days=5, hours=2),
        Problem(
            "windows-server",
            "2025",
            "it-professional",
            "storage-and-backup",
            "backup-fails",
            "The nightly backup of our file server stops at 80 percent",
            'For three nights the backup of the file server has ended with "The device is not ready". It always gets '
            "to about 80 percent.\n\n"
            "The backup disk is new and has 4 TB free; a backup of another server to the same disk succeeds.",
        ),
        paid_by="shared",
        shared_with=("carla",),
    ),
    Asked(
        "carla",
        timedelta(days=4, hours=6),
        Problem(
            "windows-server",
            "2025",
            "it-professional",
            "advice",
            "deployment-planning",
            "Moving two branch offices to the new directory",
            "We want to move our offices in Patras and Volos, 35 people in all, into the directory of the head office, "
            "and would like to talk the plan through with somebody who has done this before: order "
            "of steps, what to do about old printers, and how to go back if something fails.",
        ),
        paid_by="advice",
        severity="C",
    ),
    Asked(
        "carla",
        timedelta(days=3, hours=4),
        Problem(
            "sharepoint-server",
            "subscription-edition",
            "it-professional",
            "sites",
            "search",
            "Search does not find documents added since last week",
            "Documents that were added until a week ago are found, later ones are not, in any library. The crawl log "
            "shows no error, but the number of items has not grown since.",
        ),
        paid_by="shared",
        severity="C",
        shared_with=("cem",),
    ),
    # Late: nobody of the team speaks Czech.
    Asked(
        "nora",
        timedelta(days=3, hours=1),
        Problem(
            "windows-server",
            "2025",
            "it-professional",
            "directory",
            "group-policy",
            "Zásady skupiny se na pobočce v Plzni neuplatní",
            "Od stěhování serveru se na pobočce v Plzni neuplatňují zásady skupiny. V Praze fungují.\n\n"
            "Příkaz gpupdate skončí chybou 1058. Týká se to asi dvaceti počítačů.",
        ),
        paid_by="noras own",
    ),
    # What it asks for is the service centre's.
    Asked(
        "carla",
        timedelta(days=2, hours=3),
        Problem(
            "windows-server",
            "2025",
            "it-professional",
            "licences",
            "media-or-keys-missing",
            "The key for the second file server is missing",
            "We bought two keys for our file servers. The list shows one of them.",
        ),
        severity="C",
    ),
    Asked(
        "carla",
        timedelta(days=1, hours=2),
        Problem(
            "sql-server",
            "2025",
            "it-professional",
            "database-engine",
            "availability",
            "Orders stand still: the order database does not come back after a failover",
            "Half an hour ago the first database server went down, and the second did not take over. The availability "
            'group shows "Resolving" on both.\n\n'
            "Nobody can enter or pick orders: three warehouses and about 120 people wait. The last good backup is "
            "from last night. We have touched nothing so as not to lose anything.",
        ),
        paid_by="shared",
        severity="A",
        night=("Eleni Vasilaki", "+30 2721 054321"),
        shared_with=("cem",),
    ),
    Asked(
        "cem",
        timedelta(hours=22),
        Problem(
            "windows-server",
            "2025",
            "it-professional",
            "performance",
            "slow",
            "Drawings take a minute to open in the sail loft",
            "On our four new computers, a drawing from the file server takes about a minute to open. The old ones "
            "open the same drawing in three seconds.\n\nCutting waits for it, several times an hour.",
        ),
        paid_by="cems",
    ),
    Asked(
        "cem",
        timedelta(hours=6, minutes=30),
        Problem(
            "windows-server",
            "2025",
            "it-professional",
            "remote-desktop",
            "printing",
            "Labels print blank from remote sessions",
            "In the sail loft we print labels from a remote session. Since the last update they come out blank; from a "
            "computer beside the printer they are fine. Two label printers of different makes do the same.",
        ),
        paid_by="cems",
        severity="C",
    ),
    Asked(
        "carla",
        timedelta(hours=5),
        Problem(
            "system-center",
            "2025",
            "",
            "managed-clients",
            "not-reporting",
            "Tablets in the pressing hall have not reported for three days",
            "Twelve tablets in the pressing hall no longer report to the console. They work, and can open other pages "
            "in the network. All other devices report.\n\n"
            "Eleni looks after them and knows the details.",
        ),
        paid_by="ending soon",
        severity="C",
        primary=ELENI,
        shared_with=("carla",),
    ),
    Asked(
        "cem",
        timedelta(hours=2),
        Problem(
            "office-ltsc",
            "2024",
            "",
            "licences",
            "licences-missing",
            "Five of the twenty licences we bought do not show up",
            "We bought twenty licences last month. The invoice says twenty, the list says fifteen. We can send the "
            "invoice and the order number.",
        ),
        severity="C",
    ),
    # Critical, and nobody's: no engineer of the team knows the product.
    Asked(
        "cem",
        timedelta(minutes=50),
        Problem(
            "project-server",
            "subscription-edition",
            "",
            "sites",
            "site-unavailable",
            "Nobody in our three yards can open the building schedule",
            'Since this morning, opening the schedule ends with "The service is unavailable" in all three yards. '
            "Nobody knows what is to be cut or welded next; about 90 people wait.\n\n"
            "We have changed nothing. Restarting the server did not help.",
        ),
        paid_by="shared",
        severity="A",
        night=("Cem Kowalski", "+48 58 123 45 67"),
        shared_with=("carla",),
    ),
    Asked(
        "nora",
        timedelta(minutes=50),
        Problem(
            "exchange-online",
            "current",
            "",
            "online-mail",
            "not-delivered",
            "Order confirmations of Olive Grove do not reach its buyers",
            "Since yesterday noon, confirmations that the web shop sends from orders@ do not arrive at addresses "
            "outside. Mail that people write arrives.\n\n"
            "We have looked at the message trace: the messages are accepted and then wait without an error.",
            feature="delivery",
            answers={"service-down": "no", "users-affected": "some"},
        ),
        for_customer="carla",
    ),
)

DRAFTS = (
    # At step 2: SQL Server 2019 is past mainstream support, so one more plan is unavailable, and says why.
    Asked(
        "carla",
        timedelta(days=1, hours=7),
        Problem(
            "sql-server",
            "2019",
            "developer",
            "database-engine",
            "slow-queries",
            "The price list takes minutes to open in the old shop",
            "Opening the price list in our old shop takes three to four minutes in the morning and some seconds in the "
            "afternoon.",
        ),
        done=(PROBLEM,),
    ),
    # At step 5: all is said, and only has to be verified and sent.
    Asked(
        "carla",
        timedelta(minutes=50),
        Problem(
            "exchange-server",
            "subscription-edition",
            "",
            "mailboxes",
            "calendar",
            "Free times of the meeting rooms are wrong by an hour",
            "Meeting rooms show as taken an hour too early. Only rooms are affected, and only in the calendars of "
            "people in Thessaloniki.\n\nPeople book by telephone for now.",
        ),
        paid_by="shared",
        shared_with=("cem",),
        done=(PROBLEM, SUPPORT, CONTACT, SHARE),
    ),
)


def make(accounts: Mapping[str, Account], agreement_ids: Mapping[str, int], *, at: datetime) -> None:
    """Send the requests, talk about them and keep the drafts, each at its moment, because numbers and balances follow
    the order of time.

    Raises `CannotSubmit` where the catalogue does not go with the story.
    """
    viewers = {name: viewer_of(account) for name, account in accounts.items()}
    for name, texts in SAVED_REPLIES.items():
        since = at - timedelta(days=40)
        keep_reply(None, name=name, texts=texts, team_id=None, seen=None, actor=viewers["ines"], at=since)
    numbers: dict[str, int] = {}
    for moment, summary, what in sorted(_story(at), key=itemgetter(0)):
        actor = viewers[what.by]
        if not isinstance(what, Asked):
            what.happen(numbers[summary], actor, moment)
        else:
            customer = viewers[what.for_customer].organization_id if what.for_customer else None
            answers = _answers(what, viewers, agreement_ids)
            if (number := _ask(what, actor, answers, customer, at=moment)) is not None:
                numbers[summary] = number
        if summary in numbers:
            _tell(numbers[summary], at=moment)
    seen = at - LAST_LOOK
    for asked in REQUESTS:
        if asked.ago > LAST_LOOK:
            for name in {asked.by, *asked.shared_with}:
                look(numbers[asked.problem.summary], until=seen, actor=viewers[name], at=seen)


def _story(at: datetime) -> Iterator[tuple[datetime, str, Asked | Step]]:
    for asked in (*REQUESTS, *DRAFTS):
        summary, moment = asked.problem.summary, at - asked.ago
        yield moment, summary, asked
        for step in TALKS.get(summary, ()):
            yield moment + step.after, summary, step


def _ask(
    asked: Asked, actor: Viewer, answers: Mapping[str, StepValue], customer: int | None, *, at: datetime
) -> int | None:
    """Answers the number of the request; None for a draft."""
    draft_id = new_key()
    drafts.start_draft(draft_id, asked.problem, customer_id=customer, actor=actor, at=at)
    for step, value in answers.items():
        if step in asked.done:
            drafts.save_step(draft_id, step, value, actor=actor, at=at)
    if VERIFY not in asked.done:
        return None
    return submit(draft_id, terms_accepted=True, for_customer=customer, actor=actor, at=at).number


def _answers(
    asked: Asked, viewers: Mapping[str, Viewer], agreement_ids: Mapping[str, int]
) -> dict[str, StepValue]:
    viewer = viewers[asked.by]
    night_name, night_phone = asked.night or ("", "")
    return {
        SUPPORT: Support(
            agreement_id=agreement_ids[asked.paid_by] if asked.paid_by else None,
            severity=asked.severity,
            hours=AROUND_THE_CLOCK if asked.night else BUSINESS_HOURS,
            night_name=night_name,
            night_phone=night_phone,
            country=viewer.country,
            time_zone=viewer.time_zone,
        ),
        CONTACT: asked.primary or _as_contact(viewer),
        SHARE: tuple(_as_contact(viewers[name]) for name in asked.shared_with),
        VERIFY: None,
    }


def _as_contact(viewer: Viewer) -> Person:
    return Person(viewer.name, viewer.email, viewer.phone, viewer.time_zone, viewer.language)


def _tell(number: int, *, at: datetime) -> None:
    """Owe the letters about what happened at this moment: the worker, today, finds them done, and the mails keep their
    days."""
    for fact in journal.facts_about("case", number):
        if fact.at != at or fact.code not in FACT_CODES:
            continue
        for mail_id in telling.tell(fact.id, at=at):
            if settings.SMTP:
                tasks.queue_sending(mail_id)
            else:
                outbox.hand_over(mail_id, at=at)

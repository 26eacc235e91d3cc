"""A11 in a real browser: what one person typed runs nowhere in the pages and letters of others.

Each of some 700 payloads (`markup`) stands in messages, and in every other place where text of one person reaches the
page of another as many as fit. Nothing calls `owned()`, makes an element, opens a dialog, or asks another host.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from pactdesk.accounts.models import Account, Organization
from pactdesk.agreements import ledger
from pactdesk.cases.models import Attachment, Case, Contact, Message, SavedReply
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services import contacts, conversation, ending
from pactdesk.cases.services.saved_replies import keep_reply
from pactdesk.journal.models import FactRow
from pactdesk.kernel.ids import new_key
from pactdesk.mailbox.services.processing import process
from pactdesk.mailbox.services.receiving import receive
from pactdesk.notifications.models import OutgoingMail, WebhookEndpoint
from pactdesk.notifications.services import endpoints, telling
from tests import queues, world
from tests.attachments import put
from tests.attacks.markup import EVERYTHING, OUT, PAYLOADS, packed
from tests.drafts import ready
from tests.journeys import conftest as journeys
from tests.journeys.conftest import Enter

enter, town = journeys.enter, journeys.town  # fixtures

SIMPLE = "\"'><svg x11 onload=owned()><img x11 src=x: onerror=owned()>"
# What is seen of a payload that was taken as markup, and where a page leads.
LOOK = """() => {
  const wrong = [...document.querySelectorAll('[x11]')].map(each => each.outerHTML.slice(0, 120));
  for (const each of document.querySelectorAll('a[href], form, [formaction], iframe, img[src], script[src]')) {
    const to = each.href || each.formAction || each.action || each.src || '';
    if (typeof to === 'string' && /^(javascript|data|vbscript):/i.test(to)) wrong.push(to.slice(0, 120));
  }
  return wrong;
}"""
# How many of these pages, which trust what they show, can be seen to be taken in.
TAKEN_IN = """pages => pages.filter(page => {
  const found = new DOMParser().parseFromString(page, 'text/html');
  return !found.querySelector('[x11]');
})"""


def test_each_payload_works_where_it_is_trusted(page: Page) -> None:
    """The twin: in a page that takes it as markup, each makes an element, and those that run at once do run."""
    assert len(PAYLOADS) >= 500
    assert len({each.page for each in PAYLOADS}) >= len(OUT)
    assert page.evaluate(TAKEN_IN, [each.trusted for each in PAYLOADS]) == []
    ran: list[str] = []
    page.expose_function("owned", lambda: ran.append("owned"))
    for each in (
        "<img x11 src=x: onerror=owned()>",
        "<script x11>owned()</script>",
        "<svg x11 onload=owned()>",
    ):
        page.set_content(each)
        page.wait_for_timeout(50)
    assert len(ran) == 3


@pytest.fixture
def house(town: str) -> dict[str, Any]:
    """A house in which everything that people can type is a payload; the names of what is where."""
    at = timezone.now()
    world.team("support", "ines", "marta")
    plan = world.agreement(units=50, owner="carla", registered=["carla", "cem"], at=at)
    carla, ines = world.viewer("carla"), world.viewer("ines")
    short, long = itertools.cycle(packed(100)), itertools.cycle(packed(200))
    case = queues.request(plan=plan, share=(Person("Cem", world.person("cem").email),))

    whole = packed(20_000)
    for number in range(len(whole)):
        conversation.reply(case.pk, f"x{number}", key=new_key(), actor=carla, at=at)
        conversation.answer(case.pk, f"x{number}", key=new_key(), seen=None, actor=ines, at=at)
        conversation.note(case.pk, f"x{number}", key=new_key(), actor=ines, at=at)
        at += timedelta(seconds=number)
    put(Place(number=case.pk), carla, name="a.txt", at=at)
    invited = contacts.add_contact(
        case.pk, Person("Eleni", "eleni@mail.example"), actor=carla, at=at
    ).contact_id
    letter = invitation_letter(invited)
    assert letter is not None
    closed = queues.request(plan=plan)
    ending.close(
        closed.pk, outcome="non-decrement", cause="goodwill", reason=SIMPLE, seen=None, actor=ines, at=at
    )
    ending.reopen_by_contact(closed.pk, reason=SIMPLE, actor=carla, at=at)
    endpoints.add_endpoint(
        "https://hooks.example.com/", description="x", events=["request.opened"], actor=carla, at=at
    )
    team = world.team("support").pk
    for number in range(3):
        keep_reply(None, name=f"R{number}", texts={"en": "x"}, team_id=team, seen=None, actor=ines, at=at)
    for place in range(20):
        ledger.adjust(
            plan.id,
            units=-1,
            key=f"adjust:{place}",
            actor_id=carla.account_id,
            at=at,
            note=packed(500)[place],
        )
    draft = ready(carla, plan.id, at=at)
    mail = EmailMessage()
    mail["From"], mail["To"] = "Somebody <somebody@mail.example>", "support@support.example"
    mail["Subject"] = "PLACEHOLDER-SUBJECT"
    mail.set_content("\n".join(whole))
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename="PLACEHOLDER-FILE")
    raw = mail.as_bytes().replace(b"PLACEHOLDER-SUBJECT", b"<img x11 src=x: onerror=owned()>")
    raw = raw.replace(b"PLACEHOLDER-FILE", b"<svg x11 onload=owned()>.txt")
    kept = receive(
        raw, door="lmtp", envelope_from="<b x11>@mail.example", envelope_to=["<i x11>@x.example"], at=at
    )
    process(kept.mail_id, at=at)

    # What the forms would not take stands there all the same, as it would after a mistake of theirs.
    queues.copies(case, 20)
    for row in Case.objects.all():
        Case.objects.filter(pk=row.pk).update(
            summary=next(long), description=whole[0], night_name=next(long), night_phone='"><b x11>'
        )
    for contact in Contact.objects.all():
        phone = "'><b x11 onclick=owned()>"
        Contact.objects.filter(pk=contact.pk).update(name=next(long), phone=phone)
    for file in Attachment.objects.all():
        Attachment.objects.filter(pk=file.pk).update(name=next(short), uploader_name=next(long))
    for reply in SavedReply.objects.all():
        SavedReply.objects.filter(pk=reply.pk).update(name=next(short)[:80], texts={"en": whole[0]})
    for said in Message.objects.all():
        text = whole[int(said.text.removeprefix("x"))]
        Message.objects.filter(pk=said.pk).update(author_name=next(long), text=text)
    WebhookEndpoint.objects.update(description=next(long))
    Organization.objects.update(name="<svg x11 onload=owned()>" + next(short)[:150])
    for fact in FactRow.objects.filter(subject_type="case"):
        telling.tell(fact.pk, at=at)
    return {"case": case.pk, "closed": closed.pk, "plan": plan.id, "token": letter.token, "draft": draft}


def addresses(house: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The pages of each visitor."""
    found = [f"q={quote(each)}" for each in packed(60)[::150]]
    case, closed = f"PD-{house['case']}", f"PD-{house['closed']}"
    place = Contact.objects.filter(case=house["case"], role="additional").first()
    hook, reply = WebhookEndpoint.objects.get().pk, SavedReply.objects.first()
    assert place is not None
    assert reply is not None
    yield (
        "carla",
        [
            "/",
            "/requests/",
            *(f"/requests/?{each}" for each in found),
            "/requests/drafts/",
            f"/requests/new/{house['draft']}/verify/",
            f"/requests/{case}/?events=all",
            f"/requests/{case}/sharing/",
            f"/requests/{case}/sharing/{place.pk}/",
            f"/requests/{case}/close/",
            f"/requests/{case}/confirmation/",
            f"/requests/{closed}/",
            f"/benefits/{house['plan']}/",
            "/benefits/",
            "/profile/",
            "/profile/webhooks/",
            f"/profile/webhooks/{hook}/",
            f"/profile/webhooks/{hook}/edit/",
        ],
    )
    yield (
        "ines",
        [
            "/desk/?view=team",
            *(f"/desk/?view=team&{each}" for each in found),
            f"/desk/requests/{case}/",
            f"/desk/requests/{case}/preview/",
            f"/desk/requests/{case}/contacts/",
            f"/desk/requests/{case}/contacts/{place.pk}/",
            f"/desk/requests/{case}/close/",
            f"/desk/requests/{case}/merge/",
            f"/desk/requests/{closed}/",
            "/desk/replies/",
            f"/desk/replies/{reply.pk}/",
        ],
    )
    yield (
        "marta",
        [
            "/admin/mailbox/receivedmail/",
            "/admin/notifications/webhookendpoint/",
            "/admin/notifications/outgoingmail/",
        ],
    )
    yield "", [f"/invitations/{house['token']}/"]


def test_nothing_that_people_typed_runs_in_the_pages_and_letters_of_others(
    enter: Enter, house: dict[str, Any]
) -> None:
    names = {"first_name": "<svg x11 onload=owned()>", "last_name": "\"'><img x11 src=x: onerror=owned()>"}
    Account.objects.filter(pk=world.person("marta").pk).update(is_superuser=True)
    browsers = {who: enter(who) for who in ("carla", "ines", "marta", "")}
    Account.objects.exclude(pk=world.person("marta").pk).update(**names)
    ran: list[str] = []
    wrong: list[str] = []
    for who, page in browsers.items():
        page.expose_function("owned", lambda who=who: ran.append(who))
        page.on("dialog", lambda dialog: (wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                wrong.append(request.url)
                if "evil.example" in request.url or "logout" in request.url
                else None
            ),
        )
    read = 0
    for who, pages in addresses(house):
        page = browsers[who]
        for address in pages:
            response = page.goto(address, wait_until="load")
            assert response is not None
            assert response.status in {200, 409}, (who, address, response.status)
            wrong += [f"{who or 'nobody'} at {address}: {each}" for each in page.evaluate(LOOK)]
            read += page.evaluate("document.body.innerText").count("owned()")
        if who == "marta":
            page.goto("/admin/mailbox/receivedmail/")
            page.goto(page.locator("#result_list th a").first.get_attribute("href") or "")
            wrong += [f"a mail: {each}" for each in page.evaluate(LOOK)]
            read += page.evaluate("document.body.innerText").count("owned()")
    page = browsers[""]
    page.goto("about:blank")
    letters = list(OutgoingMail.objects.exclude(html=""))
    assert len({letter.kind for letter in letters}) >= 5
    for letter in {letter.kind: letter for letter in letters}.values():
        page.set_content(letter.html)  # as a mail program might: without a policy
        wrong += [f"letter {letter.kind}: {each}" for each in page.evaluate(LOOK)]
    assert wrong == []
    assert ran == []
    # The payloads were there to be read, as text.
    assert read > 2 * len(EVERYTHING)

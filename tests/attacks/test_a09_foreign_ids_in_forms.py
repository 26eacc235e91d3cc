"""A9: theft by naming what is somebody else's in a form or an address about benefits: cards, purchases, agreements,
places, people, imports and keys. What is foreign is answered like what does not exist, and nothing changes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django import forms
from django.conf import LazySettings
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

import pactdesk.desk.forms
import pactdesk.portal.forms
from pactdesk.accounts.models import Competency, Enrolment, Location, Organization, OrganizationDomain
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.services import corrections
from pactdesk.cases.queries.drafts import known_draft
from pactdesk.kernel.ids import new_key
from pactdesk.purchases.services import cards
from tests import world
from tests.attacks import benefits_house
from tests.attacks.benefits_house import data_of
from tests.attacks.test_a18_forms import all_tables, begin_to_write, changes, counted
from tests.buying import order
from tests.doors.visitors import visitor
from tests.drafts import ready

pytestmark = pytest.mark.django_db

ABSENT = 999_999_999
# Fields of forms that name something of somebody's. A new one has to be put here, and tried below or where it says.
NAMING = {
    ("activity", "ActivityForm", "agreement"),
    ("activity", "ActivityForm", "location"),
    ("activity", "ActivityForm", "person"),
    ("benefits", "StatementForm", "person"),
    ("intake", "ProblemForm", "subscription"),  # test_a09_foreign_ids_in_bodies, test_acting_for_customers
    ("intake", "SupportForm", "agreement_id"),
    ("organizations", "ContactForm", "contact"),
    ("issuing", "IssueForm", "owner"),
    ("pairs", "OwnerForm", "owner"),
    ("pairs", "ReplaceForm", "access_id"),
    ("pairs", "SendForm", "to"),
    ("benefits", "PairForm", "access_id"),  # A16
    ("benefits", "PairForm", "contract_id"),
    ("purchases", "OrderForm", "card"),
    ("rights", "RoleForm", "email"),  # test_subscriptions
    ("rights", "RoleForm", "group"),
    ("rights", "TermsForm", "subscription"),
    ("saved_replies", "SavedReplyForm", "team"),  # test_desk_saved_replies
    ("set_asides", "SetAsideForm", "organization"),
    ("teams", "TermsForm", "backup"),  # test_desk_teams
    ("work", "OtherRequestForm", "other"),  # test_a10_side_channels
    ("work", "OwnerForm", "owner"),  # test_desk_work
    ("work", "TransferForm", "team"),
}
_NAMES = re.compile(
    r"(^|_)(id|card|agreement|organization|location|person|owner|account|email|contact|to|team|group|backup|other)"
    r"(_id)?$|subscription$|access_id$"
)
# Addresses of people who need not be anybody here, and of the caller.
_ADDRESSES = {"PersonForm", "ProfileForm", "ContactForm.work", "ReachForm"}


def test_every_field_that_could_name_something_is_known() -> None:
    found = set()
    for package in (pactdesk.portal.forms, pactdesk.desk.forms):
        for module, form in benefits_house.forms_in(package):
            for name, each in form.base_fields.items():
                if {form.__name__, f"{form.__name__}.{module}"} & _ADDRESSES or isinstance(
                    each, forms.UUIDField
                ):
                    continue
                if _NAMES.search(name) and not isinstance(each, forms.FileField):
                    found.add((module, form.__name__, name))
    assert found == NAMING


def used_for_another(agreement_id: int) -> str:
    """The key of a form that was sent for another agreement."""
    key = new_key()
    change = Change("adjust", -1)
    marta = world.viewer("marta")
    corrections.ask(agreement_id, change, reason="Agreed", key=key, actor=marta, at=timezone.now())
    return str(key)


def shown(answer: HttpResponse, address: str, typed: object) -> str:
    """A page without what differs in any case: tokens, keys, its address, and what was typed."""
    html = answer.content.decode().replace("&quot;", '"').replace(escape(address), "ADDRESS")
    html = re.sub(
        r'(csrfmiddlewaretoken" value="|nonce="|name="key" value="|"X-CSRFToken":\s*")[^"]+', "", html
    )
    return html.replace(f'value="{typed}"', "TYPED")


def test_what_is_foreign_is_answered_like_what_nobody_has_and_nothing_changes(settings: LazySettings) -> None:
    house = benefits_house.house(settings)
    sent = benefits_house.forms(house)
    now = timezone.now()
    stranger = world.viewer(benefits_house.another_buyer())
    card = cards.save_test_card("works", actor=stranger, at=now)
    asks = cards.save_test_card("asks", actor=stranger, at=now)
    purchase, waits = order(card, actor=stranger, at=now), order(asks, actor=stranger, at=now)
    theirs = world.agreement(owner="nora", registered=["nora"])
    nora = world.person("nora")
    assert nora.organization_id is not None
    Organization.objects.filter(pk=nora.organization_id).update(partner_number="4648141")
    OrganizationDomain.objects.create(organization_id=nora.organization_id, name="northgate.example")
    place = Location.objects.create(organization_id=nora.organization_id, name="Brno", country="CZ").pk
    seat = Registration.objects.get(agreement_id=theirs.id).pk
    draft = ready(world.viewer("carla"), house.plan.id, at=now)
    plan, ours = house.plan.id, world.organization_of("carla")

    def at(name: str, *parts: object) -> str:
        return reverse(name, args=parts)

    def of(name: str, **otherwise: object) -> tuple[str, dict[str, Any]]:
        return sent[name].address, data_of(sent[name]) | otherwise

    # Who, and the same with what is somebody else's and with what nobody has: an address, and what is sent there; None
    # where it is only looked at.
    tries: list[tuple[str, tuple[str, Any], tuple[str, Any], tuple[object, object]]] = [
        ("olaf", of("portal:buy-offer", card=card), of("portal:buy-offer", card=ABSENT), (card, ABSENT)),
        ("olaf", (at("portal:card-remove", card), {}), (at("portal:card-remove", ABSENT), {}), ("", "")),
        ("olaf", (at("portal:purchase", waits), {}), (at("portal:purchase", ABSENT), {}), ("", "")),
        (
            "olaf",
            (at("portal:purchase-confirm", waits), {"do": "approve"}),
            (at("portal:purchase-confirm", ABSENT), {"do": "approve"}),
            ("", ""),
        ),
        (
            "olaf",
            (at("portal:purchase-receipt", purchase), None),
            (at("portal:purchase-receipt", ABSENT), None),
            ("", ""),
        ),
        *(
            ("olaf", (f"{address}?draft={draft}", None), (f"{address}?draft={other}", None), (draft, other))
            for address in (at("portal:buy"), at("portal:buy-offer", "single-incident"))
            for other in (new_key(),)
        ),
        *(
            (
                "carla",
                of("portal:benefit-set-asides", organization=name),
                of("portal:benefit-set-asides", organization="x"),
                (name, "x"),
            )
            for name in ("Northgate Distribution", "4648141", "northgate.example")
        ),
        (
            "carla",
            of("portal:benefit-pair", access_id=theirs.access_id),
            of("portal:benefit-pair", access_id="1"),
            ("", ""),
        ),
        *(
            ("carla", of("portal:benefit-order", move=foreign), of("portal:benefit-order", move=no), ("", ""))
            for foreign, no in (
                (f"{theirs.id}-{plan}", f"{ABSENT}-{plan}"),
                (f"{plan}-{theirs.id}", f"{plan}-{ABSENT}"),
            )
        ),
        (
            "carla",
            of("portal:benefit-lost-ids", agreement=theirs.id),
            of("portal:benefit-lost-ids", agreement=ABSENT),
            ("", ""),
        ),
        *(
            ("carla", (at(name, theirs.id), body), (at(name, ABSENT), body), ("", ""))
            for name, body in (
                ("portal:benefit-letters", {"registrations": "no", "uses": "yes"}),
                ("portal:benefit-seat-limit", {"limit": "3"}),
                ("portal:benefit-pair", {"do": "replace", "access_id": theirs.access_id}),
                ("portal:benefit-set-asides", {"key": "x", "organization": "Baltic Sails", "units": "1"}),
            )
        ),
        (
            "carla",
            (at("portal:benefit-seat", plan, seat), {"do": "revoke"}),
            (at("portal:benefit-seat", plan, ABSENT), {"do": "revoke"}),
            ("", ""),
        ),
        (
            "carla",
            of("portal:benefit-activate", do="ask-kit", location=place, programme="competency-kit-support-5"),
            of(
                "portal:benefit-activate", do="ask-kit", location=ABSENT, programme="competency-kit-support-5"
            ),
            ("", ""),
        ),
        *(
            ("carla", (f"{address}?{name}={value}", None), (f"{address}?{name}={ABSENT}", None), ("", ""))
            for address in (at("portal:activity"), at("portal:activity-csv"))
            for name, value in (("location", place), ("person", nora.pk), ("agreement", theirs.id))
        ),
        *(
            (
                "carla",
                (f"{at(name, plan)}?person={nora.pk}", None),
                (f"{at(name, plan)}?person={ABSENT}", None),
                ("", ""),
            )
            for name in ("portal:benefit", "portal:benefit-statement")
        ),
        # At the service centre everybody may be looked at, and nothing put together that does not belong together.
        (
            "marta",
            of("desk:agreement-pair", access_id=theirs.access_id),
            of("desk:agreement-pair", access_id="1"),
            (theirs.access_id, "1"),
        ),
        (
            "marta",
            (at("desk:agreement-seat", plan, seat), {"reason": "x"}),
            (at("desk:agreement-seat", plan, ABSENT), {"reason": "x"}),
            ("", ""),
        ),
        (
            "marta",
            (at("desk:location-contact", ours, place), {"contact": nora.email}),
            (at("desk:location-contact", ours, ABSENT), {"contact": nora.email}),
            ("", ""),
        ),
    ]
    skill = Competency.objects.create(location_id=place, name="Data", earned_on=now.date()).pk
    term = Enrolment.objects.create(
        organization_id=nora.organization_id,
        level="gold",
        renewed_on=now.date(),
        ends_on=(now + timedelta(days=9)).date(),
    ).pk
    for name, parts, absent in (
        ("desk:enrolment", (ours, term), (ours, ABSENT)),
        ("desk:competency", (ours, skill), (ours, ABSENT)),
        ("desk:competency-new", (ours, place), (ours, ABSENT)),
        ("desk:kit", (ours, place, "competency-kit-support-5"), (ours, ABSENT, "competency-kit-support-5")),
        (
            "desk:organization-activate",
            (nora.organization_id, "action-pack-support-10"),
            (ABSENT, "action-pack-support-10"),
        ),
        ("desk:agreement-refund", (theirs.id,), (ABSENT,)),
    ):
        body = data_of(sent[name])
        tries.append(("marta", (at(name, *parts), body), (at(name, *absent), body), ("", "")))
    used = used_for_another(theirs.id)
    clients = {who: visitor(who) for who in ("olaf", "carla", "marta", "ines")}
    tables = all_tables()
    counts, wrong = counted(tables), []
    with time_machine.travel(now, tick=False):
        for who, foreign, nobodys, told in tries:
            point = transaction.savepoint()
            since = begin_to_write()
            answers = [
                clients[who].get(address) if body is None else clients[who].post(address, body)
                for address, body in (foreign, nobodys)
            ]
            if done := changes(tables, since, counts):
                wrong.append(f"{who} changed something by {foreign}: {done}")
            transaction.savepoint_rollback(point)
            pages = [
                shown(answer, address, value)
                for answer, (address, _body), value in zip(answers, (foreign, nobodys), told, strict=True)
            ]
            if answers[0].status_code != answers[1].status_code or pages[0] != pages[1]:
                wrong.append(f"{who} can tell by {foreign}: {[each.status_code for each in answers]}")
            if foreign[1] is not None and answers[0].status_code < 400:
                wrong.append(f"{who} is not refused {foreign}")
        for who, address, body in (
            ("marta", *of("desk:agreement-send", to=nora.pk)),
            ("marta", at("desk:organization-contact", ours), {"contact": nora.email}),
            ("marta", *of("desk:organization-issue", owner=nora.email)),
            ("marta", *of("desk:agreement-owner", owner=nora.email)),
            ("ines", *of("desk:import-confirm", seen="00" * 32)),
            ("marta", *of("desk:agreement-correct", key=used)),
        ):
            answer = clients[who].post(address, body)
            if answer.status_code != 422:
                wrong.append(f"{who} at {address}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert known_draft(stranger, draft) is None
    assert Agreement.objects.get(pk=theirs.id).access_id == theirs.access_id

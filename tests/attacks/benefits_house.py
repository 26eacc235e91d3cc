"""What attacks on the forms about benefits have in common: a house in which every such form has something to do, and
what each of them is sent by whoever may send it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from inspect import getmembers, isclass
from io import BytesIO
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from django.conf import LazySettings
from django.forms import Form
from django.urls import reverse
from django.utils import timezone

from pactdesk.accounts.models import Account, Competency, Enrolment, Location, Organization
from pactdesk.agreements import ledger
from pactdesk.agreements.models import Registration
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.rules.issuing import WantedAgreement
from pactdesk.agreements.services import activation, corrections, issuing, set_asides
from pactdesk.imports.models import Import
from pactdesk.imports.rules import Options
from pactdesk.imports.services.confirming import bring
from pactdesk.kernel.ids import new_key
from pactdesk.notifications.models import OutgoingMail
from pactdesk.purchases.models import Purchase, SavedCard
from pactdesk.purchases.queries.offers import offer_in
from pactdesk.purchases.services import cards, refunds
from tests import world
from tests.buying import SANDBOX, order
from tests.imported import table

GOLD = "gold-partner-support-20"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it is sent. `more` are members that it has, too, and that may be left out."""

    who: str
    address: str
    data: dict[str, Any]
    more: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class House:
    """Carla owns `plan`, has it shared with Cem and has set units aside in `part` for Cem's organization. Olaf buys;
    Marta and Ines are the service centre."""

    plan: world.Agreement
    seat: int
    part: int
    headquarters: int
    location: int
    competency: int
    enrolment: int
    card: int
    purchase: int
    asks: int
    correction: int
    issuance: int
    imported: Import
    mail: int


def house(settings: LazySettings) -> House:
    """Made in one go; the settings let Olaf buy and Marta do little alone."""
    settings.PAYMENT_PROVIDER, settings.UNITS_ALONE = SANDBOX, 5
    now = timezone.now()
    world.team("support")
    world.team("service-centre", "marta", "ines")
    marta, carla, olaf = world.viewer("marta"), world.administrator("carla"), world.viewer("olaf")
    ours = carla.organization_id
    assert ours is not None
    Organization.objects.filter(pk=ours).update(
        kind=Organization.Kind.PARTNER, primary_contact=carla.account_id
    )
    plan = world.agreement(GOLD, owner="carla", registered=["carla", "cem"], units=20)
    place = Location.objects.create(
        organization_id=ours,
        name="Head office",
        country="GR",
        is_headquarters=True,
        primary_contact_id=carla.account_id,
    )
    branch = Location.objects.create(organization_id=ours, name="Piraeus", country="GR")
    competency = Competency.objects.create(location=branch, name="Data", earned_on=now.date())
    enrolment = enrolled_for(ours, "action-pack", 7)
    enrolled_for(ours, "silver", 60)
    part = set_asides.set_aside(
        plan.id,
        world.relationship("carla", "cem").customer_id,
        units=4,
        most_units=None,
        key="first",
        actor=carla,
        at=now,
    )
    card_id = cards.save_test_card("works", actor=olaf, at=now)
    asking = cards.save_test_card("asks", actor=olaf, at=now)
    wish = WantedAgreement(GOLD, ours, carla.account_id, 20, now.date(), None)
    issuance = issuing.ask(wish, reason="Agreed", key=new_key(), actor=marta, at=now)
    change = Change("add", 50)
    correction = corrections.ask(plan.id, change, reason="Agreed", key=new_key(), actor=marta, at=now)
    brought = bring(table({}).encode(), "ledger.csv", Options(), actor=marta, at=now)
    return House(
        plan=plan,
        seat=Registration.objects.get(agreement_id=plan.id, account=world.person("cem")).pk,
        part=part,
        headquarters=place.pk,
        location=branch.pk,
        competency=competency.pk,
        enrolment=enrolment.pk,
        card=card_id,
        purchase=order(card_id, actor=olaf, at=now),
        asks=order(asking, actor=olaf, at=now),
        correction=correction.correction_id,
        issuance=issuance.issuance_id,
        imported=Import.objects.get(pk=brought),
        mail=OutgoingMail.objects.create(
            key="parked",
            kind="agreement-registered",
            to_address=carla.email,
            language="en",
            subject="Added",
            text="…",
            message_id="<parked@pactdesk.example>",
            state="parked",
            created_at=now,
        ).pk,
    )


def forms(house: House) -> dict[str, Sent]:
    """What each form is sent, by the name of its address."""
    plan, ours = house.plan, world.organization_of("carla")
    pair, other = world.agreement(GOLD), world.agreement(GOLD, registered=["carla"])
    free = SavedCard.objects.exclude(pk__in=Purchase.objects.values("card_id")).first()
    today = timezone.now().date().isoformat()
    reason = {"reason": "Agreed on the phone"}
    issue = {"programme": GOLD, "units": "3", "starts_on": today, **reason}
    offer = offer_in(world.viewer("olaf").country, "single-incident", language="en")
    assert offer is not None
    price = offer.ware.money
    of_issue = frozenset({"owner", "seat_limit"})

    def at(name: str, *parts: object) -> str:
        return reverse(name, args=parts)

    return {
        "portal:buy-offer": Sent(
            "olaf",
            at("portal:buy-offer", "single-incident"),
            {
                "key": KEYS[0],
                "amount_minor": price.minor,
                "currency": price.currency,
                "card": house.card,
                "terms_accepted": "on",
            },
        ),
        "portal:cards": Sent("olaf", at("portal:cards"), {"test_card": "works"}),
        "portal:card-remove": Sent("olaf", at("portal:card-remove", free.pk if free else house.card), {}),
        "portal:card-programs": Sent(
            "olaf", at("portal:card-programs", house.card), {"most": "900", "terms_accepted": "on"}
        ),
        "portal:purchase": Sent("olaf", at("portal:purchase", house.asks), {"do": "look"}),
        "portal:purchase-confirm": Sent("olaf", at("portal:purchase-confirm", house.asks), {"do": "approve"}),
        "portal:benefit-add": Sent(
            "carla", at("portal:benefit-add"), {"access_id": pair.access_id, "contract_id": pair.contract_id}
        ),
        "portal:benefit-order": Sent(
            "carla", at("portal:benefit-order"), {"move": f"{other.id}-{plan.id}"}, frozenset({"order"})
        ),
        "portal:benefit-seat": Sent(
            "carla", at("portal:benefit-seat", plan.id, house.seat), {"do": "revoke"}
        ),
        "portal:benefit-seat-limit": Sent("carla", at("portal:benefit-seat-limit", plan.id), {"limit": "7"}),
        "portal:benefit-letters": Sent(
            "carla", at("portal:benefit-letters", plan.id), {"registrations": "no", "uses": "yes"}
        ),
        "portal:benefit-pair": Sent(
            "carla", at("portal:benefit-pair", plan.id), {"do": "replace", "access_id": plan.access_id}
        ),
        "portal:benefit-set-asides": Sent(
            "carla",
            at("portal:benefit-set-asides", plan.id),
            {"key": KEYS[1], "organization": "Baltic Sails", "units": "2", "most_units": "9"},
        ),
        "portal:benefit-set-aside": Sent(
            "carla",
            at("portal:benefit-set-aside", house.part),
            {"do": "recall", "key": KEYS[2], "units": "1"},
        ),
        "portal:benefit-lost-ids": Sent(
            "carla", at("portal:benefit-lost-ids"), {"do": "mail-me", "agreement": plan.id}
        ),
        "portal:benefit-activate": Sent(
            "carla", at("portal:benefit-activate"), {"do": "ask", "key": KEYS[3]}, frozenset({"location"})
        ),
        "portal:benefit-activate-one": Sent(
            "carla", at("portal:benefit-activate-one", "action-pack-support-10"), {}
        ),
        "desk:agreement-correct": Sent(
            "marta",
            at("desk:agreement-correct", plan.id, "adjust"),
            {"key": KEYS[4], "units": "-1", **reason},
        ),
        "desk:agreement-suspension": Sent(
            "marta", at("desk:agreement-suspension", plan.id), {"do": "suspend", **reason}
        ),
        "desk:agreement-seat": Sent("marta", at("desk:agreement-seat", plan.id, house.seat), reason),
        "desk:agreement-seat-limit": Sent(
            "marta", at("desk:agreement-seat-limit", plan.id), {"limit": "7", **reason}
        ),
        "desk:agreement-send": Sent(
            "marta", at("desk:agreement-send", plan.id), {"to": world.person("carla").pk}
        ),
        "desk:agreement-pair": Sent(
            "marta", at("desk:agreement-pair", plan.id), {"access_id": plan.access_id, **reason}
        ),
        "desk:agreement-issue": Sent(
            "marta",
            at("desk:agreement-issue"),
            {**issue, "owner": world.person("olaf").email, "key": KEYS[5]},
            frozenset({"seat_limit"}),
        ),
        "desk:organization-issue": Sent(
            "marta", at("desk:organization-issue", ours), {**issue, "key": KEYS[6]}, of_issue
        ),
        "desk:agreement-owner": Sent("marta", at("desk:agreement-owner", plan.id), {"owner": "", **reason}),
        "desk:agreement-refund": Sent(
            "marta",
            at("desk:agreement-refund", Purchase.objects.get(pk=house.purchase).agreement_id),
            {"cause": "service-centre", **reason},
        ),
        "desk:enrolment-new": Sent(
            "marta",
            at("desk:enrolment-new", ours),
            {"level": "gold", "renewed_on": today, **reason},
            frozenset({"ends_on"}),
        ),
        "desk:enrolment": Sent(
            "marta", at("desk:enrolment", ours, house.enrolment), {"last_day": today, **reason}
        ),
        "desk:competency-new": Sent(
            "marta",
            at("desk:competency-new", ours, house.location),
            {"name": "Security", "earned_on": today},
        ),
        "desk:competency": Sent("marta", at("desk:competency", ours, house.competency), reason),
        "desk:kit": Sent(
            "marta",
            at("desk:kit", ours, house.location, "competency-kit-support-5"),
            {"key": KEYS[7], **reason},
        ),
        "desk:organization-activate": Sent(
            "marta",
            at("desk:organization-activate", ours, "action-pack-support-10"),
            {"key": KEYS[8], **reason},
        ),
        "desk:approval": Sent(
            "ines", at("desk:approval", house.correction), {"do": "approve", "words": "Fine"}
        ),
        "desk:issuance": Sent(
            "ines", at("desk:issuance", house.issuance), {"do": "approve", "words": "Fine"}
        ),
        "desk:organization-contact": Sent("marta", at("desk:organization-contact", ours), {"contact": ""}),
        "desk:location-contact": Sent(
            "marta",
            at("desk:location-contact", ours, house.location),
            {"contact": world.person("carla").email},
        ),
        "desk:mail-again": Sent("marta", at("desk:mail-again", house.mail), {}),
        "desk:imports": Sent("marta", at("desk:imports"), {"form": "pactdesk", "file": file}),
        "desk:import-again": Sent(
            "marta",
            at("desk:import-again", house.imported.pk),
            {"dates": "", "encoding": "", "time_zone": "Europe/Athens"},
        ),
        "desk:import-confirm": Sent(
            "ines",
            at("desk:import-confirm", house.imported.pk),
            {"seen": bytes(house.imported.plan_digest or b"").hex()},
        ),
        "desk:import-discard": Sent("marta", at("desk:import-discard", house.imported.pk), {}),
    }


KEYS = [str(new_key()) for _number in range(9)]


def keeps(word: str, who: str = "nora") -> None:
    """Everything about benefits that somebody's organization has, and what somebody bought, with `word` wherever a word
    can stand."""
    now, marta = timezone.now(), "marta"
    world.team("service-centre", marta)
    ours, manager = world.organization_of(who), world.administrator(who)
    branch = Location.objects.create(
        organization_id=ours, name=f"{word} office", city=word, country="CZ", is_headquarters=True
    )
    Competency.objects.create(location=branch, name=word, earned_on=now.date())
    enrolled_for(ours, "gold", 7)
    activation.activate_due(at=now)
    plan = world.agreement(GOLD, owner=who, registered=[who], units=20)
    ledger.adjust(plan.id, units=-1, key=f"keeps:{word}", actor_id=None, at=now, note=word)
    receiver = world.relationship(who, "rafael").customer_id
    set_asides.set_aside(plan.id, receiver, units=2, most_units=None, key=word, actor=manager, at=now)
    centre = world.viewer(marta)
    corrections.ask(plan.id, Change("add", 1), reason=word, key=new_key(), actor=centre, at=now)
    corrections.suspend(plan.id, reason=word, actor=centre, at=now)
    bring(table({"organization": word}).encode(), f"{word}.csv", Options(), actor=centre, at=now)
    buyer = another_buyer()
    Account.objects.filter(pk=buyer.pk).update(first_name=word, last_name=word)
    actor = world.viewer(buyer)
    bought = order(cards.save_test_card("works", actor=actor, at=now), actor=actor, at=now)
    refunds.refund(bought, note=word, actor=centre, at=now)
    OutgoingMail.objects.create(
        key=word,
        kind="agreement-registered",
        to_address=f"{word}@mail.example",
        language="en",
        subject=word,
        text=word,
        message_id=f"<{word}@pactdesk.example>",
        created_at=now,
    )


def enrolled_for(organization_id: int, level: str, days: int) -> Enrolment:
    """A term of an organization that was renewed so many days ago."""
    now = timezone.now()
    return Enrolment.objects.create(
        organization_id=organization_id,
        level=level,
        renewed_on=(now - timedelta(days=days)).date(),
        ends_on=(now + timedelta(days=300)).date(),
    )


def forms_in(package: ModuleType) -> Iterator[tuple[str, type[Form]]]:
    """Every form of a package, with the module in which it stands."""
    for module in iter_modules(package.__path__):
        found = import_module(f"{package.__name__}.{module.name}")
        for _name, each in getmembers(found, isclass):
            if issubclass(each, Form) and each.__module__ == found.__name__:
                yield module.name, each


def another_buyer() -> Account:
    """Somebody with a personal account, of whom Olaf knows nothing."""
    return Account.objects.create_user(
        "berta@mail.example",
        world.PASSWORD,
        first_name="Berta",
        last_name="Lindqvist",
        kind=Account.Kind.PERSONAL,
        contact_email="berta@mail.example",
        phone="+46 8 123 45 67",
        country="SE",
        time_zone="Europe/Stockholm",
        language="en",
        profile_completed_at=world.LONG_AGO,
    )


def file() -> BytesIO:
    """A file that is brought, anew for each time it is sent."""
    found = BytesIO(table({}).encode())
    found.name = "ledger.csv"
    return found


def data_of(sent: Sent, **more: Any) -> dict[str, Any]:
    """What is sent, with files that can be read once more."""
    return {name: value() if callable(value) else value for name, value in {**more, **sent.data}.items()}

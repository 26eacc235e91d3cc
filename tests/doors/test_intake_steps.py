"""The six steps without script: each has its own address, and every form leads to the next page (WIZ-1 to WIZ-8)."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from pactdesk.agreements import ledger
from pactdesk.agreements.models import Agreement, LedgerEntry
from pactdesk.cases.models import Case, Draft
from pactdesk.catalog import queries as catalog
from pactdesk.kernel.ids import new_key
from tests import world
from tests.doors.guided import (
    Guided,
    contact_form,
    error_at,
    is_uuid,
    problem_form,
    support_form,
    texts,
    value_of,
)
from tests.doors.visitors import visitor


@pytest.fixture
def plan(db: None) -> world.Agreement:
    return world.agreement(units=3, registered=["carla"])


@pytest.fixture
def guided(plan: world.Agreement) -> Guided:
    return Guided("carla")


def left(agreement: world.Agreement) -> int:
    return Agreement.objects.get(pk=agreement.id).units_left


@pytest.mark.req("WIZ-1", "WIZ-2", "WIZ-3", "WIZ-4", "WIZ-5", "WIZ-6", "AGR-6")
def test_six_forms_make_a_request(guided: Guided, plan: world.Agreement) -> None:
    assert guided.begin()["Location"] == guided.url("support")
    assert guided.send("support", support_form(plan))["Location"] == guided.url("contact")
    assert guided.send("contact", contact_form())["Location"] == guided.url("share")
    assert guided.send("share")["Location"] == guided.url("verify")
    assert guided.send("verify")["Location"] == guided.url("submit")
    assert (Case.objects.count(), left(plan)) == (0, 3)
    response = guided.send("submit", {"terms_accepted": "on"})
    case = guided.case
    assert case is not None
    assert response["Location"] == f"/requests/PD-{case.pk}/confirmation/"
    assert left(plan) == 2
    assert (case.summary, case.severity, case.hours, case.country) == (
        problem_form()["summary"],
        "B",
        "business",
        "GR",
    )


@pytest.mark.req("WIZ-1")
@pytest.mark.parametrize("step", ["problem", "support", "contact", "share", "verify", "submit"])
def test_every_step_has_a_page_of_its_own_that_names_where_one_is(
    step: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to(step, plan)
    response = guided.get(step)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count("<h1") == 1
    assert page.count('aria-current="step"') == 1
    number = ["problem", "support", "contact", "share", "verify", "submit"].index(step) + 1
    assert f"Step {number} of 6" in page
    # Steps that are done can be edited, later ones are only named.
    for done in ["problem", "support", "contact", "share", "verify"][: number - 1]:
        assert f'class="rail-edit" href="{guided.url(done)}"' in page
    assert page.count('class="rail-edit"') == number - 1
    assert '<form method="post"' in page


@pytest.mark.req("WIZ-1", "WIZ-8")
def test_a_draft_begins_with_the_first_next(guided: Guided) -> None:
    page = guided.client.get(reverse("portal:request-new"))
    assert is_uuid(value_of(page, "draft"))
    assert not Draft.objects.exists()
    guided.draft_id = value_of(page, "draft")  # type: ignore[assignment]  # read from the page as text
    guided.begin()
    assert Draft.objects.count() == 1


@pytest.mark.req("WIZ-8")
def test_a_second_click_on_the_first_next_makes_no_second_draft(guided: Guided) -> None:
    guided.begin()
    assert guided.begin(summary="Typed again")["Location"] == guided.url("support")
    assert Draft.objects.count() == 1
    assert guided.answers["problem"]["summary"] == "Typed again"


@pytest.mark.req("WIZ-1")
def test_what_can_be_chosen_follows_the_product_without_script(guided: Guided) -> None:
    page = guided.client.get(reverse("portal:request-new"))
    assert 'name="version"' not in page.content.decode()
    data = {
        "product": "windows-server",
        "draft": str(guided.draft_id),
        "summary": "Typed before",
        "action": "choices",
    }
    page = guided.client.post(reverse("portal:request-new"), data)
    assert page.status_code == 200
    assert 'name="version"' in page.content.decode()
    assert 'name="usage"' in page.content.decode()
    assert value_of(page, "summary") == "Typed before"
    assert value_of(page, "draft") == str(guided.draft_id)
    assert 'class="error"' not in page.content.decode()
    # A product that does not depend on its use does not ask for it.
    page = guided.client.post(reverse("portal:request-new"), {**data, "product": "hyper-v-server"})
    assert 'name="usage"' not in page.content.decode()


@pytest.mark.req("WIZ-7")
def test_the_page_says_what_to_write_and_that_everything_can_be_changed(guided: Guided) -> None:
    page = texts(guided.client.get(reverse("portal:request-new")))
    assert "The better you describe it, the better our first answer." in page
    assert "What did you do, what did you expect, and what happened instead?" in page
    assert "You can go back and change anything until you send it." in page


@pytest.mark.req("WIZ-1")
@pytest.mark.parametrize(
    "field", ["product", "version", "usage", "category", "problem", "summary", "description"]
)
def test_what_is_missing_in_step_1_is_said_at_its_field(field: str, guided: Guided) -> None:
    response = guided.begin(**{field: ""})
    assert response.status_code == 422
    assert not Draft.objects.exists()
    assert error_at(response, f"id_{field}_error")
    assert "<title>Error: " in response.content.decode()
    assert 'role="alert"' in response.content.decode()
    for other in ("summary", "description"):
        if other != field:
            assert value_of(response, other) == problem_form()[other]


@pytest.mark.req("WIZ-1", "WIZ-6")
@pytest.mark.parametrize("step", ["support", "contact", "share", "verify", "submit"])
def test_no_step_can_be_skipped(step: str, guided: Guided, plan: world.Agreement) -> None:
    """Neither by its address nor by sending its form."""
    guided.begin()
    later = ["contact", "share", "verify", "submit"]
    for each in later[later.index(step) if step in later else 0 :]:
        for response in (guided.get(each), guided.send(each, {**contact_form(), "terms_accepted": "on"})):
            assert response["Location"] == guided.url("support")
    assert "Answer this step first" in texts(guided.get("support"))
    assert guided.answers["done"] == ["problem"]
    assert (Case.objects.count(), left(plan)) == (0, 3)


@pytest.mark.req("WIZ-7")
def test_any_earlier_step_can_be_changed_and_leads_back_to_the_check(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("submit", plan)
    assert guided.send("problem", problem_form(summary="Put better"))["Location"] == guided.url("verify")
    # What was checked before has to be checked again.
    assert guided.get("submit")["Location"] == guided.url("verify")
    assert "Put better" in texts(guided.get("verify"))


def test_a_step_that_is_none_does_not_exist(guided: Guided) -> None:
    guided.begin()
    assert guided.get("payment").status_code == 404
    assert guided.send("payment").status_code == 404


@pytest.mark.req("WIZ-8")
def test_a_draft_leads_to_where_one_left_off(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("share", plan)
    assert guided.client.get(guided.url())["Location"] == guided.url("share")


@pytest.mark.req("WIZ-8")
def test_a_draft_of_somebody_else_is_not_there(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("submit", plan)
    olaf = Guided("olaf")
    olaf.draft_id = guided.draft_id
    before = guided.answers
    for step in ("problem", "support", "contact", "share", "verify", "submit"):
        assert olaf.get(step).status_code == 404
        assert olaf.send(step, {**problem_form(), "terms_accepted": "on"}).status_code == 404
    for action in ("leave", "autosave", "choices", "add", "me"):
        assert olaf.send("problem", {**problem_form(), "action": action}).status_code == 404
        assert olaf.send("support", {"action": action}).status_code == 404
    # Nor does its key open it from the beginning.
    assert olaf.begin(summary="Taken over").status_code == 404
    assert olaf.client.post(reverse("portal:draft-discard", args=[guided.draft_id])).status_code == 404
    assert guided.answers == before
    assert left(plan) == 3


# Step 2


@pytest.mark.req("WIZ-2", "AGR-9", "ELI-1")
def test_step_2_offers_the_plans_that_can_pay_with_what_is_left_and_until_when(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.begin()
    page = texts(guided.get("support"))
    assert f"{plan.access_id} – Gold Partner Support 20-pack" in page
    assert "3 of 3 incidents left" in page
    assert re.search(r"Until \d+ \w+ 20\d\d", page)


@pytest.mark.req("ELI-1", "ELI-2", "ELI-3", "ELI-6", "ELI-10")
def test_step_2_says_of_the_chosen_plan_that_it_runs_low(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("support", plan)
    assert "Nearly used up" not in guided.get("support").content.decode()
    ledger.deduct(plan.id, case_number=1, key="k", actor_id=None, at=timezone.now(), units=2)
    page = guided.get("support").content.decode()
    assert page.count("Nearly used up: 1 of 3 incidents left.") == 1


@pytest.mark.req("ELI-2", "ELI-3", "ELI-10")
def test_plans_that_cannot_pay_unfold_with_every_reason_and_a_way_out(guided: Guided) -> None:
    ended = world.ended_agreement(units=0, registered=["carla"])
    cloud = world.agreement("signature-cloud-support", registered=["carla"])
    guided.begin()
    response = guided.get("support")
    folded = re.search(r"<details class=\"unfold\".*?</details>", response.content.decode(), re.DOTALL)
    assert folded is not None
    assert "carla@olive-grove-foods.example" in folded.group(0)
    items = re.findall(r"<li>\s*<strong>.*?</ul>\s*</li>", folded.group(0), re.DOTALL)
    by_plan = {re.search(r"<strong>(\d+)", item).group(1): item for item in items}  # type: ignore[union-attr]  # the pattern begins so
    assert set(by_plan) == {ended.access_id, cloud.access_id}
    assert "Its benefits ended on" in by_plan[ended.access_id]
    assert "No incidents are left on it." in by_plan[ended.access_id]
    assert reverse("portal:buy") in by_plan[ended.access_id]
    assert "It covers cloud products only" in by_plan[cloud.access_id]
    assert f'href="{guided.url("problem")}"' in by_plan[cloud.access_id]
    # They are no inputs, so they cannot be chosen.
    assert "<input" not in folded.group(0)


@pytest.mark.req("ELI-1")
@pytest.mark.parametrize("which", ["none", "ended", "foreign", "unknown", "text"])
def test_a_plan_that_cannot_pay_cannot_be_chosen(which: str, guided: Guided, plan: world.Agreement) -> None:
    others: dict[str, str] = {
        "none": "",
        "ended": str(world.ended_agreement(registered=["carla"]).id),
        "foreign": str(world.agreement(registered=["cem"]).id),
        "unknown": "999999999999999999",
        "text": "1 OR 1=1",
    }
    guided.begin()
    response = guided.send("support", support_form(None, agreement_id=others[which], severity="C"))
    assert response.status_code == 422
    assert error_at(response, "id_agreement_id_error")
    assert value_of(response, "severity") == "C"
    assert guided.answers["done"] == ["problem"]


@pytest.mark.req("WIZ-2", "SEV-1", "SEV-2")
def test_a_severity_says_what_it_means_asks_and_promises(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()
    page = texts(guided.get("support"))
    assert "Business is stopped" in page
    assert "First answer within 2 hours, day and night" in page
    assert "News from us at least every 4 hours" in page
    assert "Somebody on your side can be reached day and night" in page
    assert "First answer within 8 hours of business time" in page


@pytest.mark.req("WIZ-2", "SEV-4")
def test_only_the_critical_severity_offers_day_and_night(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()
    response = guided.send(
        "support",
        support_form(plan, severity="B", hours="24x7", night_name="Night desk", night_phone="+302101239999"),
    )
    assert response.status_code == 302
    assert guided.answers["support"]["hours"] == "business"
    assert guided.answers["support"]["night_name"] == ""

    reachable = {"night_name": "Night desk", "night_phone": "+302101239999", "night_agreed": "on"}
    for missing in reachable:
        data = support_form(plan, severity="A", hours="24x7", **{**reachable, missing: ""})
        response = guided.send("support", data)
        assert response.status_code == 422
        assert error_at(response, f"id_{missing}_error")
    # Whoever comes to the critical severity from another one finds day and night chosen.
    assert value_of(guided.get("support"), "hours") == "24x7"
    guided.send("support", support_form(plan, severity="A", hours="business"))
    assert value_of(guided.get("support"), "hours") == "business"
    zoned = {**reachable, "night_phone": "210 123 9999", "night_time_zone": "Europe/Prague"}
    data = support_form(plan, severity="A", hours="24x7", **zoned)
    assert guided.send("support", data).status_code == 302
    assert guided.answers["support"]["night_phone"] == "+30 21 0123 9999"
    assert guided.answers["support"]["night_time_zone"] == "Europe/Prague"
    assert re.search(r'name="night_agreed"[^>]* checked', guided.get("support").content.decode())


@pytest.mark.req("WIZ-2", "SEV-3")
def test_a_severity_that_the_plan_does_not_offer_is_shown_with_its_reason(guided: Guided) -> None:
    """Advisory hours know no critical request."""
    advice = world.agreement("partner-advisory-hours-20", registered=["carla"])
    guided.begin(category="advice", problem="how-to")
    guided.send("support", support_form(advice, action="refresh"))
    response = guided.get("support")
    assert "Severities that this plan does not offer" in texts(response)
    assert 'name="severity" id="id_severity_A"' not in response.content.decode()
    refused = guided.send("support", support_form(advice, severity="A"))
    assert refused.status_code == 422
    assert "This plan does not offer that severity" in error_at(refused, "id_severity_error")


@pytest.mark.req("WIZ-2", "IDN-1")
def test_country_and_time_zone_come_from_the_profile_and_can_be_changed(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.begin()
    page = guided.get("support")
    assert (value_of(page, "country"), value_of(page, "time_zone")) == ("GR", "Europe/Athens")
    guided.send("support", support_form(plan, country="CZ", time_zone="Europe/Prague"))
    page = guided.get("support")
    assert (value_of(page, "country"), value_of(page, "time_zone")) == ("CZ", "Europe/Prague")


@pytest.mark.req("WIZ-2")
def test_without_script_a_button_shows_what_a_choice_means(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()
    assert "<noscript>" in guided.get("support").content.decode()
    response = guided.send("support", support_form(plan, severity="C", action="refresh"))
    assert response["Location"] == guided.url("support")
    page = texts(guided.get("support"))
    assert "If you send now" in page
    assert "First answer by" in page


@pytest.mark.req("RTE-2")
def test_a_question_that_is_free_needs_no_plan_and_deducts_nothing(
    guided: Guided, plan: world.Agreement
) -> None:
    product = catalog.current().product("windows-server")
    free = next(
        (category.code, each.code)
        for category in product.offered_categories
        for each in category.offered_problems
        if not product.needs_pair_for(each)
    )
    guided.begin(category=free[0], problem=free[1])
    assert "You need no plan" in texts(guided.get("support"))
    guided.up_to("verify", None, severity="C")
    assert "Nothing is deducted" in texts(guided.get("verify"))
    guided.send("verify")
    confirmation = guided.send("submit", {"terms_accepted": "on"})["Location"]
    assert "deducted" not in texts(guided.client.get(confirmation))
    assert guided.case is not None
    assert guided.case.agreement_id is None
    assert left(plan) == 3


# Adding an agreement without leaving the request


@pytest.mark.req("AGR-3", "WIZ-2")
def test_an_agreement_is_added_in_step_2_and_chosen_at_once(db: None) -> None:
    new = world.agreement(units=2)
    guided = Guided("carla")
    guided.begin()
    page = guided.get("support")
    assert "Add an agreement first" in texts(page)
    typed = support_form(
        None, severity="C", action="add", access_id=new.access_id, contract_id=new.contract_id
    )
    assert guided.send("support", typed)["Location"] == guided.url("support")
    page = guided.get("support")
    assert "The agreement is added to your account." in texts(page)
    assert value_of(page, "agreement_id") == str(new.id)
    assert value_of(page, "severity") == "C"


@pytest.mark.req("ELI-9", "ELI-6")
def test_a_cloud_pair_is_not_accepted_for_an_on_premises_product(db: None) -> None:
    cloud = world.agreement("signature-cloud-support")
    guided = Guided("carla")
    guided.begin()
    response = guided.send(
        "support", support_form(None, action="add", access_id=cloud.access_id, contract_id=cloud.contract_id)
    )
    assert response.status_code == 422
    assert "It covers cloud products only" in texts(response)
    assert not Agreement.objects.filter(
        pk=cloud.id, registrations__account__email__startswith="carla@"
    ).exists()


@pytest.mark.req("AGR-5", "ELI-8")
def test_adding_an_agreement_twice_points_to_the_unavailable_plans(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.begin()
    response = guided.send(
        "support", support_form(None, action="add", access_id=plan.access_id, contract_id=plan.contract_id)
    )
    assert response.status_code == 422
    assert "already registered with your account" in texts(response)
    assert "unavailable plans" in texts(response)


# Steps 3 and 4


@pytest.mark.req("WIZ-3", "IDN-1")
def test_the_primary_contact_comes_from_the_profile_and_can_be_changed_for_this_request(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("contact", plan)
    page = guided.get("contact")
    for field, value in contact_form().items():
        assert value_of(page, field) == value
    guided.send(
        "contact", contact_form(name="Cem Kowalski", email="CEM@baltic-sails.example", phone="210 123 9999")
    )
    assert guided.answers["contact"] == {
        "name": "Cem Kowalski",
        "email": "cem@baltic-sails.example",
        "phone": "+30 21 0123 9999",
        "time_zone": "Europe/Athens",
        "language": "en",
    }
    assert world.viewer("carla").phone == "+30 21 0123 4567"


@pytest.mark.req("WIZ-4")
def test_people_are_added_and_removed(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("share", plan)
    cem = {"name": "Cem Kowalski", "email": "cem@baltic-sails.example", "phone": ""}
    assert guided.send("share", {**cem, "action": "add"})["Location"] == guided.url("share")
    assert "Cem Kowalski" in texts(guided.get("share"))
    again = guided.send("share", {**cem, "action": "add"})
    assert again.status_code == 422
    assert error_at(again, "id_email_error") == "This person is already on the list."
    primary = guided.send("share", {**cem, "email": "carla@olive-grove-foods.example", "action": "add"})
    assert error_at(primary, "id_email_error") == "This person is already the primary contact."
    guided.send("share", {"action": "remove:cem@baltic-sails.example"})
    assert guided.answers["share"] == []
    # Somebody who was typed in and not added is meant to be added, too.
    assert guided.send("share", cem)["Location"] == guided.url("verify")
    assert [person["email"] for person in guided.answers["share"]] == ["cem@baltic-sails.example"]


@pytest.mark.req("WIZ-4")
def test_a_request_is_shared_with_ten_people_at_most(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("share", plan)
    for number in range(11):
        response = guided.send(
            "share", {"name": f"P {number}", "email": f"p{number}@mail.example", "action": "add"}
        )
        assert response.status_code == (302 if number < 10 else 422)
    assert "shared with 10 people" in error_at(response, "id_email_error")


@pytest.mark.req("WIZ-4")
def test_whoever_submits_for_a_colleague_is_warned_and_can_add_themself(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("contact", plan)
    assert "You will not see this request" not in texts(guided.get("contact"))
    guided.send("contact", contact_form(name="Cem Kowalski", email="cem@baltic-sails.example"))
    assert "You will not see this request" in texts(guided.get("share"))
    guided.send("share")
    assert "You will not see this request" in texts(guided.get("verify"))
    guided.send("share", {"action": "me"})
    assert "You will not see this request" not in texts(guided.get("share"))
    guided.send("share")
    assert "You will not see this request" not in texts(guided.get("verify"))


@pytest.mark.req("WIZ-4", "WIZ-3")
def test_somebody_who_is_shared_with_and_becomes_the_primary_contact_is_not_named_twice(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("share", plan)
    guided.send("share", {"name": "Cem Kowalski", "email": "cem@baltic-sails.example"})
    guided.send("contact", contact_form(name="Cem Kowalski", email="cem@baltic-sails.example"))
    response = guided.send("verify")
    assert response.status_code == 422
    assert "cem@baltic-sails.example is the primary contact and is also shared with." in texts(response)
    assert f'href="{guided.url("share")}"' in response.content.decode()
    guided.send("share", {"action": "remove:cem@baltic-sails.example"})
    guided.send("share")
    guided.send("verify")
    guided.send("submit", {"terms_accepted": "on"})
    assert guided.case is not None
    assert [contact.email for contact in guided.case.contacts.all()] == ["cem@baltic-sails.example"]


# Steps 5 and 6


@pytest.mark.req("WIZ-5")
def test_step_5_shows_everything_with_an_edit_for_each_part_and_what_will_happen(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("share", plan)
    guided.send("share", {"name": "Cem Kowalski", "email": "cem@baltic-sails.example"})
    response = guided.get("verify")
    page = texts(response)
    for told in (
        "Windows Server 2022",
        problem_form()["summary"],
        problem_form()["description"],
        f"{plan.access_id} – Gold Partner Support 20-pack: 3 of 3 incidents left",
        "B · Work is badly slowed",
        "Greece",
        "Carla Papadaki",
        "cem@baltic-sails.example",
        f"One incident is deducted from {plan.access_id} – Gold Partner Support 20-pack; 2 will be left",
        "First answer by",
        "(Athens)",
        "A confirmation goes to carla@olive-grove-foods.example",
    ):
        assert told in page
    for step in ("problem", "support", "contact", "share"):
        assert f'<a href="{guided.url(step)}">Edit' in response.content.decode()
    assert left(plan) == 3


@pytest.mark.req("WIZ-5", "AGR-2")
def test_the_last_day_of_a_plan_is_the_same_in_every_step(guided: Guided, plan: world.Agreement) -> None:
    guided.begin()
    day = re.search(r"Until (\d+ \w+ \d{4})", texts(guided.get("support")))
    assert day is not None
    guided.up_to("verify", plan)
    assert day.group(1) in texts(guided.get("verify"))
    benefit = guided.client.get(reverse("portal:benefit", args=[plan.id]))
    assert day.group(1) in texts(benefit)


@pytest.mark.req("AGR-7", "WIZ-5")
def test_advisory_hours_are_called_hours_when_they_pay(guided: Guided) -> None:
    advice = world.agreement("partner-advisory-hours-20", units=5, registered=["carla"])
    guided.begin(category="advice", problem="how-to")
    guided.up_to("verify", advice)
    page = texts(guided.get("verify"))
    assert "One advisory hour is set aside" in page
    assert "One incident" not in page
    guided.send("verify")
    response = guided.send("submit", {"terms_accepted": "on"})
    confirmation = texts(guided.client.get(response["Location"]))
    assert "One incident" not in confirmation
    assert left(advice) == 4 * 60


@pytest.mark.req("WIZ-6")
def test_the_service_agreement_has_to_be_accepted(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("submit", plan)
    response = guided.send("submit")
    assert response.status_code == 422
    assert (
        error_at(response, "id_terms_accepted_error") == "Accept the service agreement to send the request."
    )
    assert (Case.objects.count(), left(plan)) == (0, 3)
    # And its text is there to be read.
    link = re.search(r'href="(/help/)#service-agreement"', response.content.decode())
    assert link is not None
    assert 'id="service-agreement"' in guided.client.get(link.group(1)).content.decode()


@pytest.mark.req("WIZ-6", "AGR-10")
def test_sending_twice_gives_the_same_request(guided: Guided, plan: world.Agreement) -> None:
    guided.up_to("submit", plan)
    first = guided.send("submit", {"terms_accepted": "on"})
    second = guided.send("submit", {"terms_accepted": "on"})
    assert first["Location"] == second["Location"]
    assert (Case.objects.count(), left(plan)) == (1, 2)
    assert LedgerEntry.objects.filter(agreement_id=plan.id, kind="deduct").count() == 1


@pytest.mark.req("WIZ-6", "WIZ-8")
def test_a_draft_that_was_sent_leads_to_its_confirmation_wherever_one_comes_from(
    guided: Guided, plan: world.Agreement
) -> None:
    """The back button, an old tab, an old bookmark."""
    guided.up_to("submit", plan)
    confirmation = guided.send("submit", {"terms_accepted": "on"})["Location"]
    assert guided.client.get(guided.url())["Location"] == confirmation
    for step in ("problem", "support", "contact", "share", "verify", "submit"):
        assert guided.get(step)["Location"] == confirmation
        assert guided.send(step, {"action": "autosave"})["Location"] == confirmation
    assert guided.begin(summary="From the very first page")["Location"] == confirmation
    assert Case.objects.get().summary == problem_form()["summary"]


@pytest.mark.req("ELI-3", "WIZ-8")
def test_a_plan_that_ran_out_between_step_2_and_step_6_is_said_in_step_2(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("submit", plan)
    for _ in range(3):
        Guided("carla").up_to("", plan)
    assert left(plan) == 0
    response = guided.send("submit", {"terms_accepted": "on"})
    assert response["Location"] == guided.url("support")
    page = texts(guided.client.get(response["Location"]))
    assert "No incidents are left on it." in page
    assert left(plan) == 0
    assert guided.case is None
    # What was answered is still there, and another plan saves the request.
    other = world.agreement(units=1, registered=["carla"])
    guided.send("support", support_form(other, severity="C"))
    guided.send("verify")
    assert guided.send("submit", {"terms_accepted": "on"}).status_code == 302
    assert guided.case is not None
    assert left(other) == 0


@pytest.mark.req("WIZ-5")
def test_what_cannot_be_sent_is_said_in_step_5_with_the_way_there(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("verify", plan)
    Agreement.objects.filter(pk=plan.id).update(suspended_at=timezone.now())
    response = guided.get("verify")
    assert "This cannot be sent yet" in texts(response)
    assert "It is suspended at the moment." in texts(response)
    assert guided.send("verify").status_code == 422
    assert "verify" not in guided.answers["done"]


@pytest.mark.req("WIZ-6")
def test_nothing_that_was_posted_beside_the_fields_changes_a_request(
    guided: Guided, plan: world.Agreement
) -> None:
    """Mass assignment: names of columns, of other people and of money."""
    olaf = world.person("olaf")
    others = {
        "id": "1",
        "pk": "1",
        "account": str(olaf.pk),
        "account_id": str(olaf.pk),
        "submitter": str(olaf.pk),
        "submitter_id": str(olaf.pk),
        "organization_id": "1",
        "status": "closed",
        "units": "0",
        "units_left": "99",
        "balance_after": "99",
        "case": "1",
        "case_id": "1",
        "draft_key": str(new_key()),
        "opened_at": "2020-01-01",
        "first_response_due_at": "2020-01-01",
        "terms": "{}",
        "explanation": "{}",
        "done": "problem,support,contact,share,verify,submit",
        "answers": "{}",
        "expires_at": "2099-01-01",
    }
    guided.begin(**others)
    draft = guided.draft
    assert draft is not None
    assert draft.account.email.startswith("carla@")
    assert draft.answers["done"] == ["problem"]
    for step, data in (
        ("support", support_form(plan)),
        ("contact", contact_form()),
        ("share", {}),
        ("verify", {}),
        ("submit", {"terms_accepted": "on"}),
    ):
        assert guided.send(step, {**others, **data}).status_code == 302
    case = guided.case
    assert case is not None
    assert case.submitter.email.startswith("carla@")
    assert (case.status, case.organization_id) == ("new", case.submitter.organization_id)
    assert case.opened_at.year > 2020
    assert case.terms["initial_response_minutes"] == 240
    assert left(plan) == 2


@pytest.mark.req("WIZ-1")
def test_a_link_may_choose_the_product(guided: Guided) -> None:
    page = visitor("carla").get(reverse("portal:request-new"), {"product": "windows-server"})
    assert value_of(page, "product") == "windows-server"
    assert 'name="version"' in page.content.decode()
    page = visitor("carla").get(reverse("portal:request-new"), {"product": "no-such-product"})
    assert page.status_code == 200
    assert value_of(page, "product") == ""

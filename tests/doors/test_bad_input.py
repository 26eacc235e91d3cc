"""Whatever is typed, pasted or sent: a clear sentence in the right place, what was typed is kept, no balance moves."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from pactdesk.agreements.models import Agreement, LedgerEntry, Registration
from pactdesk.agreements.rules import Pair, grouped
from pactdesk.cases.models import Case, Draft
from tests import world
from tests.doors.guided import (
    HTMX,
    Guided,
    contact_form,
    error_at,
    problem_form,
    support_form,
    texts,
    value_of,
)
from tests.doors.visitors import visitor

PAIR = Pair("0230242323", "00112233445566778899")
UNKNOWN = "We do not know this pair of Access ID and Contract ID."
HIDDEN = "This text contains hidden characters"
BIDI, BELL, NUL = "\u202e", "\x07", "\x00"

pytestmark = pytest.mark.usefixtures("_no_unit_moves")


@pytest.fixture
def plan(db: None) -> world.Agreement:
    return world.agreement(units=3, registered=["carla"])


@pytest.fixture
def guided(plan: world.Agreement) -> Guided:
    return Guided("carla")


@pytest.fixture
def _no_unit_moves(guided: Guided) -> Iterator[None]:
    """Nothing that is refused spends anything or makes a request."""
    yield
    assert not LedgerEntry.objects.exclude(kind="grant").exists()
    assert not Case.objects.exists()


# The pair, in step 2


def add(guided: Guided, access_id: str, contract_id: str) -> HttpResponse:
    typed = support_form(None, severity="C", access_id=access_id, contract_id=contract_id, action="add")
    return guided.send("support", typed)


@pytest.mark.req("AGR-1", "AGR-11")
@pytest.mark.parametrize(
    ("access_id", "contract_id"),
    [
        (PAIR.access_id.lstrip("0"), PAIR.contract_id),
        (PAIR.access_id, PAIR.contract_id.lstrip("0")),
        ("0" + PAIR.access_id, PAIR.contract_id),
        (PAIR.access_id, PAIR.contract_id[:-1] + "8"),
        (PAIR.access_id[:-1] + "4", PAIR.contract_id),
        ("9999999999", "99999999999999999999"),
        (PAIR.contract_id, PAIR.access_id),
    ],
    ids=["missing zero", "missing zeros", "zero too many", "other half", "first half", "both", "swapped"],
)
def test_a_wrong_pair_is_answered_alike_whichever_half_is_wrong(
    access_id: str, contract_id: str, guided: Guided
) -> None:
    world.agreement(pair=PAIR)
    guided.begin()
    response = add(guided, access_id, contract_id)
    assert response.status_code == 422
    assert UNKNOWN in texts(response)
    assert "zeros at the start count" in texts(response)
    assert not error_at(response, "id_access_id_error")
    assert not error_at(response, "id_contract_id_error")
    assert (value_of(response, "access_id"), value_of(response, "contract_id")) == (access_id, contract_id)
    assert value_of(response, "severity") == "C"
    assert Registration.objects.count() == 1


@pytest.mark.req("AGR-1")
@pytest.mark.parametrize(
    ("access_id", "contract_id"),
    [
        (f"  {grouped(PAIR.access_id)} ", grouped(PAIR.contract_id)),
        ("0230-242-323", "0011‑2233‑4455‑6677‑8899"),
        ("0230.242.323", "0011\u00a02233 4455–6677—8899"),
        ("\u200b0230242323", "00112233445566778899\ufeff"),
        ("0230\t242323", "0011 2233\u20094455 66778899"),
    ],
    ids=["groups", "dashes", "dots and no-break spaces", "invisible fillers", "tab and thin space"],
)
def test_spaces_and_dashes_of_a_pasted_pair_do_not_matter(
    access_id: str, contract_id: str, guided: Guided
) -> None:
    new = world.agreement(pair=PAIR)
    guided.begin()
    assert add(guided, access_id, contract_id).status_code == 302
    assert Registration.objects.filter(agreement_id=new.id).count() == 1


@pytest.mark.parametrize(
    ("access_id", "contract_id", "field", "told"),
    [
        ("", PAIR.contract_id, "access_id", "Enter the Access ID."),
        (PAIR.access_id, " - ", "contract_id", "Enter the Contract ID."),
        ("O230242323", PAIR.contract_id, "access_id", "digits only"),
        ("٠٢٣٠٢٤٢٣٢٣", PAIR.contract_id, "access_id", "digits only"),
        ("２３０２４２３２３０", PAIR.contract_id, "access_id", "digits only"),
        (PAIR.access_id, "1" * 41, "contract_id", "41 digits, which is too many"),
        ("1" * 5000, PAIR.contract_id, "access_id", "Shorten it"),
        (f"023024{NUL}2323", PAIR.contract_id, "access_id", HIDDEN),
        (PAIR.access_id, f"{BIDI}{PAIR.contract_id}", "contract_id", HIDDEN),
        ("' OR 1=1 --", PAIR.contract_id, "access_id", "digits only"),
    ],
)
def test_what_cannot_be_an_id_is_said_at_its_field(
    access_id: str, contract_id: str, field: str, told: str, guided: Guided
) -> None:
    world.agreement(pair=PAIR)
    guided.begin()
    response = add(guided, access_id, contract_id)
    assert response.status_code == 422
    assert told in error_at(response, f"id_{field}_error")
    other = {"access_id": contract_id, "contract_id": access_id}[field]
    assert value_of(response, "contract_id" if field == "access_id" else "access_id") == other
    # The form stays unfolded, so that the sentence can be seen.
    assert '<details class="unfold" id="add-agreement" open>' in response.content.decode()
    assert Registration.objects.count() == 1


@pytest.mark.req("AGR-11")
def test_guessing_pairs_ends_and_is_not_helped_by_a_right_one(guided: Guided) -> None:
    new = world.agreement(pair=PAIR)
    guided.begin()
    for number in range(10):
        assert UNKNOWN in texts(add(guided, PAIR.access_id, f"{number:020}"))
    response = add(guided, PAIR.access_id, PAIR.contract_id)
    assert response.status_code == 422
    assert "Too many pairs were tried" in texts(response)
    assert not Registration.objects.filter(agreement_id=new.id).exists()
    assert value_of(response, "severity") == "C"


@pytest.mark.req("ELI-2", "ELI-3", "AGR-5")
@pytest.mark.parametrize("why", ["ended", "used up"])
def test_a_pair_that_cannot_pay_any_more_is_added_and_says_why(why: str, guided: Guided) -> None:
    new = world.ended_agreement(pair=PAIR) if why == "ended" else world.agreement(pair=PAIR, units=0)
    guided.begin()
    assert add(guided, PAIR.access_id, PAIR.contract_id)["Location"] == guided.url("support")
    page = texts(guided.get("support"))
    assert "Plans that cannot be used" in page
    assert ("Its benefits ended on" if why == "ended" else "No incidents are left on it.") in page
    response = guided.send("support", support_form(new))
    assert response.status_code == 422
    assert "This plan cannot pay for the request." in error_at(response, "id_agreement_id_error")


# Texts


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("summary", "x" * 201, "This is 201 characters long. Shorten it to 200."),
        ("description", "x" * 20_001, "This is 20001 characters long. Shorten it to 20000."),
        ("summary", f"Invoice{BIDI}fdp.exe", f"{HIDDEN} (U+202E)"),
        ("description", f"line\nand{BELL}bell", f"{HIDDEN} (U+0007)"),
        ("description", f"null{NUL}byte", f"{HIDDEN} (U+0000)"),
        ("summary", "\u2066isolated\u2069", f"{HIDDEN} (U+2066, U+2069)"),
        ("summary", " \u200b\n\t ", "Say in one sentence what is wrong."),
        ("description", " \u2028 ", "Describe what happens."),
    ],
)
def test_a_text_that_cannot_be_kept_is_said_at_its_field(
    field: str, typed: str, told: str, guided: Guided
) -> None:
    response = guided.begin(**{field: typed})
    assert response.status_code == 422
    assert told in error_at(response, f"id_{field}_error")
    other = "description" if field == "summary" else "summary"
    assert value_of(response, other) == problem_form()[other]
    if NUL not in typed:
        assert value_of(response, field).strip() == typed.strip()
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        "Ο ελεγκτής τομέα δεν αναπαράγεται",
        "Bộ điều khiển miền không sao chép",
        "日本語の要約",
        "الطابعة لا تعمل 🖨️ \u200f(اليوم)",
        "👩‍💻 cannot sign in",
        "a\u0301 combining",
        "100 % of <b>users</b> & {{ more }}",
    ],
)
def test_every_language_may_be_typed(typed: str, guided: Guided) -> None:
    assert guided.begin(summary=typed, description=f"{typed}\r\n\r\n{typed}").status_code == 302
    kept = unicodedata.normalize("NFC", typed)
    assert guided.answers["problem"]["summary"] == kept
    assert guided.answers["problem"]["description"] == f"{kept}\n\n{kept}"


def test_a_draft_may_hold_what_a_request_may_not(guided: Guided) -> None:
    """Nothing typed is lost while it is not sent, except what the database cannot hold."""
    guided.begin()
    typed = {"product": "windows-server", "summary": f"a{NUL}b{BIDI}", "description": "x" * 30_000}
    assert guided.send("problem", {**typed, "action": "leave"}).status_code == 302
    assert guided.answers["problem"]["summary"] == f"ab{BIDI}"
    assert len(guided.answers["problem"]["description"]) == 30_000
    response = guided.get("problem")
    assert response.status_code == 200
    assert guided.get("support")["Location"] == guided.url("problem")


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("phone", "call me", "phone"),
        ("phone", "12", "phone"),
        ("phone", "+999 123 456 789", "country code"),
        ("phone", f"+30{BIDI}2101234567", HIDDEN),
        ("phone", "", "Enter a phone number."),
        ("phone", "1" * 41, "Shorten it to 40"),
        ("email", "carla at olive", "valid email"),
        ("email", "carla@olive-grove-foods.example, cem@baltic-sails.example", "valid email"),
        ("email", "carla@olive-grove-foods.example\r\nBcc: all@mail.example", ""),
        ("email", f"carla@olive{BIDI}grove.example", HIDDEN),
        ("email", "a" * 250 + "@mail.example", "254"),
        ("email", "", "Enter an e-mail address."),
        ("name", "", "Enter a name."),
        ("name", f"Carla{BIDI}", HIDDEN),
        ("name", f"Carla{NUL}", HIDDEN),
        ("name", "x" * 201, "Shorten it to 200"),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list."),
        ("time_zone", "", "Choose a time zone."),
        ("time_zone", "../../etc/passwd", "Choose a time zone from the list."),
        ("language", "tlh", ""),
        ("language", "", "Choose a language."),
    ],
)
def test_a_contact_that_cannot_be_right_is_said_at_its_field(
    field: str, typed: str, told: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("contact", plan)
    response = guided.send("contact", contact_form(**{field: typed}))
    assert response.status_code == 422
    found = error_at(response, f"id_{field}_error")
    assert found
    assert told.lower() in found.lower()
    for other, value in contact_form().items():
        if other != field:
            assert value_of(response, other) == value
    assert guided.answers["done"] == ["problem", "support"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "", "email": "cem@baltic-sails.example"}, "name"),
        ({"name": "Cem", "email": ""}, "email"),
        ({"name": "Cem", "email": "cem"}, "email"),
        ({"name": "Cem", "email": "cem@baltic-sails.example", "phone": "x"}, "phone"),
        ({"name": f"C{BIDI}em", "email": "cem@baltic-sails.example"}, "name"),
        ({"name": "Cem", "email": f"cem@baltic{BIDI}sails.example"}, "email"),
    ],
)
@pytest.mark.parametrize("action", ["add", ""])
def test_somebody_to_share_with_who_cannot_be_right_is_said_at_the_field(
    action: str, typed: dict[str, str], field: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("share", plan)
    response = guided.send("share", {**typed, "action": action})
    assert response.status_code == 422
    assert error_at(response, f"id_{field}_error")
    assert value_of(response, "name") == typed["name"]
    assert guided.answers["share"] == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("country", "ZZ"),
        ("country", ""),
        ("country", "Greece"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", f"Europe/{NUL}Athens"),
        ("time_zone", ""),
        ("time_zone", "EST5EDT"),
        ("severity", "Z"),
        ("severity", ""),
        ("severity", NUL),
    ],
)
def test_a_place_or_severity_that_is_none_is_said_at_its_field(
    field: str, typed: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.begin()
    response = guided.send("support", support_form(plan, **{field: typed}))
    assert response.status_code == 422
    assert error_at(response, f"id_{field}_error")
    assert value_of(response, "agreement_id") == str(plan.id)
    assert guided.answers["done"] == ["problem"]
    # Nor does the page break when it is kept unfinished, or only looked at.
    assert guided.send("support", support_form(plan, **{field: typed}, action="autosave")).status_code == 200
    assert guided.get("support").status_code == 200
    asked = support_form(plan, **{field: typed}, part="choices")
    assert guided.client.get(guided.url("support"), asked, headers=HTMX).status_code == 200


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("night_name", f"Night{BIDI}desk"),
        ("night_name", "x" * 201),
        ("night_phone", "call the desk"),
        ("night_phone", f"+30{NUL}2101234567"),
        ("night_time_zone", "Europe/Nowhere"),
        ("night_agreed", ""),
        ("hours", "sometimes"),
    ],
)
def test_a_night_contact_that_cannot_be_right_is_said_at_its_field(
    field: str, typed: str, guided: Guided, plan: world.Agreement
) -> None:
    guided.begin()
    reachable = {"hours": "24x7", "night_name": "Night desk", "night_phone": "+302101239999"}
    reachable["night_agreed"] = "on"
    response = guided.send("support", support_form(plan, severity="A", **{**reachable, field: typed}))
    assert response.status_code == 422
    assert error_at(response, f"id_{field}_error")
    assert value_of(response, "severity") == "A"


# What no browser sends


def test_choices_that_do_not_go_together_are_refused(guided: Guided) -> None:
    for changes in (
        {"version": "subscription-edition"},
        {"category": "mail-flow"},
        {"problem": "invoice"},
        {"usage": "tourist"},
        {"product": "no-such-product"},
    ):
        assert guided.begin(**changes).status_code == 422, changes
    assert not Draft.objects.exists()


@pytest.mark.parametrize("field", ["product", "version", "category", "problem"])
def test_a_choice_that_no_page_offers_is_refused_before_articles_are_looked_for(
    guided: Guided, field: str
) -> None:
    for code in (NUL, f"directory{NUL}", "no-such-code"):
        response = guided.begin(**{field: code})
        assert response.status_code == 422
        assert error_at(response, f"id_{field}_error")
    assert guided.draft is None


@pytest.mark.parametrize("key", ["", "1", "x" * 500, NUL, "00000000-0000-0000-0000-00000000000g", "{}"])
def test_a_draft_without_a_key_that_can_be_read_gets_a_new_one(key: str, guided: Guided) -> None:
    response = guided.client.post(reverse("portal:request-new"), problem_form(draft=key))
    assert response.status_code == 302
    draft = Draft.objects.get()
    assert str(draft.pk) in response["Location"]
    assert draft.account.email.startswith("carla@")


def test_more_than_anybody_types_is_refused_with_a_page(guided: Guided) -> None:
    address = reverse("portal:request-new")
    for response in (
        guided.begin(description="x" * 3_000_000),
        guided.client.post(address, {f"field{number}": "x" for number in range(300)}),
    ):
        assert response.status_code == 400
        assert "<h1" in response.content.decode()
    assert not Draft.objects.exists()


def test_files_and_foreign_encodings_in_place_of_texts_are_refused(guided: Guided) -> None:
    address = reverse("portal:request-new")
    upload = SimpleUploadedFile("summary.txt", b"x")
    assert guided.client.post(address, {**problem_form(), "summary": upload}).status_code == 422
    for body, kind in (
        (b"\xff\xfe\x00summary=%ff%fe", "application/x-www-form-urlencoded"),
        (b"summary=x", "application/x-www-form-urlencoded; charset=utf-16"),
        (b'{"summary": "x"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
    ):
        assert guided.client.post(address, body, content_type=kind).status_code in {400, 422}, kind
    assert not Draft.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_than_forms_know_are_refused(method: str, guided: Guided) -> None:
    guided.begin()
    for url in (reverse("portal:request-new"), guided.url("support"), reverse("portal:request-list"), "/"):
        assert getattr(guided.client, method)(url).status_code == 405, url


@pytest.mark.parametrize(
    "url",
    [
        "/benefits/99999999999999999999999/",
        "/benefits/1/seats/99999999999999999999999/",
        "/help/articles/99999999999999999999999/",
        "/requests/new/not-a-key/",
        "/requests/new/00000000-0000-0000-0000-000000000000/support/",
        "/requests/new/00000000-0000-0000-0000-000000000000/%00/",
        "/requests/drafts/00000000-0000-0000-0000-000000000000/discard/",
        "/requests/%E2%80%AE/",
        "/requests/" + "9" * 3000 + "/",
    ],
)
def test_an_address_that_was_made_up_is_not_found(url: str, guided: Guided) -> None:
    assert visitor("carla").get(url).status_code == 404


def test_what_stands_behind_the_question_mark_breaks_no_page(guided: Guided) -> None:
    guided.begin()
    pages = ["/", "/help/", "/profile/", "/benefits/", "/requests/", "/requests/drafts/", "/requests/new/"]
    pages += [reverse("portal:intake-options"), guided.url("problem"), guided.url("support")]
    names = (
        "next",
        "show",
        "older",
        "product",
        "part",
        "articles",
        "draft",
        "category",
        "summary",
        "agreement_id",
    )
    for page in pages:
        for value in (
            "%00",
            "%ff%fe",
            "9" * 400,
            "-1",
            "%F0%9F%92%A9",
            "1%27%20OR%201=1",
            "%0d%0aX:y",
            "a%5B%5D=1",
        ):
            query = "&".join(f"{name}={value}" for name in names)
            for headers in [{}, HTMX] if page.startswith("/requests/new/") else [{}]:
                assert guided.client.get(f"{page}?{query}", headers=headers).status_code == 200, (page, value)


def test_an_agreement_that_was_taken_away_meanwhile_is_not_spent(
    guided: Guided, plan: world.Agreement
) -> None:
    guided.up_to("submit", plan)
    Registration.objects.filter(agreement_id=plan.id).update(revoked_at="2026-11-01T00:00:00Z")
    response = guided.send("submit", {"terms_accepted": "on"})
    assert response["Location"] == guided.url("support")
    assert "Its owner has withdrawn your access to it." in texts(guided.client.get(response["Location"]))
    assert Agreement.objects.get(pk=plan.id).units_left == 3

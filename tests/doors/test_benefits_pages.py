"""The pages about agreements: the overview, adding one, one with its statement, and the owner's rights."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from pactdesk.agreements import ledger, services
from pactdesk.agreements.models import Agreement, Registration
from pactdesk.kernel.decisions import Reason
from pactdesk.notifications.wording import REMEDIES, SENTENCES, sentence
from pactdesk.pages.reasons import remedy_codes, worded
from tests import conversations, queues, world
from tests.doors.visitors import visitor

OVERVIEW = "/benefits/"
ADD = "/benefits/add/"


def text_of(answer: object) -> str:
    """The words of a page, without markup and with single spaces."""
    html = answer.content.decode()  # type: ignore[attr-defined]  # an answer of Django's client
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def sections(html: str) -> tuple[str, str]:
    """The part of the overview before the unavailable plans, and the part about them."""
    before, _mark, after = html.partition('id="unavailable"')
    return before, after.partition("</details>")[0]


def gold(*registered: str, **about: object) -> world.Agreement:
    pair = world.Pair("0230242323", "00112233445566778899")
    return world.agreement(registered=registered, pair=pair, **about)  # type: ignore[arg-type]  # passed on


def url(agreement: world.Agreement, name: str = "benefit", *args: int) -> str:
    return reverse(f"portal:{name}", args=[agreement.id, *args])


def seat_of(agreement: world.Agreement, who: str) -> int:
    return Registration.objects.get(agreement_id=agreement.id, account=world.person(who)).pk


def add(client: Client, access_id: str, contract_id: str, **about: object) -> object:
    return client.post(ADD, {"access_id": access_id, "contract_id": contract_id}, **about)  # type: ignore[arg-type]


pytestmark = pytest.mark.django_db


# The overview


@pytest.mark.req("AGR-9", "AGR-7")
def test_an_agreement_is_named_by_access_id_and_programme_with_what_is_left_and_until_when() -> None:
    gold("carla", starts_on=date(2026, 11, 1), time_zone="Europe/Athens", units=7)
    world.agreement("partner-advisory-hours-20", registered=["carla"])
    words = text_of(visitor("carla").get(OVERVIEW))
    assert "0230242323 – Gold Partner Support 20-pack" in words
    assert "7 of 7 incidents left" in words
    assert "until 30 November 2027" in words
    assert "20 h of 20 h of advice left" in words


@pytest.mark.req("AGR-2", "AGR-10")
def test_what_runs_low_or_ends_soon_is_said_with_a_way_out_here_on_its_page_and_nowhere_else() -> None:
    low = gold("carla", units=10)
    world.agreement("partner-advisory-hours-20", registered=["carla"])
    client = visitor("carla")
    assert "Nearly used up" not in text_of(client.get(OVERVIEW))
    ledger.deduct(low.id, case_number=1, key="k", actor_id=None, at=timezone.now(), units=9)
    Agreement.objects.filter(pk=low.id).update(ends_at=timezone.now() + timedelta(days=20))
    for address in (OVERVIEW, url(low)):
        words = text_of(client.get(address))
        assert words.count("Nearly used up: 1 of 10 incidents left. Buy an incident") == 1
        assert words.count("Its benefits end soon: the last day is") == 1
        assert "How to renew it" in words
    ledger.deduct(low.id, case_number=2, key="l", actor_id=None, at=timezone.now())
    assert "Nearly used up" not in text_of(client.get(OVERVIEW)), "it cannot pay, and the reason says so"


@pytest.mark.req("ELI-2", "ELI-3", "ELI-10", "AGR-5")
def test_agreements_that_cannot_pay_stand_unfolded_with_every_reason_and_a_way_out() -> None:
    usable = gold("carla")
    world.ended_agreement(registered=["carla"], units=1, time_zone="Europe/Athens")
    used_up = world.ended_agreement(registered=["carla"], units=1)
    ledger.deduct(used_up.id, case_number=1, key="k", actor_id=None, at=timezone.now())
    html = visitor("carla").get(OVERVIEW).content.decode()
    can_pay, cannot = sections(html)
    assert '<details class="unfold" id="unavailable" open>' in html
    assert usable.access_id in can_pay
    assert usable.access_id not in cannot
    assert used_up.access_id in cannot
    assert "Its benefits ended on 30 January 2021." in cannot
    assert "No incidents are left on it." in cannot
    assert f'href="{reverse("portal:help")}#service-centre"' in cannot
    assert f'href="{reverse("portal:buy")}"' in cannot


@pytest.mark.req("ELI-1", "AGR-11")
def test_an_owner_who_has_not_added_the_agreement_is_told_which_account_is_signed_in() -> None:
    gold(owner="carla")
    _can_pay, cannot = sections(visitor("carla").get(OVERVIEW).content.decode())
    assert (
        f"It has not been added to {world.person('carla').email}, the account you are signed in with."
        in cannot
    )
    assert f'href="{ADD}"' in cannot


@pytest.mark.req("ELI-10", "AGR-11")
def test_an_agreement_from_which_the_owner_withdrew_access_is_listed_with_its_reason_and_has_no_page() -> (
    None
):
    agreement = gold("cem", owner="carla")
    services.revoke_registration(
        agreement.id, seat_of(agreement, "cem"), actor=world.viewer("carla"), at=timezone.now()
    )
    cem = visitor("cem")
    can_pay, cannot = sections(cem.get(OVERVIEW).content.decode())
    assert agreement.access_id not in can_pay
    assert "0230242323 – Gold Partner Support 20-pack" in cannot
    assert "Its owner has withdrawn your access to it." in cannot
    assert f'href="{reverse("portal:help")}#sharing"' in cannot
    assert url(agreement) not in cannot
    for name in ("benefit", "benefit-statement"):
        assert cem.get(url(agreement, name)).status_code == 404


@pytest.mark.req("AGR-11")
def test_an_owner_who_withdrew_their_own_access_still_opens_the_page() -> None:
    agreement = gold("carla", owner="carla")
    carla = visitor("carla")
    carla.post(url(agreement, "benefit-seat", seat_of(agreement, "carla")), {"do": "revoke"})
    _can_pay, cannot = sections(carla.get(OVERVIEW).content.decode())
    assert f'href="{url(agreement)}"' in cannot
    assert carla.get(url(agreement)).status_code == 200


@pytest.mark.req("AGR-4")
def test_the_page_says_to_share_the_pair_and_not_the_sign_in() -> None:
    words = text_of(visitor("carla").get(OVERVIEW))
    assert "To share an agreement with a colleague, share its Access ID and Contract ID." in words
    assert "We advise against sharing a sign-in or a password" in words


def test_somebody_without_agreements_is_told_the_one_next_step() -> None:
    answer = visitor("olaf").get(OVERVIEW)
    words = text_of(answer)
    assert "You have not added an agreement yet" in words
    assert words.count("Add an agreement") == 1
    assert "Unavailable plans" not in words


def test_a_page_of_days_names_the_place_where_the_reader_lives_elsewhere() -> None:
    gold("carla", starts_on=date(2026, 11, 1), time_zone="Europe/Prague")
    assert "until 30 November 2027 (Prague)" in text_of(visitor("carla").get(OVERVIEW))


def test_the_overview_costs_the_same_number_of_queries_however_many_agreements(
    django_assert_max_num_queries: object,
) -> None:
    carla = visitor("carla")
    for _each in range(6):
        world.agreement(registered=["carla"])
    carla.get(OVERVIEW)
    with django_assert_max_num_queries(6):  # type: ignore[operator]  # a fixture of pytest-django
        carla.get(OVERVIEW)


# Adding


@pytest.mark.req("AGR-1", "AGR-3")
def test_a_pair_pasted_with_its_groups_is_added_and_its_page_opens() -> None:
    agreement = gold()
    carla = visitor("carla")
    answer = add(carla, " 0230 2423 23 ", "0011-2233-4455-6677-8899")
    assert (answer.status_code, answer["Location"]) == (302, url(agreement))  # type: ignore[attr-defined, index]
    words = text_of(carla.get(url(agreement)))
    assert "The agreement is now in your account" in words
    assert "Can pay for requests" in words


def test_the_fields_ask_for_digits_and_are_not_remembered_by_the_browser() -> None:
    html = visitor("carla").get(ADD).content.decode()
    for name in ("access_id", "contract_id"):
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert field is not None
        assert 'inputmode="numeric"' in field[0]
        assert 'autocomplete="off"' in field[0]
        assert 'type="text"' in field[0]
    assert "zeros at the start" in html


@pytest.mark.req("AGR-1", "ELI-10")
@pytest.mark.parametrize(
    ("access_id", "contract_id", "field", "told"),
    [
        ("", "123", "access_id", "Enter the Access ID."),
        ("123", "", "contract_id", "Enter the Contract ID."),
        ("O230242323", "123", "access_id", "An Access ID consists of digits only."),
        ("123", "12 34x", "contract_id", "A Contract ID consists of digits only."),
        ("1" * 41, "1", "access_id", "This Access ID has 41 digits, which is too many."),
        ("1", "2" * 300, "contract_id", "This is 300 characters long."),
        ("12\u202e3", "1", "access_id", "This text contains hidden characters (U+202E)."),
        ("1", "2\x00", "contract_id", "This text contains hidden characters (U+0000)."),
    ],
)
def test_a_slip_is_told_at_the_field_that_is_wrong_and_keeps_what_was_typed(
    access_id: str, contract_id: str, field: str, told: str
) -> None:
    answer = add(visitor("carla"), access_id, contract_id)
    html = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    at_field = html.partition(f'id="id_{field}_error"')[2].partition("</div>")[0]
    assert told in at_field
    assert f'href="#id_{field}"' in html
    assert "<title>Error: Add an agreement" in html
    for typed in (access_id, contract_id):
        assert not typed.isalnum() or f'value="{typed}"' in html


@pytest.mark.req("AGR-11", "ELI-10")
@pytest.mark.parametrize("wrong", [("230242323", None), (None, "0011223344556677889"), ("99", "99")])
def test_a_wrong_pair_is_told_above_the_form_whichever_half_is_wrong(
    wrong: tuple[str | None, str | None],
) -> None:
    agreement = gold()
    answer = add(visitor("carla"), wrong[0] or agreement.access_id, wrong[1] or agreement.contract_id)
    html = answer.content.decode()  # type: ignore[attr-defined]
    summary = html.partition('class="error-summary"')[2].partition("</div>")[0]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "We do not know this pair of Access ID and Contract ID." in summary
    assert f'<a href="{reverse("portal:help")}#ids">' in summary
    assert 'aria-invalid="true"' not in html


@pytest.mark.req("AGR-5", "ELI-8")
def test_adding_an_agreement_twice_leads_to_where_the_reason_stands() -> None:
    agreement = gold("carla")
    answer = add(visitor("carla"), agreement.access_id, agreement.contract_id)
    html = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "This agreement is already registered with your account." in html
    assert '<a href="/benefits/#unavailable">See the unavailable plans</a>' in html


@pytest.mark.req("AGR-11")
def test_guessing_is_stopped_over_http_and_counted_by_the_callers_address() -> None:
    agreement = gold()
    carla = visitor("carla", REMOTE_ADDR="192.0.2.7")
    for _attempt in range(10):
        assert "We do not know this pair" in text_of(add(carla, "99", "99"))
    stopped = add(carla, agreement.access_id, agreement.contract_id)
    assert "Too many pairs were tried that we do not know. Wait up to 60 minutes" in text_of(stopped)
    assert not Registration.objects.exists()


def test_what_was_typed_is_shown_as_text_and_never_as_markup() -> None:
    html = add(visitor("carla"), '"><script>x</script>', "1").content.decode()  # type: ignore[attr-defined]
    assert "<script>x" not in html


# One agreement


@pytest.mark.req("AGR-2", "AGR-9", "AGR-10")
def test_an_agreement_page_explains_the_balance_line_by_line() -> None:
    agreement = gold("carla", "cem", at=datetime(2026, 11, 1, 9, 0, tzinfo=UTC))
    at = datetime(2026, 11, 3, 14, 32, tzinfo=UTC)
    ledger.deduct(agreement.id, case_number=100123, key="d", actor_id=world.person("cem").pk, at=at)
    ledger.credit(agreement.id, case_number=100123, key="c", actor_id=None, at=at, note="non-decrement")
    ledger.adjust(
        agreement.id, units=-2, key="a", actor_id=world.person("marta").pk, at=at, note="counted <again>"
    )
    html = visitor("carla").get(url(agreement)).content.decode()
    rows = [
        " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split())
        for row in re.findall(r'<tr role="row">(.*?)</tr>', html, re.DOTALL)
    ]
    assert rows == [
        "What When Who Change Balance",
        "Corrected: counted <again> 3 Nov 2026, 16:32 Marta Nowak −2 18",
        "Given back for request PD-100123 3 Nov 2026, 16:32 Automatic +1 20",
        "Request PD-100123 3 Nov 2026, 16:32 Cem Kowalski −1 19",
        "Granted with the programme 1 Nov 2026, 11:00 Automatic +20 20",
    ]
    words = text_of(visitor("carla").get(url(agreement)))
    assert "Times are those of Athens." in words
    assert "18 of 20 incidents left" in words
    assert "Length 12 months and 30 days" in words
    assert "On-premises products" in words
    assert "First answer within" in words


def test_an_agreement_of_another_quantity_is_measured_by_what_was_granted_on_it() -> None:
    agreement = gold("carla", units=3)
    carla = visitor("carla")
    for path in (OVERVIEW, url(agreement), "/"):
        assert "3 of 3 incidents left" in text_of(carla.get(path))
    assert "Granted 3 incidents" in text_of(carla.get(url(agreement)))


def test_more_is_never_left_than_there_was_also_after_a_correction() -> None:
    agreement = gold("carla", units=3)
    ledger.adjust(agreement.id, units=2, key="a", actor_id=None, at=timezone.now(), note="counted again")
    for path in (OVERVIEW, url(agreement), "/"):
        assert "5 of 5 incidents left" in text_of(visitor("carla").get(path))


def test_the_contract_id_is_on_no_page() -> None:
    agreement = gold("carla", owner="carla")
    carla = visitor("carla")
    for path in (OVERVIEW, url(agreement), url(agreement, "benefit-statement"), "/"):
        shown = carla.get(path).content.decode()
        assert agreement.contract_id not in shown
        assert "0011 2233" not in shown


def test_a_long_statement_is_read_page_by_page() -> None:
    agreement = gold("carla")
    for number in range(60):
        ledger.adjust(
            agreement.id, units=1, key=f"a{number}", actor_id=None, at=timezone.now(), note=f"count {number}."
        )
    carla = visitor("carla")
    first = carla.get(url(agreement)).content.decode()
    assert "count 59." in first
    assert "count 9." not in first
    older = re.search(r'href="([^"]*\?older=[0-9]+#statement)"', first)
    assert older is not None
    second = carla.get(older[1]).content.decode()
    assert "count 9." in second
    assert "Granted with the programme" in second
    assert f'href="{url(agreement)}#statement"' in second
    assert "older=" not in second.partition('id="statement"')[2]


@pytest.mark.parametrize("older", ["", "x", "-1", "²", "99999999999999999999", "1;DROP"])
def test_nonsense_in_the_address_shows_the_newest_lines(older: str) -> None:
    agreement = gold("carla")
    answer = visitor("carla").get(url(agreement), {"older": older})
    assert answer.status_code == 200
    assert "Granted with the programme" in text_of(answer)


@pytest.mark.req("ELI-2")
def test_an_agreement_that_has_ended_says_so_on_its_page() -> None:
    ended = world.ended_agreement(registered=["carla"], units=2)
    words = text_of(visitor("carla").get(url(ended)))
    assert "This agreement cannot pay for a request at the moment" in words
    assert "Its benefits ended on" in words
    assert "Can pay for requests" not in words


# The statement as a file


def rows_of(answer: object) -> list[list[str]]:
    body = answer.content.decode("utf-8")  # type: ignore[attr-defined]
    assert body.startswith("\ufeff")
    return list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))


@pytest.mark.req("AGR-10")
def test_the_statement_can_be_downloaded_for_a_spreadsheet() -> None:
    at = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    agreement = gold("carla", at=at)
    ledger.deduct(
        agreement.id,
        case_number=100123,
        key="d",
        actor_id=world.person("carla").pk,
        at=at + timedelta(days=150),
    )
    answer = visitor("carla").get(url(agreement, "benefit-statement"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert rows_of(answer) == [
        ["Number", "When", "What", "Request", "Who", "Change", "Balance", "Note", "Counts"],
        ["1", "2026-07-01T12:00:00+03:00", "Granted with the programme", "", "Automatic", "20", "20",
         "gold-partner-support-20", "Incidents"],
        ["2", "2026-11-28T11:00:00+02:00", "Request PD-100123", "PD-100123", "Carla Papadaki", "-1", "19", "",
         "Incidents"],
    ]  # fmt: skip


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_the_download_can_run_as_a_formula(begin: str) -> None:
    marta = world.person("marta", first_name=f"{begin}cmd|'/c calc'!A1")
    agreement = gold("carla")
    ledger.adjust(agreement.id, units=-1, key="a", actor_id=marta.pk, at=timezone.now(), note=f"{begin}1+1")
    row = rows_of(visitor("carla").get(url(agreement, "benefit-statement")))[-1]
    assert row[7] == f"'{begin}1+1"
    assert not row[4].startswith(begin)
    assert row[5] == "-1"


# The owner


@pytest.mark.req("AGR-11")
def test_only_the_owner_sees_who_has_added_the_agreement() -> None:
    agreement = gold("carla", "cem", owner="carla")
    shown = text_of(visitor("carla").get(url(agreement)))
    assert "Cem Kowalski" in shown
    assert world.person("cem").email in shown
    assert "Any number of accounts may add it." in shown
    assert world.person("carla").email not in text_of(visitor("cem").get(url(agreement)))
    Agreement.objects.filter(pk=agreement.id).update(seat_limit=5)
    assert "2 of 5 accounts that may add it." in text_of(visitor("carla").get(url(agreement)))


@pytest.mark.req("AGR-11")
def test_the_owner_withdraws_access_after_a_question_and_can_give_it_back() -> None:
    agreement = gold("carla", "cem", owner="carla")
    carla, cem = visitor("carla"), visitor("cem")
    seat = url(agreement, "benefit-seat", seat_of(agreement, "cem"))
    assert f'href="{seat}"' in carla.get(url(agreement)).content.decode()
    asked = text_of(carla.get(seat))
    assert "Withdraw access from Cem Kowalski?" in asked
    assert "You can give access back at any time." in asked
    assert cem.get(url(agreement)).status_code == 200

    answer = carla.post(seat, {"do": "revoke"})
    assert (answer.status_code, answer["Location"]) == (302, url(agreement))
    html = carla.get(url(agreement)).content.decode()
    assert "Cem Kowalski can no longer use the agreement." in html
    assert f'<a href="{seat}">Undo</a>' in html
    assert "Access withdrawn on" in html
    assert cem.get(url(agreement)).status_code == 404

    assert "Give access back to Cem Kowalski?" in text_of(carla.get(seat))
    carla.post(seat, {"do": "restore"})
    assert "Cem Kowalski can use the agreement again." in text_of(carla.get(url(agreement)))
    assert cem.get(url(agreement)).status_code == 200


@pytest.mark.req("AGR-11")
def test_access_that_cannot_be_given_back_says_why_and_changes_nothing() -> None:
    agreement = gold("cem", owner="carla")
    carla = visitor("carla")
    seat = url(agreement, "benefit-seat", seat_of(agreement, "cem"))
    carla.post(seat, {"do": "revoke"})
    Agreement.objects.filter(pk=agreement.id).update(seat_limit=1)
    add(visitor("olaf"), agreement.access_id, agreement.contract_id)
    answer = carla.post(seat, {"do": "restore"})
    assert answer.status_code == 422
    words = text_of(answer)
    assert "Access was not given back" in words
    assert "As many accounts as its owner allows have already registered this agreement." in words
    assert "Ask its owner" not in words
    assert f'href="{url(agreement, "benefit-seat-limit")}"' in answer.content.decode()
    assert Registration.objects.get(account=world.person("cem")).revoked_at is not None


@pytest.mark.req("AGR-11")
def test_who_finds_no_place_left_is_led_to_the_owner() -> None:
    agreement = gold("cem", owner="carla")
    Agreement.objects.filter(pk=agreement.id).update(seat_limit=1)
    answer = add(visitor("olaf"), agreement.access_id, agreement.contract_id)
    assert "have already registered this agreement. Ask its owner" in text_of(answer)


@pytest.mark.parametrize("sent", [{}, {"do": "delete"}])
def test_a_seat_changes_only_by_what_the_page_offers(sent: dict[str, str]) -> None:
    agreement = gold("cem", owner="carla")
    seat = url(agreement, "benefit-seat", seat_of(agreement, "cem"))
    assert visitor("carla").post(seat, sent).status_code == 400
    assert Registration.objects.get().revoked_at is None


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize("who", ["cem", "olaf", "marta"])
def test_a_seat_does_not_exist_for_anybody_but_the_owner(who: str) -> None:
    agreement = gold("cem", owner="carla")
    seat = url(agreement, "benefit-seat", seat_of(agreement, "cem"))
    assert visitor(who).get(seat).status_code == 404
    assert visitor(who).post(seat, {"do": "revoke"}).status_code == 404
    assert Registration.objects.get().revoked_at is None


@pytest.mark.req("AGR-11")
def test_the_owner_sets_a_limit_and_lifts_it_again() -> None:
    agreement = gold("cem", owner="carla")
    carla = visitor("carla")
    limit = url(agreement, "benefit-seat-limit")
    shown = carla.get(url(agreement))
    assert f'<a class="button button-secondary button-small" href="{limit}">Set a limit</a>' in (
        shown.content.decode()
    )
    assert "1 account has access now. The limit cannot be below that." in text_of(carla.get(limit))
    assert "Lift the limit" not in text_of(carla.get(limit))

    answer = carla.post(limit, {"do": "set", "limit": " 2 "})
    assert (answer.status_code, answer["Location"]) == (302, f"{url(agreement)}#seats")
    words = text_of(carla.get(url(agreement)))
    assert "No more than 2 accounts may have the agreement now." in words
    assert "1 of 2 accounts that may add it." in words
    assert "Change the limit" in words
    assert 'value="2"' in carla.get(limit).content.decode()

    answer = carla.post(limit, {"do": "lift", "limit": "not read"})
    assert answer.status_code == 302
    words = text_of(carla.get(url(agreement)))
    assert "Any number of accounts may add the agreement now." in words
    assert Agreement.objects.get(pk=agreement.id).seat_limit is None


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Enter how many accounts may add the agreement."),
        ("many", "Enter a whole number, such as 5."),
        ("1.5", "Enter a whole number, such as 5."),
        ("0", "Enter a whole number from 1 to 100000."),
        ("-3", "Enter a whole number from 1 to 100000."),
        ("9" * 30, "Enter a whole number from 1 to 100000."),
        ("9" * 5000, "Enter a whole number, such as 5."),
        ("1", "The limit cannot be below the number of accounts that have access now, which is 2."),
    ],
)
def test_a_limit_that_cannot_be_is_told_at_the_field_and_keeps_what_was_typed(typed: str, told: str) -> None:
    agreement = gold("cem", "olaf", owner="carla")
    Agreement.objects.filter(pk=agreement.id).update(seat_limit=7)
    answer = visitor("carla").post(url(agreement, "benefit-seat-limit"), {"do": "set", "limit": typed})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert told in html.partition('id="id_limit_error"')[2].partition("</div>")[0]
    assert "<title>Error: How many may add it" in html
    assert not typed or f'value="{typed}"' in html
    assert Agreement.objects.get(pk=agreement.id).seat_limit == 7


def test_a_limit_of_nobody_is_not_shown_as_no_limit() -> None:
    agreement = gold(owner="carla")
    Agreement.objects.filter(pk=agreement.id).update(seat_limit=0)
    words = text_of(visitor("carla").get(url(agreement)))
    assert "0 of 0 accounts that may add it." in words
    assert "Any number of accounts" not in words


def new_pair_on(answer: object) -> tuple[str, str]:
    html = answer.content.decode()  # type: ignore[attr-defined]  # an answer of Django's client
    access_id, contract_id = re.findall(r'data-copy="([0-9]+)"', html)
    return access_id, contract_id


@pytest.mark.req("AGR-11")
def test_the_owner_has_the_pair_replaced_after_a_question_and_sees_the_new_one_once() -> None:
    agreement = gold("cem", owner="carla")
    carla = visitor("carla")
    pair = url(agreement, "benefit-pair")
    assert f'href="{pair}">Replace the pair of IDs</a>' in carla.get(url(agreement)).content.decode()
    asked = text_of(carla.get(pair))
    assert "Replace the pair of IDs?" in asked
    assert "The old pair is not recognised any more. This cannot be undone." in asked

    answer = carla.post(pair, {"do": "replace", "access_id": agreement.access_id})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    access_id, contract_id = new_pair_on(answer)
    assert (len(access_id), len(contract_id)) == (10, 20)
    words = text_of(answer)
    assert f"{access_id[:4]} {access_id[4:8]} {access_id[8:]}" in words
    assert " ".join(re.findall("....", contract_id)) in words
    assert "Pass the pair only to those who shall draw on the agreement" in words
    assert f"{access_id} – Gold Partner Support 20-pack" in words

    for path in (OVERVIEW, url(agreement), pair):
        shown = carla.get(path).content.decode()
        assert contract_id not in shown
        assert contract_id[:4] + " " + contract_id[4:8] not in shown
    assert "We do not know this pair" in text_of(
        add(visitor("olaf"), agreement.access_id, agreement.contract_id)
    )
    assert add(visitor("olaf"), access_id, contract_id).status_code == 302  # type: ignore[attr-defined]
    assert visitor("cem").get(url(agreement)).status_code == 200


@pytest.mark.req("AGR-11")
def test_loading_the_page_of_the_new_pair_again_does_not_replace_it_again() -> None:
    agreement = gold(owner="carla")
    carla = visitor("carla")
    sent = {"do": "replace", "access_id": agreement.access_id}
    new = new_pair_on(carla.post(url(agreement, "benefit-pair"), sent))
    again = carla.post(url(agreement, "benefit-pair"), sent)
    assert again.status_code == 422
    assert "The pair was not replaced The pair has been replaced in the meantime." in text_of(again)
    assert new[1] not in again.content.decode()
    assert f'name="access_id" value="{new[0]}"' in again.content.decode()
    assert add(visitor("olaf"), *new).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.parametrize("sent", [{}, {"do": "delete", "access_id": "0230242323"}])
def test_a_pair_is_replaced_only_by_what_the_page_offers(sent: dict[str, str]) -> None:
    agreement = gold(owner="carla")
    assert visitor("carla").post(url(agreement, "benefit-pair"), sent).status_code == 400
    assert Agreement.objects.get().access_id == agreement.access_id


@pytest.mark.req("AGR-11")
@pytest.mark.parametrize("who", ["cem", "olaf", "marta"])
def test_limit_and_pair_are_nobodys_but_the_owners(who: str) -> None:
    agreement = gold("cem", owner="carla")
    stranger = visitor(who)
    for name, sent in (
        ("benefit-seat-limit", {"do": "set", "limit": "9"}),
        ("benefit-seat-limit", {"do": "lift"}),
        ("benefit-pair", {"do": "replace", "access_id": agreement.access_id}),
    ):
        assert stranger.get(url(agreement, name)).status_code == 404
        assert stranger.post(url(agreement, name), sent).status_code == 404
    unchanged = Agreement.objects.get()
    assert (unchanged.access_id, unchanged.seat_limit) == (agreement.access_id, None)
    for name in ("benefit-seat-limit", "benefit-pair"):
        assert url(agreement, name) not in visitor("cem").get(url(agreement)).content.decode()


def test_a_name_cannot_bring_markup_into_the_message_about_it() -> None:
    agreement = gold("cem", owner="carla")
    world.person("cem", first_name="<b>Cem</b>")
    carla = visitor("carla")
    seat = url(agreement, "benefit-seat", Registration.objects.get().pk)
    carla.post(seat, {"do": "revoke"})
    html = carla.get(url(agreement)).content.decode()
    assert "&lt;b&gt;Cem&lt;/b&gt;" in html
    assert "<b>Cem" not in html


# Reasons in words


@pytest.mark.req("ELI-10")
@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_reason_has_a_sentence_and_a_way_out_that_the_portal_knows(code: str) -> None:
    params = dict.fromkeys(re.findall(r"%\((\w+_at)\)s", str(SENTENCES[code])), "2026-11-20T12:00:00+00:00")
    params |= dict.fromkeys(re.findall(r"%\((\w+_on)\)s", str(SENTENCES[code])), "2026-11-20")
    params |= {name: "x" for name in re.findall(r"%\((\w+)\)s", str(SENTENCES[code])) if name not in params}
    told = worded(Reason(code, params), zone="Europe/Athens")
    assert told.sentence.endswith((".", "x"))
    assert "%" not in told.sentence
    assert REMEDIES.get(code, "go-on") in remedy_codes()
    assert told.remedy_url is None or told.remedy_label


@pytest.mark.req("ELI-10")
def test_instants_and_days_are_told_in_the_zone_and_the_language_of_the_reader() -> None:
    ended = Reason("agreement.expired", {"ended_at": "2026-11-19T22:59:59.999999+00:00"})
    mainstream = Reason("agreement.mainstream-only", {"until_on": "2024-01-09"})
    assert "19 November 2026" in sentence(ended, "Europe/Prague")
    assert "20 November 2026" in sentence(ended, "Europe/Athens")
    assert "9 January 2024" in sentence(mainstream, "Asia/Ho_Chi_Minh")
    with translation.override("cs"):
        assert "19. listopadu 2026" in sentence(ended, "Europe/Prague")


def test_worded_parameters_are_told_in_the_language_of_the_reader() -> None:
    reason = Reason("product.retired", {"product": {"en": "Mail Server", "fr": "Serveur de courrier"}})
    assert "Mail Server" in sentence(reason, "UTC")
    with translation.override("fr"):
        assert "Serveur de courrier" in sentence(reason, "UTC")


def test_the_caller_may_say_where_a_way_out_leads() -> None:
    reason = Reason("agreement.cloud-only")
    assert worded(reason, zone="UTC").remedy_url == reverse("portal:request-new")
    there = worded(reason, zone="UTC", places={"choose-another-product": "/requests/new/x/problem/"})
    assert there.remedy_url == "/requests/new/x/problem/"
    here = worded(reason, zone="UTC", places={"choose-another-product": ""})
    assert (here.remedy_url, here.remedy_label, here.text) == (None, "", here.sentence)


# How it is used
@pytest.mark.req("AGR-10")
def test_an_agreement_says_what_it_comes_to_at_this_pace() -> None:
    now = timezone.now()
    gold_plan = gold("carla", starts_on=(now - timedelta(days=100)).date())
    assert "At this pace" not in text_of(visitor("carla").get(OVERVIEW))
    for place in range(10):
        ledger.deduct(gold_plan.id, case_number=100_500 + place, key=f"x{place}", actor_id=None, at=now)
    told = "At this pace it is used up about"
    assert told in text_of(visitor("carla").get(OVERVIEW))
    page = visitor("carla").get(url(gold_plan))
    assert told in text_of(page)
    assert 'class="s1 dotted"' in page.content.decode()
    assert "At this pace" not in text_of(visitor("cem").get(OVERVIEW))


@pytest.mark.req("SEV-6")
def test_requesters_read_how_promises_to_them_were_kept() -> None:
    world.team("support", "ines")
    assert "on time" not in text_of(visitor("carla").get(OVERVIEW))
    now = timezone.now()
    case = queues.request(at=now - timedelta(hours=2))
    conversations.answers(case, at=now - timedelta(hours=1))
    assert "In the last 90 days we gave first answers on time: 1 of 1." in text_of(
        visitor("carla").get(OVERVIEW)
    )
    assert "on time" not in text_of(visitor("cem").get(OVERVIEW))

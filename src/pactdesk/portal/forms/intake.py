"""The forms of the guided request, one for each step. Choices come from the catalogue of the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.rules import known_time_zones, parse_phone
from pactdesk.accounts.viewer import Viewer
from pactdesk.cases.queries.families import is_for_customers
from pactdesk.cases.rules.answers import AROUND_THE_CLOCK, BUSINESS_HOURS, Person, Problem, Support
from pactdesk.cases.rules.call_backs import DAYS, call_back_refusals
from pactdesk.cases.rules.checking import MOST_DESCRIPTION, MOST_NAME, MOST_PHONE, MOST_SUMMARY
from pactdesk.cases.rules.questions import MOST_ANSWER, NO, YES, checked_answers, chosen_problem
from pactdesk.catalog.queries import Catalogue
from pactdesk.catalog.rules import Product, Question, made_here, sign_in_fits
from pactdesk.delegation.queries.customers import MySubscription
from pactdesk.kernel.decisions import Reason
from pactdesk.kernel.worded import text_in
from pactdesk.notifications.wording import SENTENCES, sentence
from pactdesk.pages.context import OWN_NAMES
from pactdesk.pages.fields import CleanEmail, CleanText, LongSelect, country_choices, time_zone_choices
from pactdesk.pages.links import number_in
from pactdesk.pages.on_behalf import SUBSCRIPTION_ROLES

# What is chosen or typed in a field of its own name.
_TYPED: Final = tuple(field.name for field in fields(Problem) if field.name != "answers")
_CHOOSE: Final = _("Choose")
# More answers than these are a list to unfold.
MOST_BUTTONS: Final = 6

USAGES = (
    ("it-professional", _("As an IT professional: I run it")),
    ("developer", _("As a developer: I build on it")),
    ("partner", _("As a partner: I look after it for others")),
)


class ProblemForm(forms.Form):
    """Step 1. Version, category and problem can be chosen once the product is, and what its channel asks besides.

    `questions` are those that are asked for what is chosen. `details_later`: summary and description appear once the
    problem is chosen, so nobody is told before that they are missing (WIZ-1).
    """

    subscription = forms.ChoiceField(
        required=False,
        label=_("Subscription"),
        help_text=_("The one that this is about. Behind it stands the role that you have on it."),
    )
    best_effort = forms.BooleanField(
        required=False,
        label=_("I ask for help that needs no access"),
        help_text=_("We do our best without access to the subscription: advice, but no repair."),
    )
    product = forms.ChoiceField(
        label=_("Product"), error_messages={"required": SENTENCES["intake.product-unknown"]}
    )
    version = forms.ChoiceField(
        label=_("Version"), error_messages={"required": SENTENCES["intake.version-unknown"]}
    )
    usage = forms.ChoiceField(
        label=_("How do you use it?"),
        choices=USAGES,
        widget=forms.RadioSelect,
        error_messages={"required": SENTENCES["intake.usage-missing"]},
    )
    category = forms.ChoiceField(
        label=_("Category"), error_messages={"required": SENTENCES["intake.category-unknown"]}
    )
    feature = forms.ChoiceField(
        label=_("Feature"), error_messages={"required": SENTENCES["intake.problem-unknown"]}
    )
    problem = forms.ChoiceField(
        label=_("Problem"), error_messages={"required": SENTENCES["intake.problem-unknown"]}
    )
    summary = CleanText(
        most=MOST_SUMMARY,
        label=_("Summary"),
        help_text=_("One sentence. It is what our engineers read first."),
        error_messages={"required": SENTENCES["intake.summary-missing"]},
    )
    description = CleanText(
        most=MOST_DESCRIPTION,
        lines=True,
        label=_("Description"),
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": SENTENCES["intake.description-missing"]},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        catalogue: Catalogue,
        language: str,
        viewer: Viewer | None = None,
        initial: Problem | None = None,
        for_customer: bool = False,
        family: str = "",
        subscriptions: Callable[[], Sequence[MySubscription]] = tuple,
    ) -> None:
        """`viewer` is whose sign-in has to fit the channel; None where nothing is judged. `for_customer`: it is made
        for a customer, so only products of channels where one can act for one are on offer, those of `family` first.
        `subscriptions` are those that can be named, asked for where the channel asks for one."""
        values = {name: getattr(initial, name) for name in _TYPED} if initial else {}
        values |= {question_field(code): text for code, text in (initial.answers if initial else {}).items()}
        super().__init__(data, initial=values)
        self.catalogue = catalogue
        self.viewer = viewer
        self.questions: tuple[Question, ...] = ()
        self.details_later = False
        self.chosen_product = _entry(catalogue.products, self["product"].value())
        products = product_choices(
            catalogue, language, empty=_("Choose a product"), for_customers=for_customer, family=family
        )
        _offer(self, "product", products)
        product = self.chosen_product
        self._ask_subscription(product, for_customer, subscriptions)
        if product is None or not product.channel.open:
            self._leave_out("version", "usage", "category", "feature", "problem")
            return
        if product.only_version is not None:
            self._leave_out("version")
        else:
            _offer(self, "version", _choices(product.offered_versions, language, _("Choose a version")))
        if not product.asks_usage:
            self._leave_out("usage")
        self._offer_problems(product, language)
        self._ask(product, language)

    def _ask_subscription(
        self,
        product: Product | None,
        for_customer: bool,
        subscriptions: Callable[[], Sequence[MySubscription]],
    ) -> None:
        """The subscription that it is about, where the channel asks. Help without access is asked for in one's own name
        (RTE-3)."""
        asks = product is not None and product.channel.open and product.channel.asks_subscription
        if for_customer or not (asks or self["best_effort"].value()):
            self._leave_out("best_effort")
        if not asks:
            self._leave_out("subscription")
            return
        known = subscriptions()
        if not known:
            self.fields["subscription"].help_text = (
                _("You have a role on none of its subscriptions.")
                if for_customer
                else _("You have a role on none of your organization's subscriptions.")
            )
        offered = [(each.number, _subscription_choice(each)) for each in known]
        _offer(self, "subscription", [("", _("Choose a subscription") if known else _("None")), *offered])

    def _offer_problems(self, product: Product, language: str) -> None:
        """Category, feature and problem: each once the one before it is chosen, under the channel's own names."""
        channel = product.channel
        for name, label in (
            ("category", channel.category_label),
            ("feature", channel.feature_label),
            ("problem", channel.problem_label),
        ):
            if label is not None:
                self.fields[name].label = text_in(label, language)
        _offer(self, "category", _choices(product.offered_categories, language, _CHOOSE))
        category = product.category(str(self["category"].value() or ""))
        if category is None:
            self._leave_out("feature", "problem")
            return
        problems = category.offered_problems
        if category.offered_features:
            _offer(self, "feature", _choices(category.offered_features, language, _CHOOSE))
            problems = category.problems_of(str(self["feature"].value() or "") or "-")
        else:
            self._leave_out("feature")
        if problems:
            _offer(self, "problem", _choices(problems, language, _CHOOSE))
        else:
            self._leave_out("problem")

    def _ask(self, product: Product, language: str) -> None:
        """The questions for what is chosen, as fields of their own."""
        chosen = chosen_problem(self._so_far(), product) if "problem" in self.fields else None
        self.details_later = product.channel.details_after_problem and chosen is None
        if self.details_later:
            for name in ("summary", "description"):
                self.fields[name].required = False
            return
        self.questions = product.questions_for(chosen)
        for question in self.questions:
            self.fields[question_field(question.code)] = _question_input(question, language)

    def _so_far(self) -> Problem:
        return Problem(category=str(self["category"].value()), problem=str(self["problem"].value()))

    def _leave_out(self, *names: str) -> None:
        for name in names:
            del self.fields[name]

    @property
    def asked(self) -> str:
        """What is drawn after the description, in short: where it stays the same, it need not be drawn anew."""
        return "later" if self.details_later else " ".join(question.code for question in self.questions)

    @property
    def question_fields(self) -> list[forms.BoundField]:
        """The fields of the questions, in their order."""
        return [self[question_field(question.code)] for question in self.questions]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        product = self.chosen_product
        if product is None:
            return cleaned
        refused = made_here(product)
        if refused.allowed and self.viewer is not None:
            refused = sign_in_fits(product.channel, self.viewer.kind, self.viewer.organization_kind)
        for reason in refused:
            self.add_error("product", sentence(reason, "UTC"))
        if "category" in self.fields and "problem" not in self.fields:
            last = "feature" if "feature" in self.fields else "category"
            if cleaned.get(last):
                self.add_error(last, _("Choose what comes closest to your problem in this category."))
        given = {question.code: cleaned.get(question_field(question.code), "") for question in self.questions}
        kept, wrong = checked_answers(given, self.questions)
        cleaned["answers"] = kept
        for code, reason in wrong.items():
            if question_field(code) not in self.errors:
                self.add_error(question_field(code), sentence(reason, "UTC"))
        return cleaned

    def answer(self) -> Problem:
        """What was chosen and typed, once the form is valid."""
        known = {name: str(self.cleaned_data.get(name, "")) for name in _TYPED}
        known["best_effort"] = "on" if self.cleaned_data.get("best_effort") else ""
        return self._with_version(Problem(**known, answers=self.cleaned_data["answers"]))

    def unfinished(self) -> Problem:
        """What was typed so far, valid or not, shortened to what can be kept."""
        typed = {code: _kept(self.data.get(question_field(code), "")) for code in self.catalogue.questions}
        answers = {code: text for code, text in typed.items() if text}
        known = {name: _kept(self.data.get(name, "")) for name in _TYPED}
        return self._with_version(Problem(**known, answers=answers))

    def _with_version(self, answer: Problem) -> Problem:
        only = self.chosen_product.only_version if self.chosen_product is not None else None
        return replace(answer, version=only.code) if only is not None else answer


def _subscription_choice(each: MySubscription) -> str:
    named = f"{each.name} ({each.number})"
    if not each.role:
        return named
    return _("%(subscription)s – %(role)s") % {"subscription": named, "role": SUBSCRIPTION_ROLES[each.role]}


def question_field(code: str) -> str:
    """The name of the field in which the question with this code is answered."""
    return f"answer-{code}"


def _question_input(question: Question, language: str) -> forms.Field:
    name = text_in(question.name, language)
    about: dict[str, Any] = {
        "label": name,
        "help_text": text_in(question.help, language) if question.help else "",
        "required": question.required,
        "error_messages": {
            "required": sentence(Reason("intake.answer-missing", {"question": dict(question.name)}), "UTC"),
            "invalid_choice": sentence(
                Reason("intake.answer-unknown", {"question": dict(question.name)}), "UTC"
            ),
        },
    }
    if question.kind in {"choice", "yes-no"}:
        offered = (
            [(YES, _("Yes")), (NO, _("No"))]
            if question.kind == "yes-no"
            else [(code, text_in(worded, language)) for code, worded in question.choices.items()]
        )
        if len(offered) > MOST_BUTTONS:
            return forms.ChoiceField(choices=[("", _CHOOSE), *offered], **about)
        return forms.ChoiceField(choices=offered, widget=forms.RadioSelect, **about)
    if question.kind == "number":
        return CleanText(most=9, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **about)
    return CleanText(most=MOST_ANSWER, **about)


# The parts of the day in which a consultant may call.
CALL_WINDOWS: Mapping[str, Any] = {
    "morning": _("In the morning, 9:00 to 12:00"),
    "afternoon": _("In the afternoon, 12:00 to 17:00"),
    "evening": _("In the evening, 17:00 to 20:00"),
}


# Where nobody has to be reachable day and night.
_NOBODY: Final = {"night_name": "", "night_phone": "", "night_time_zone": "", "night_agreed": ""}


class _DayInput(forms.TextInput):
    """A day, chosen from the browser's calendar where it has one."""

    input_type = "date"


class SupportForm(forms.Form):
    """Step 2. Plans and severities are drawn as cards by the page, which knows their reasons."""

    agreement_id = forms.IntegerField(
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid": _("Choose one of the plans shown.")},
    )
    severity = forms.ChoiceField(
        label=_("How badly does this affect you?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": SENTENCES["intake.severity-missing"],
            "invalid_choice": _("This plan does not offer that severity. Choose one of those shown."),
        },
    )
    hours = forms.ChoiceField(
        label=_("When should we work on it?"),
        widget=forms.RadioSelect,
        required=False,
        choices=(
            (AROUND_THE_CLOCK, _("Day and night, until it is solved")),
            (BUSINESS_HOURS, _("In business hours")),
        ),
    )
    night_name = CleanText(most=MOST_NAME, required=False, label=_("Who can we call day and night?"))
    night_phone = CleanText(
        most=MOST_PHONE,
        required=False,
        label=_("That person's phone number"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    night_time_zone = CleanText(
        most=64,
        required=False,
        label=_("That person's time zone"),
        help_text=_("For example Europe/Prague. Left empty: the one below."),
    )
    night_agreed = forms.BooleanField(
        label=_("I confirm that this person answers day and night"), required=False
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=country_choices,
        widget=LongSelect,
        error_messages={"required": SENTENCES["intake.country-unknown"]},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        widget=LongSelect,
        error_messages={
            "required": _("Choose your time zone."),
            "invalid_choice": SENTENCES["contact.time-zone-unknown"],
        },
    )

    call_day = CleanText(most=10, required=False, label=_("Day"), widget=_DayInput)
    call_other_day = CleanText(most=10, required=False, label=_("Or another day"), widget=_DayInput)
    call_window = forms.ChoiceField(
        label=_("Time of day"),
        required=False,
        choices=[("", _("Any time in business hours")), *CALL_WINDOWS.items()],
        error_messages={"invalid_choice": SENTENCES["intake.call-back-window-unknown"]},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        plans: Iterable[int],
        needs_plan: bool,
        severities: Sequence[str],
        around_the_clock: frozenset[str],
        calls_back_at: datetime | None = None,
        initial: Support | None = None,
    ) -> None:
        """`calls_back_at` is now, where a consultant calls back about the question."""
        values = {name: getattr(initial, name) for name in initial.__slots__} if initial else None
        super().__init__(data, initial=values)
        self.plans = frozenset(plans)
        self.needs_plan = needs_plan
        self.around_the_clock = around_the_clock
        self.calls_back_at = calls_back_at
        if calls_back_at is None:
            for name in (*DAYS, "call_window"):
                del self.fields[name]
        # Without a plan there is nothing to promise, and severities are not shown.
        self.fields["severity"].required = bool(self.plans) or not needs_plan
        _offer(self, "severity", [(code, code) for code in severities])

    def clean_agreement_id(self) -> int | None:
        chosen: int | None = self.cleaned_data["agreement_id"]
        if not self.needs_plan:
            return None
        if chosen is None:
            raise ValidationError(sentence(Reason("intake.plan-missing"), "UTC"))
        if chosen not in self.plans:
            raise ValidationError(_("This plan cannot pay for the request. Choose one of those shown."))
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._clean_call(cleaned)
        severity = cleaned.get("severity")
        if severity not in self.around_the_clock:
            cleaned.update(hours=BUSINESS_HOURS, **_NOBODY)
            return cleaned
        if not cleaned.get("hours"):
            self.add_error("hours", SENTENCES["intake.hours-missing"])
        elif cleaned["hours"] == AROUND_THE_CLOCK:
            if not cleaned.get("night_name") and "night_name" not in self.errors:
                self.add_error("night_name", sentence(Reason("intake.night-contact-missing"), "UTC"))
            _clean_phone(self, cleaned, "night_phone", cleaned.get("country", ""), required=True)
            zone = cleaned.get("night_time_zone")
            if zone and zone not in known_time_zones():
                self.add_error("night_time_zone", SENTENCES["contact.time-zone-unknown"])
            if not cleaned.get("night_agreed"):
                self.add_error(
                    "night_agreed",
                    _(
                        "Severity A needs somebody who answers day and night. Confirm it, or choose business hours."
                    ),
                )
            cleaned["night_agreed"] = "on" if cleaned.get("night_agreed") else ""
        else:
            cleaned.update(_NOBODY)
        return cleaned

    def _clean_call(self, cleaned: dict[str, Any]) -> None:
        if self.calls_back_at is None or "time_zone" not in cleaned:
            return
        wish = Support(
            time_zone=cleaned["time_zone"],
            call_day=cleaned.get("call_day", ""),
            call_other_day=cleaned.get("call_other_day", ""),
            call_window=cleaned.get("call_window", ""),
        )
        for name, reason in call_back_refusals(wish, at=self.calls_back_at).items():
            if name not in self.errors:
                self.add_error(name, sentence(reason, "UTC"))

    def answer(self) -> Support:
        """What was chosen, once the form is valid."""
        return Support(**{name: self.cleaned_data.get(name, "") for name in Support.__slots__})

    def unfinished(self) -> Support:
        """What was chosen so far, valid or not."""
        values: dict[str, Any] = {name: _kept(self.data.get(name, "")) for name in Support.__slots__}
        values["agreement_id"] = number_in(values["agreement_id"])
        return Support(**values)


class PersonForm(forms.Form):
    """Step 3, and one person of step 4. `country` reads phone numbers that are typed without a country code."""

    name = CleanText(
        most=MOST_NAME,
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": SENTENCES["contact.name-missing"]},
    )
    email = CleanEmail(
        max_length=254,
        label=_("E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter an e-mail address.")},
    )
    phone = CleanText(
        most=MOST_PHONE,
        label=_("Phone"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("With the country code, for example +420 123 456 789."),
        error_messages={"required": SENTENCES["contact.phone-missing"]},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        widget=LongSelect,
        error_messages={
            "required": _("Choose a time zone."),
            "invalid_choice": SENTENCES["contact.time-zone-unknown"],
        },
    )
    language = forms.ChoiceField(
        label=_("Language of e-mails"),
        choices=OWN_NAMES,
        error_messages={"required": SENTENCES["contact.language-unknown"]},
    )

    def __init__(
        self, data: Any = None, *, country: str, brief: bool = False, initial: Person | None = None
    ) -> None:
        values = {name: getattr(initial, name) for name in initial.__slots__} if initial else None
        super().__init__(data, initial=values)
        self.country = country
        if brief:
            self.fields["phone"].required = False
            for name in ("time_zone", "language"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        _clean_phone(self, cleaned, "phone", self.country, required=self.fields["phone"].required)
        if "email" in cleaned:
            cleaned["email"] = cleaned["email"].lower()
        return cleaned

    def answer(self) -> Person:
        """The person, once the form is valid."""
        return Person(**{name: self.cleaned_data.get(name, "") for name in Person.__slots__})

    def unfinished(self) -> Person:
        """What was typed so far, valid or not."""
        return Person(**{name: _kept(self.data.get(name, "")) for name in Person.__slots__})

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed at all."""
        return not any(str(self.data.get(name, "")).strip() for name in ("name", "email", "phone"))


class VerifyForm(forms.Form):
    """Step 5. A request for a customer is confirmed to be for that one (OBO-1); `customer` is its name, "" for none."""

    for_customer = forms.BooleanField()

    def __init__(self, data: Any = None, *, customer: str) -> None:
        super().__init__(data)
        if not customer:
            del self.fields["for_customer"]
            return
        field = self.fields["for_customer"]
        field.label = _("This request is for %(customer)s") % {"customer": customer}
        reason = Reason("intake.customer-not-confirmed", {"customer": customer})
        field.error_messages["required"] = sentence(reason, "UTC")


class SubmitForm(forms.Form):
    """Step 6."""

    terms_accepted = forms.BooleanField(
        label=_("I accept the service agreement"),
        error_messages={"required": SENTENCES["intake.terms-not-accepted"]},
    )


def _clean_phone(
    form: forms.Form, cleaned: dict[str, Any], name: str, country: str, *, required: bool
) -> None:
    text = cleaned.get(name, "")
    if name in form.errors:
        return
    if not text:
        if required:
            form.add_error(name, SENTENCES["contact.phone-missing"])
        return
    number = parse_phone(text, country)
    if isinstance(number, Reason):
        form.add_error(name, sentence(number, "UTC"))
    else:
        cleaned[name] = number


def _offer(form: forms.Form, name: str, choices: list[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def product_choices(
    catalogue: Catalogue, language: str, *, empty: Any, for_customers: bool = False, family: str = ""
) -> list[Any]:
    """What can be chosen for a request, by family, after an entry for none of them. `for_customers`: in channels where
    one can act for a customer; `family` comes first."""
    groups = []
    for each, products in catalogue.offered_products():
        on_offer = [
            (product.code, text_in(product.name, language))
            for product in products
            if not for_customers or is_for_customers(product.channel)
        ]
        if on_offer:
            groups.append((each.code != family, (text_in(each.name, language), on_offer)))
    groups.sort(key=lambda group: group[0])
    return [("", str(empty)), *(group for _other, group in groups)]


def _choices(entries: Iterable[Any], language: str, empty: Any) -> list[tuple[str, str]]:
    return [("", str(empty)), *((entry.code, text_in(entry.name, language)) for entry in entries)]


def _entry(products: Any, code: Any) -> Product | None:
    product: Product | None = products.get(str(code or ""))
    return product if product is not None and not product.retired else None


def _kept(value: Any) -> str:
    # A draft is kept as JSON, which cannot hold NUL; and nobody means to keep more than the longest field.
    return str(value).replace("\x00", "")[: MOST_DESCRIPTION * 2]

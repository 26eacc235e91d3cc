"""Products, what can go wrong with them, the channels they belong to, and the programmes that cover them."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, slug_re
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.servicelevels.models import Calendar, Entry, Policy, in_english

Q = models.Q
MANY_YEARS: Final = 120


class Channel(Entry):
    """A front door for requests, with its own sign-in and plan needs (IDN-2)."""

    class SignIn(models.TextChoices):
        ANY = "any", _("Any account")
        TENANT = "tenant", _("A work account of the tenant")
        SUBSCRIPTION = "subscription", _("An account with a role on the subscription")
        PARTNER = "partner", _("A work account of the partner organization")

    name = models.JSONField(_("name"))
    explanation = models.JSONField(_("why there"), help_text=_("Why its products are supported there."))
    sign_in = models.CharField(_("sign-in"), max_length=16, choices=SignIn)
    needs_pair = models.BooleanField(_("needs an Access ID and a Contract ID"))
    instead_of_pair = models.JSONField(
        _("instead of the pair"), null=True, blank=True, help_text=_("What else may pay for a request here.")
    )
    front_door_label = models.JSONField(_("front door"))
    front_door_url = models.URLField(_("address of the front door"), blank=True)
    open = models.BooleanField(
        _("open here"), default=False, help_text=_("Requests can be made in this installation.")
    )
    category_label = models.JSONField(_("its word for category"), null=True, blank=True)
    feature_label = models.JSONField(_("its word for feature"), null=True, blank=True)
    problem_label = models.JSONField(_("its word for problem"), null=True, blank=True)
    details_after_problem = models.BooleanField(
        _("details after the problem"),
        default=False,
        db_default=False,
        help_text=_("Summary and description appear once the problem is chosen."),
    )
    asks_subscription = models.BooleanField(
        _("asks for a subscription"),
        default=False,
        db_default=False,
        help_text=_("A request concerns one subscription."),
    )
    policy = models.ForeignKey(
        Policy,
        verbose_name=_("policy without a pair"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="channels",
        help_text=_("What is promised to work that needs no pair here."),
    )

    class Meta(Entry.Meta):
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = (
            in_english("name", "channel_name_in_english"),
            in_english("explanation", "channel_explanation_in_english"),
            in_english("front_door_label", "channel_front_door_in_english"),
            *(
                in_english(f"{entry}_label", f"channel_word_for_{entry}_in_english", optional=True)
                for entry in ("category", "feature", "problem")
            ),
            models.CheckConstraint(
                condition=Q(sign_in__in=["any", "tenant", "subscription", "partner"]),
                name="channel_sign_in_known",
            ),
            models.CheckConstraint(
                condition=Q(open=True) | ~Q(front_door_url=""), name="channel_closed_here_says_where_else"
            ),
        )


class ProductFamily(Entry):
    """Products that are listed together and share categories."""

    name = models.JSONField(_("name"))

    class Meta(Entry.Meta):
        verbose_name = _("product family")
        verbose_name_plural = _("product families")
        constraints = (in_english("name", "product_family_name_in_english"),)


class Product(Entry):
    """Something that is supported, through exactly one channel."""

    name = models.JSONField(_("name"))
    family = models.ForeignKey(
        ProductFamily, verbose_name=_("family"), on_delete=models.PROTECT, related_name="products"
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, related_name="products"
    )
    asks_usage = models.BooleanField(
        _("asks how it is used"),
        default=False,
        help_text=_("As an IT professional, a developer or a partner."),
    )

    class Meta(Entry.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = (in_english("name", "product_name_in_english"),)


class ProductVersion(Entry):
    """A version of a product with its support lifecycle. Dates are the last day of a phase; empty: no end is known."""

    code = models.SlugField(_("code"), max_length=60)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="versions")
    name = models.JSONField(_("name"))
    mainstream_until = models.DateField(_("mainstream support until"), null=True, blank=True)
    extended_until = models.DateField(_("extended support until"), null=True, blank=True)

    class Meta(Entry.Meta):
        ordering = ("product", "position", "code")
        verbose_name = _("product version")
        verbose_name_plural = _("product versions")
        constraints = (
            models.UniqueConstraint(fields=["product", "code"], name="product_version_once"),
            in_english("name", "product_version_name_in_english"),
            models.CheckConstraint(
                condition=Q(extended_until__isnull=True)
                | Q(extended_until__gte=models.F("mainstream_until")),
                name="product_version_extended_after_mainstream",
            ),
            models.CheckConstraint(
                condition=Q(extended_until__isnull=True) | Q(mainstream_until__isnull=False),
                name="product_version_extended_needs_mainstream",
            ),
        )

    def __str__(self) -> str:
        return f"{self.product.code}/{self.code}"


class ProblemType(Entry):
    """What kind of work a request asks for: it decides what pays for it and who handles it (RTE-2)."""

    class Draws(models.TextChoices):
        INCIDENT = "incident", _("An incident")
        ADVISORY_HOUR = "advisory_hour", _("Advisory hours")
        NOTHING = "nothing", _("Nothing")

    name = models.JSONField(_("name"))
    explanation = models.JSONField(_("explanation"))
    draws = models.CharField(_("what it takes from a plan"), max_length=16, choices=Draws)
    break_fix = models.BooleanField(_("break-fix"), default=False)

    class Meta(Entry.Meta):
        verbose_name = _("problem type")
        verbose_name_plural = _("problem types")
        constraints = (
            in_english("name", "problem_type_name_in_english"),
            in_english("explanation", "problem_type_explanation_in_english"),
            models.CheckConstraint(
                condition=Q(draws__in=["incident", "advisory_hour", "nothing"]),
                name="problem_type_draws_known",
            ),
        )


class Category(Entry):
    """A topic, offered for whole families, for single products, or both."""

    name = models.JSONField(_("name"))
    families = models.ManyToManyField(
        ProductFamily, verbose_name=_("families"), blank=True, related_name="categories"
    )
    products = models.ManyToManyField(
        Product, verbose_name=_("products"), blank=True, related_name="categories"
    )

    class Meta(Entry.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = (in_english("name", "category_name_in_english"),)


class Feature(Entry):
    """A part of a category under which its problems are grouped, where it has many (WIZ-1)."""

    code = models.SlugField(_("code"), max_length=60)
    category = models.ForeignKey(
        Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="features"
    )
    name = models.JSONField(_("name"))

    class Meta(Entry.Meta):
        ordering = ("category", "position", "code")
        verbose_name = _("feature")
        verbose_name_plural = _("features")
        constraints = (
            models.UniqueConstraint(fields=["category", "code"], name="feature_once"),
            in_english("name", "feature_name_in_english"),
        )

    def __str__(self) -> str:
        return f"{self.category.code}/{self.code}"


class Problem(Entry):
    """What goes wrong, or is asked, within a category."""

    code = models.SlugField(_("code"), max_length=60)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="problems")
    feature = models.ForeignKey(
        Feature,
        verbose_name=_("feature"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="problems",
    )
    problem_type = models.ForeignKey(
        ProblemType, verbose_name=_("problem type"), on_delete=models.PROTECT, related_name="problems"
    )
    name = models.JSONField(_("name"))

    class Meta(Entry.Meta):
        ordering = ("category", "position", "code")
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        constraints = (
            models.UniqueConstraint(fields=["category", "code"], name="problem_once"),
            in_english("name", "problem_name_in_english"),
        )

    def __str__(self) -> str:
        return f"{self.category.code}/{self.code}"


def check_choices(choices: object) -> None:
    """Refuse what are no answers to choose from: codes, each once, with names in English at least."""
    listed = choices if isinstance(choices, list) else [None]
    codes = [each.get("code") for each in listed if isinstance(each, dict)]
    names = [each.get("name") for each in listed if isinstance(each, dict)]
    are_coded = all(isinstance(code, str) and slug_re.fullmatch(code) for code in codes)
    are_named = all(isinstance(name, dict) and name.get("en") for name in names)
    if len(codes) != len(listed) or len(set(map(str, codes))) != len(codes) or not (are_coded and are_named):
        raise ValidationError(
            _('Write a list of answers, each as {"code": "many", "name": {"en": "Many"}}, no code twice.')
        )


class Question(Entry):
    """What is asked in step 1 about the products of a channel, or about single products (WIZ-1)."""

    class Kind(models.TextChoices):
        CHOICE = "choice", _("One of several answers")
        YES_NO = "yes-no", _("Yes or no")
        TEXT = "text", _("Text")
        NUMBER = "number", _("A whole number")

    name = models.JSONField(_("question"))
    help = models.JSONField(_("help"), null=True, blank=True)
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind)
    choices = models.JSONField(
        _("answers to choose from"),
        default=list,
        blank=True,
        validators=[check_choices],
        help_text=_("A list of answers, each with its code and its name in several languages."),
    )
    required = models.BooleanField(_("has to be answered"), default=True)
    channels = models.ManyToManyField(
        Channel, verbose_name=_("channels"), blank=True, related_name="questions"
    )
    products = models.ManyToManyField(
        Product, verbose_name=_("products"), blank=True, related_name="questions"
    )
    problem_types = models.ManyToManyField(
        ProblemType,
        verbose_name=_("problem types"),
        blank=True,
        related_name="questions",
        help_text=_("Asked for these only. None: for all."),
    )

    class Meta(Entry.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = (
            in_english("name", "question_name_in_english"),
            in_english("help", "question_help_in_english", optional=True),
            models.CheckConstraint(
                condition=Q(kind__in=["choice", "yes-no", "text", "number"]), name="question_kind_known"
            ),
            models.CheckConstraint(
                condition=(Q(kind="choice") & ~Q(choices=[])) | (~Q(kind="choice") & Q(choices=[])),
                name="question_choices_for_a_choice",
            ),
        )


class Programme(Entry):
    """What was sold or granted: how many units, for how long, for which products, with which promises."""

    class Unit(models.TextChoices):
        INCIDENT = "incident", _("Incident")
        ADVISORY_HOUR = "advisory_hour", _("Advisory hour")

    class HeldAs(models.TextChoices):
        AGREEMENT = "agreement", _("An agreement with a pair")
        PURCHASE = "purchase", _("A paid incident")
        MEMBERSHIP = "membership", _("Membership of the programme")

    class Activation(models.TextChoices):
        NONE = "none", _("By hand")
        AUTOMATIC = "automatic", _("With each renewal")
        ON_REQUEST = "on-request", _("On request")
        KIT = "kit", _("For a location with a competency")

    name = models.JSONField(_("name"))
    short_code = models.CharField(
        _("short code"), max_length=12, help_text=_("As in 15 SCS-4648141 (AGR-9).")
    )
    draws = models.JSONField(_("what a request takes from it"))
    held_as = models.CharField(_("held as"), max_length=16, choices=HeldAs)
    unit = models.CharField(_("unit"), max_length=16, choices=Unit)
    quantity = models.PositiveIntegerField(
        _("units granted"), null=True, blank=True, help_text=_("Empty: unlimited.")
    )
    overdraft = models.PositiveIntegerField(
        _("units that may be drawn in advance"),
        default=0,
        db_default=0,
        help_text=_("So many may be used beyond what is left, at most."),
    )
    carries_over = models.PositiveIntegerField(
        _("units that renewal carries over"),
        null=True,
        blank=True,
        default=0,
        db_default=0,
        help_text=_("Of what is left, so many at most. Empty: all of it."),
    )
    length_months = models.PositiveSmallIntegerField(_("length in months"))
    extra_days = models.PositiveSmallIntegerField(_("extra days"), default=0)
    partner_network = models.BooleanField(_("partner network"), default=False)
    mainstream_only = models.BooleanField(_("only products in mainstream support"), default=False)
    recent_only = models.BooleanField(_("only recent on-premises products"), default=False)
    own_tenant = models.BooleanField(
        _("pays for the own tenant"),
        default=True,
        db_default=True,
        help_text=_("Otherwise only for requests that a partner makes for its customers (OBO-6)."),
    )
    for_customers = models.JSONField(
        _("pays for customers in the channels"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_(
            "Codes of the channels in which it pays for requests that a partner makes for a customer."
        ),
    )
    network_levels = models.JSONField(
        _("levels of the partner network that get it"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
    )
    activation = models.CharField(
        _("activation"), max_length=12, choices=Activation, default="none", db_default="none"
    )
    activated_within_days = models.PositiveSmallIntegerField(
        _("days until it is activated"), default=28, db_default=28
    )
    policy = models.ForeignKey(
        Policy, verbose_name=_("policy"), on_delete=models.PROTECT, related_name="programmes"
    )
    channels = models.ManyToManyField(
        Channel, verbose_name=_("covers the channels"), related_name="programmes"
    )
    excluded_products = models.ManyToManyField(
        Product, verbose_name=_("products left out"), blank=True, related_name="left_out_of"
    )

    class Meta(Entry.Meta):
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = (
            in_english("name", "programme_name_in_english"),
            in_english("draws", "programme_draws_in_english"),
            models.CheckConstraint(
                condition=Q(unit__in=["incident", "advisory_hour"]), name="programme_unit_known"
            ),
            models.CheckConstraint(
                condition=Q(held_as__in=["agreement", "purchase", "membership"]),
                name="programme_held_as_known",
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gt=0), name="programme_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(held_as="membership") | Q(quantity__isnull=False),
                name="programme_counted_unless_membership",
            ),
            models.CheckConstraint(
                condition=~Q(held_as="purchase") | Q(unit="incident"), name="programme_bought_in_incidents"
            ),
            models.CheckConstraint(
                condition=Q(activation__in=["none", "automatic", "on-request", "kit"]),
                name="programme_activation_known",
            ),
            models.CheckConstraint(
                condition=Q(length_months__gt=0) & Q(length_months__lte=12 * MANY_YEARS),
                name="programme_length_positive",
            ),
            models.UniqueConstraint(
                fields=["short_code"], condition=Q(retired_at__isnull=True), name="programme_short_code_once"
            ),
        )


class ProgrammeVersionRule(models.Model):
    """A product version that a programme names: enabled, or left out (ELI-4).

    As soon as a programme enables versions, all others are not enabled for it.
    """

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="version_rules")
    version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="+")
    enabled = models.BooleanField(_("enabled"))

    class Meta:
        ordering = ("programme", "version")
        verbose_name = _("version rule")
        verbose_name_plural = _("version rules")
        constraints = (
            models.UniqueConstraint(fields=["programme", "version"], name="programme_version_rule_once"),
        )

    def __str__(self) -> str:
        return f"{'+' if self.enabled else '-'}{self.version}"


class Region(Entry):
    """Countries that are served alike."""

    name = models.JSONField(_("name"))
    countries = models.JSONField(_("countries"), default=list, help_text=_("ISO 3166 codes of two letters."))
    calendar = models.ForeignKey(
        Calendar,
        verbose_name=_("calendar"),
        on_delete=models.PROTECT,
        related_name="regions",
        help_text=_("For countries that no calendar names."),
    )
    may_mail_ids_to_any_contact = models.BooleanField(
        _("may mail the IDs to any contact"),
        default=False,
        help_text=_("Otherwise the service centre mails them only to the primary programme contact."),
    )

    class Meta(Entry.Meta):
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        constraints = (in_english("name", "region_name_in_english"),)


class Offer(Entry):
    """What a personal account can buy: the paid incidents that a programme grants (PPI-2)."""

    programme = models.ForeignKey(
        Programme,
        verbose_name=_("programme"),
        on_delete=models.PROTECT,
        related_name="offers",
        limit_choices_to={"held_as": Programme.HeldAs.PURCHASE.value},
    )

    class Meta(Entry.Meta):
        verbose_name = _("offer")
        verbose_name_plural = _("offers")


class OfferPrice(models.Model):
    """What an offer costs in a region. An offer is not sold in regions in which it has no price (PPI-2)."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="prices")
    region = models.ForeignKey(
        Region, verbose_name=_("region"), on_delete=models.PROTECT, related_name="prices"
    )
    amount_minor = models.PositiveBigIntegerField(
        _("price"),
        help_text=_("In the smallest units of the currency: 49900 for 499.00 EUR, 500 for 500 JPY."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Write the three letters of a currency, such as EUR."))],
        help_text=_("ISO 4217 code of three letters."),
    )
    tax_note = models.JSONField(_("about taxes"), help_text=_("What stands beside the price."))

    class Meta:
        ordering = ("offer", "region")
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = (
            models.UniqueConstraint(fields=["offer", "region"], name="offer_price_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="offer_price_positive"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="offer_price_currency_code"
            ),
            in_english("tax_note", "offer_price_tax_note_in_english"),
        )

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class CatalogRevision(models.Model):
    """One row. The database raises its number with every change to a catalogue table, whoever makes the change.

    `digest` is that of the file which was applied last, `applied_at` and `applied_by` say when and by whom.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.BigIntegerField(_("number"), default=0)
    changed_at = models.DateTimeField(_("changed"))
    applied_at = models.DateTimeField(_("applied"), null=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("applied by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    digest = models.CharField(_("digest of the file"), max_length=64, default="", db_default="")

    class Meta:
        verbose_name = _("catalogue revision")
        verbose_name_plural = _("catalogue revisions")
        constraints = (models.CheckConstraint(condition=Q(id=1), name="catalog_revision_one_row"),)

    def __str__(self) -> str:
        return str(self.number)

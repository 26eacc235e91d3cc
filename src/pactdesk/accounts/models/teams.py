"""Teams of the vendor, and who answers for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.models.people import Account


class Team(models.Model):
    """Engineers who answer together. What no routing rule sends elsewhere comes to the default one (RTE-1)."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.JSONField(_("name"), help_text=_("In several languages; English has to be among them."))
    is_default = models.BooleanField(_("takes everything else"), default=False)
    is_service_centre = models.BooleanField(
        _("service centre"),
        default=False,
        db_default=False,
        help_text=_("Its members keep organizations and agreements, and send Access IDs and Contract IDs."),
    )
    manager = models.ForeignKey(
        Account,
        verbose_name=_("manager"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Is told of what the engineers do not take up."),
    )
    head = models.ForeignKey(
        Account,
        verbose_name=_("head of support"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Is told of what stays broken although the manager knows."),
    )
    members = models.ManyToManyField(Account, through="accounts.TeamMember", related_name="+")

    class Meta:
        ordering = ("code",)
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = (
            models.UniqueConstraint(fields=["code"], name="team_code_once"),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="team_one_default"
            ),
            models.CheckConstraint(condition=models.Q(name__has_key="en"), name="team_named_in_english"),
        )

    def __str__(self) -> str:
        return self.code


class TeamMember(models.Model):
    """An account that answers for a team. Whoever is in no team does not know that there is a desk."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.CASCADE, related_name="+"
    )
    is_lead = models.BooleanField(
        _("lead"),
        default=False,
        db_default=False,
        help_text=_("Is told of what is in danger, and at once of a critical request that nobody can take."),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (models.UniqueConstraint(fields=["account", "team"], name="team_member_once"),)

    def __str__(self) -> str:
        return f"{self.account_id} · {self.team_id}"


# The teams for which the `account` of a statement may speak: as one of their members, as their manager, or as the head
# above both.
TEAMS_OF_ACCOUNT = """
SELECT team_id FROM accounts_teammember WHERE account_id = account.id
UNION SELECT team.id FROM accounts_team team WHERE team.manager_id = account.id OR team.head_id = account.id
"""
# Whether one of them is the service centre.
AT_SERVICE_CENTRE = f"""
EXISTS (SELECT FROM accounts_team served WHERE served.is_service_centre AND served.id IN ({TEAMS_OF_ACCOUNT}))
"""

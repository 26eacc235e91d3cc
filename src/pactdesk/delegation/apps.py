from django.apps import AppConfig


class DelegationConfig(AppConfig):
    name = "pactdesk.delegation"
    label = "delegation"
    verbose_name = "Delegation"
    default_auto_field = "django.db.models.BigAutoField"

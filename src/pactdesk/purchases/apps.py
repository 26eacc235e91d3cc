from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    name = "pactdesk.purchases"
    label = "purchases"
    verbose_name = "Purchases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from pactdesk.purchases import checks  # noqa: F401 - registers itself

from django.apps import AppConfig


class MailboxConfig(AppConfig):
    name = "pactdesk.mailbox"
    label = "mailbox"
    verbose_name = "Mailbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from pactdesk.mailbox import checks  # noqa: F401 - registers itself

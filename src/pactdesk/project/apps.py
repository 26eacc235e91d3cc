from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Connects the rooms once all of them are loaded."""

    name = "pactdesk.project"
    label = "project"

    def ready(self) -> None:
        from pactdesk.project import wiring

        wiring.connect()

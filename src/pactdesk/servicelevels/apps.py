from django.apps import AppConfig


class ServiceLevelsConfig(AppConfig):
    name = "pactdesk.servicelevels"
    label = "servicelevels"
    verbose_name = "Service levels"
    default_auto_field = "django.db.models.BigAutoField"

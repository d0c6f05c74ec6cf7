from django.apps import AppConfig


class CiIntegrationsConfig(AppConfig):
    name = "ci_integrations"

from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "holdfast.web.public"
    label = "public"

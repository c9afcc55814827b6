"""How every form is drawn: Django's own templates, overridden once, so that forms of any app look alike."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class DesignRenderer(TemplatesSetting):
    """Django's renderer with the design's field and error templates (settings: FORM_RENDERER)."""

    field_template_name = "design/field.html"

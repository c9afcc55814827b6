"""The design system: base page, components, error pages, formats and assets that every surface shares."""

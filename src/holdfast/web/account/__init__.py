"""Signing in and out: django-allauth's views in the house's look."""

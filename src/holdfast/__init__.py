"""Holdfast: a self-hosted booking system for businesses that sell people's time."""

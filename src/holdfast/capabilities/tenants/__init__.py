"""Tenants: one business each, the hosts it answers on, its locations and its keys.

The tenant and its hosts are the only business data outside row security: they are read before it is
known whose data a request may see, so they hold nothing but names and settings.
"""

"""Schedules: when a place or person works (opening rules) and when it does not (blackouts).

Every change of what a start depends on - rules, blackouts, services, resources, places - raises the
tenant's schedule version under the locks that bookings take, so that a booking which was checked
against an older schedule is turned back and checked again (docs/decisions/0004).
"""

"""Bookings: promises of time, and the allocations by which PostgreSQL keeps them apart.

The truth is the allocation table: half-open ranges in lanes of a resource, which an exclusion
constraint keeps from overlapping, whatever the code does. Hold, confirm, cancel and expire are one
SQL function each (`sql/`); everything else reads. Every move writes one event in its transaction.
"""

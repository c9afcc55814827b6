"""People: accounts that sign in, the calendars that can be booked, and the customers who come.

An account is global and may belong to many tenants; what it may do in one is its membership there.
A resource is a calendar and needs no account. A customer's contact data is sealed and found again by
blind index only.
"""

"""Notifications: what customers are told about their bookings, by mail, once each.

Every message is a row before it is sent: what it says, of which version of a booking, and what became of it.
The address is never stored, only its blind index. Jobs carry ids; the words are made when they are sent.
"""

"""The public face of a business: its texts, its albums and its pictures.

A picture is checked by what it is, not by its name; what is kept of it are its variants, without metadata, at
addresses that never change what they show.
"""

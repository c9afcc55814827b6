"""The pure core: when is there time, what may happen to a booking, what does it cost.

Only the standard library; the present moment, the time zone and randomness are always arguments. Periods are
half-open (`starts_at <= t < ends_at`). Datetimes are aware and in UTC. Inside, time is whole seconds since
1970-01-01T00:00Z: sorting and dividing integers is what makes a month of a whole team cost milliseconds.
"""

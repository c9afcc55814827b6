"""The pure core: when is there time, what may happen to a booking, what does it cost.

Only the standard library; the present moment, the time zone and randomness are always arguments. Periods are
half-open (`starts_at <= t < ends_at`). Datetimes are aware and in UTC. Inside, time is whole seconds since
1970-01-01T00:00Z: sorting and dividing integers is what makes a month of a whole team cost milliseconds.

Times and sets of them: `intervals`, `zones`, `runs`, `day_parts`. When somebody works: `hours`, and what is
odd about the rules, `rule_conflicts`. When a service can start and why not: `slots`, `taken`, `reasons`; one
of several segments and resources: `segments`, `visits`. Which starts one person is offered: `exposure`. What
may happen to a booking: `lifecycle`. What it costs: `money`.
"""

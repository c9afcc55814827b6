"""The pure core: when is there time, what may happen to a booking, what does it cost.

Only the standard library; the present moment, the time zone and randomness are always arguments. Periods are
half-open (`starts_at <= t < ends_at`). Datetimes are aware and in UTC. Inside, time is whole seconds since
1970-01-01T00:00Z: sorting and dividing integers is what makes a month of a whole team cost milliseconds.

Times and sets of them: `intervals`, `zones`, `runs`, `taken`, `day_parts`. When somebody works: `hours`; what
is odd about the rules: `rule_conflicts`; what comes round: `recurrence`, `recurrence_text`, and in words
`recurrence_words`. When a service can start: `slots`, within `limits`; one of several segments and resources:
`segments`, `visits`. Why a start is missing: `reasons`, `visit_reasons`. Which starts one person is offered:
`exposure`. What may happen to a booking: `lifecycle`. What it costs: `money`.
"""

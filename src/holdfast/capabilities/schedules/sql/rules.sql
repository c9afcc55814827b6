-- Rules that can be changed, seats a rule, blackouts that come round again.
alter table opening_rule alter column slot_capacity drop not null;
-- Null: the service says how many seats a start has.
alter table opening_rule alter column slot_capacity drop default;
alter table opening_rule
    add column version integer not null default 1,
    add column updated_at timestamptz not null default now();

alter table blackout
    -- RFC 5545, without DTSTART: repeats from starts_at on, in local time of the place.
    add column rrule text check (length(rrule) between 1 and 500),
    -- Local dates on which a repetition does not happen.
    add column except_dates date[] not null default '{}' check (cardinality(except_dates) <= 500),
    add column version integer not null default 1,
    add column updated_at timestamptz not null default now(),
    add check (rrule is null or not is_recurring);

create trigger service_add_on_raises_version after insert or update or delete on service_add_on
    for each statement execute function raise_schedule_version();

-- Slot instances: starts published as rows, with seats that are counted.
create table slot_instance (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    location_id uuid not null,
    service_id uuid not null,
    resource_id uuid not null,
    -- The local date of the place on which it starts.
    local_date date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- With buffers: what a booking at this start would take.
    claim_starts_at timestamptz not null,
    claim_ends_at timestamptz not null,
    -- Seats are bookings of this instance; else the counters say which lanes are taken.
    is_group boolean not null,
    capacity smallint not null check (capacity between 1 and 1000),
    booked smallint not null default 0 check (booked >= 0),
    held smallint not null default 0 check (held >= 0),
    -- Why nobody new may come: a blackout, rules that no longer give this start, or the staff's word.
    blocked_by text[] not null default '{}' check (blocked_by <@ array['blackout', 'rules', 'staff']),
    is_blocked boolean not null generated always as (blocked_by <> '{}') stored,
    status text not null generated always as (
        case when blocked_by <> '{}' then 'blocked' when booked + held = 0 then 'open'
            when booked + held < capacity then 'partial' else 'full' end) stored
        check (status in ('open', 'partial', 'full', 'blocked')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (starts_at < ends_at and claim_starts_at <= starts_at and ends_at <= claim_ends_at),
    constraint no_overselling check (booked + held <= capacity),
    unique (tenant_id, location_id, service_id, resource_id, starts_at),
    foreign key (tenant_id, location_id) references location (tenant_id, id),
    foreign key (tenant_id, service_id) references service (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id)
) with (fillfactor = 80);
create index slot_instance_service on slot_instance (tenant_id, service_id, starts_at);
-- For the counters: which instances an allocation meets. The longest claim bounds how far to look.
create index slot_instance_claim on slot_instance (tenant_id, resource_id, claim_ends_at, claim_starts_at)
    where not is_group;
create index slot_instance_length on slot_instance (tenant_id, resource_id, (claim_ends_at - claim_starts_at))
    where not is_group;
-- After the others, as in schema.sql.
alter table slot_instance add primary key (tenant_id, id);
select protect_tenant_table('slot_instance');

alter table booking add foreign key (tenant_id, slot_id) references slot_instance (tenant_id, id);
create index booking_slot on booking (tenant_id, slot_id) where slot_id is not null;

-- Time is taken by a booking, or by a published instance whose seats are counted.
alter table allocation alter column booking_id drop not null;
alter table allocation
    add column slot_id uuid,
    -- Checked at commit: the time is taken before the instance is written.
    add foreign key (tenant_id, slot_id) references slot_instance (tenant_id, id)
        deferrable initially deferred,
    add check (num_nonnulls(booking_id, slot_id) = 1);
create unique index allocation_slot on allocation (tenant_id, slot_id) where slot_id is not null;

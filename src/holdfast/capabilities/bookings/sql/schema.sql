-- Bookings, the allocations that keep them apart, their log and their private links.
create table booking (
    tenant_id uuid not null,
    id uuid not null,
    service_id uuid,
    location_id uuid not null,
    -- Whom or what it is with, kept after the time was given back; what it takes is in allocation.
    resource_id uuid,
    customer_id uuid,
    status text not null check (status in ('held', 'option', 'pencil', 'pending', 'confirmed', 'completed',
        'no_show', 'cancelled', 'expired')),
    -- The service time in UTC; buffers are in the allocations only.
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- What a person agreed to: the wall time, its zone and the rules of that day (TRUST §4.5).
    local_start timestamp not null,
    time_zone text not null,
    tzdb text not null,
    hold_expires_at timestamptz,
    option_rank smallint check (option_rank between 1 and 3),
    price_minor bigint check (price_minor >= 0),
    currency text not null,
    party_size smallint not null default 1 check (party_size between 1 and 1000),
    title text not null default '',
    source text not null default 'api' check (source in ('api', 'page', 'staff', 'demo')),
    -- Sealed: name, e-mail, phone as given for this booking; notes; the reason of a cancellation.
    contact bytea,
    notes bytea,
    cancellation_reason bytea,
    -- iCalendar SEQUENCE of the next message, and the version for If-Match.
    sequence integer not null default 0,
    version integer not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    confirmed_at timestamptz,
    cancelled_at timestamptz,
    check (starts_at < ends_at),
    check (status <> 'held' or hold_expires_at is not null),
    foreign key (tenant_id, service_id) references service (tenant_id, id),
    foreign key (tenant_id, location_id) references location (tenant_id, id),
    foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    foreign key (tenant_id, customer_id) references customer (tenant_id, id)
);
create index booking_resource_time on booking (tenant_id, resource_id, starts_at);
create index booking_time on booking (tenant_id, starts_at);
create index booking_location on booking (tenant_id, location_id, starts_at);
create index booking_customer on booking (tenant_id, customer_id);
create index booking_service on booking (tenant_id, service_id);
create index booking_held on booking (tenant_id, hold_expires_at) where status = 'held';
-- After the others: while a table is new and has no statistics, an index on (tenant_id, …) costs as little
-- as the key itself, and of equals the newest is taken. A foreign key check then read a tenant's every
-- booking (4 ms a hold after 20,000) until the first autovacuum.
alter table booking add primary key (tenant_id, id);
select protect_tenant_table('booking');

create table allocation (
    tenant_id uuid not null,
    id bigint generated always as identity,
    booking_id uuid not null,
    resource_id uuid not null,
    lane integer not null check (lane >= 0),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- Set while the booking is held: from then on this row blocks nobody.
    expires_at timestamptz,
    primary key (tenant_id, id),
    check (starts_at < ends_at),
    -- Checked at commit, so that a hold which finds no lane has written nothing at all.
    foreign key (tenant_id, booking_id) references booking (tenant_id, id) deferrable initially deferred,
    foreign key (tenant_id, resource_id) references resource (tenant_id, id),
    constraint no_double_booking exclude using gist (
        uuidrange(resource_id, resource_id, '[]') with =,
        int4range(lane, lane, '[]') with =,
        tstzrange(starts_at, ends_at, '[)') with &&,
        uuidrange(tenant_id, tenant_id, '[]') with =
    )
);
-- By the end: reading from a day onwards never walks through the past. The start is not part of the key: a
-- bound on it there makes PostgreSQL 18 expect a search for every end, and a plan for any parameters (chosen
-- after five runs) then reads a tenant's every allocation. What is included is read without the table.
create index allocation_time on allocation (tenant_id, resource_id, ends_at)
    include (starts_at, lane, expires_at);
create index allocation_booking on allocation (tenant_id, booking_id);
create index allocation_expiry on allocation (tenant_id, resource_id, expires_at) where expires_at is not null;
select protect_tenant_table('allocation');

-- The log: audit trail, outbox and feed at once. Read it below pg_snapshot_xmin, in the order (tx, id):
-- polling `id > last` would lose events of transactions that commit late.
create table booking_event (
    tenant_id uuid not null,
    tx xid8 not null default pg_current_xact_id(),
    id bigint generated always as identity,
    booking_id uuid not null,
    kind text not null check (kind like 'booking.%'),
    version integer not null,
    -- The booking after the move, without sealed columns, and its allocations: enough to replay.
    data jsonb not null,
    actor text not null default app_actor(),
    request_id text not null default app_request_id(),
    occurred_at timestamptz not null,
    primary key (tenant_id, tx, id)
);
create index booking_event_booking on booking_event (tenant_id, booking_id, id);
select protect_tenant_table('booking_event');
create trigger booking_event_is_append_only before update or delete on booking_event
    for each row execute function refuse_change();
create trigger booking_event_is_never_truncated before truncate on booking_event
    for each statement execute function refuse_change();

-- What a private link may do. Only hashes are stored; the link itself can only be made with the
-- tenant's key (holdfast.platform.crypto.derive_token).
create table booking_token (
    tenant_id uuid not null,
    token_hash bytea not null,
    booking_id uuid not null,
    action text not null default 'manage' check (action in ('manage', 'view', 'confirm', 'cancel', 'reschedule')),
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, booking_id) references booking (tenant_id, id)
);
create index booking_token_booking on booking_token (tenant_id, booking_id);
select protect_tenant_table('booking_token');

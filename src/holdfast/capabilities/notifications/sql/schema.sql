-- One row a message: what was to be told of which version of a booking, and what became of it.
create table notification (
    tenant_id uuid not null,
    id uuid not null,
    booking_id uuid not null,
    kind text not null check (kind in ('received', 'confirmed', 'cancelled')),
    -- The booking's version that the message tells of.
    version integer not null check (version > 0),
    channel text not null default 'email' check (channel in ('email')),
    status text not null check (status in ('sending', 'sent', 'failed', 'skipped')),
    -- Counted when a try begins, so that one which ends its process counts too.
    attempts integer not null default 1 check (attempts > 0),
    -- Until then the try at hand is left alone; longer than any delivery takes.
    leased_until timestamptz,
    -- Blind index of the address, to find and to erase by; never the address itself.
    recipient_index bytea,
    -- Why it was skipped, or the last error, without anybody's data.
    reason text not null default '' check (length(reason) <= 300),
    created_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, booking_id, kind, version),
    foreign key (tenant_id, booking_id) references booking (tenant_id, id)
);
create index notification_recipient on notification (tenant_id, recipient_index)
    where recipient_index is not null;
create index notification_trouble on notification (tenant_id, created_at) where status in ('sending', 'failed');
select protect_tenant_table('notification');

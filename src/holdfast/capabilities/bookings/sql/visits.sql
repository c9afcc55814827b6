-- Visits of several services and resources: what was bought, and for which role each claim was made.
alter table booking add column items jsonb not null default '[]' check (jsonb_typeof(items) = 'array');
-- The few bookings that are visits: what each of their services was given by whom counts towards limits.
create index booking_items_time on booking (tenant_id, starts_at) where items <> '[]';
-- The published start that it has seats of (slots.sql).
alter table booking add column slot_id uuid;
alter table allocation add column role text not null default 'lead' check (length(role) between 1 and 60);

-- What every move answers: the booking without contact data. An expression over the row at hand, so that
-- nothing is read again.
create function booking_answer(p_booking booking) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', p_booking.id, 'status', p_booking.status, 'version', p_booking.version,
        'service_id', p_booking.service_id, 'location_id', p_booking.location_id,
        'resource_id', p_booking.resource_id,
        'slot_id', p_booking.slot_id, 'party_size', p_booking.party_size,
        'starts_at', booking_instant(p_booking.starts_at), 'ends_at', booking_instant(p_booking.ends_at),
        'local_start', to_char(p_booking.local_start, 'YYYY-MM-DD"T"HH24:MI:SS'),
        'time_zone', p_booking.time_zone,
        'price_minor', p_booking.price_minor, 'currency', p_booking.currency,
        'items', p_booking.items,
        'hold_expires_at', case when p_booking.status = 'held' then booking_instant(p_booking.hold_expires_at) end,
        'created_at', booking_instant(p_booking.created_at),
        'confirmed_at', booking_instant(p_booking.confirmed_at),
        'cancelled_at', booking_instant(p_booking.cancelled_at))
$$;

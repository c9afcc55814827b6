-- Bookings that come round again: what the bookings table needs for them.
alter table booking
    -- The series it was made with, and which of its occurrences it is, from 1.
    add column series_id uuid,
    add column series_position integer check (series_position >= 1),
    add check ((series_id is null) = (series_position is null));
create index booking_series on booking (tenant_id, series_id, series_position) where series_id is not null;

-- What every move answers: the booking without contact data. An expression over the row at hand, so that
-- nothing is read again.
create or replace function booking_answer(p_booking booking) returns jsonb
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
        'items', p_booking.items, 'is_overbooked', p_booking.is_overbooked,
        'series_id', p_booking.series_id, 'series_position', p_booking.series_position,
        'hold_expires_at', case when p_booking.status = 'held' then booking_instant(p_booking.hold_expires_at) end,
        'created_at', booking_instant(p_booking.created_at),
        'confirmed_at', booking_instant(p_booking.confirmed_at),
        'cancelled_at', booking_instant(p_booking.cancelled_at))
$$;

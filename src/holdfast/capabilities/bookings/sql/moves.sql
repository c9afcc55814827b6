-- Marking and overbooking: what the bookings table needs for them.
-- Taken beside what is there, by whoever may; in lanes that are not counted as capacity.
alter table booking add column is_overbooked boolean not null default false;
-- What has been over for long and was neither completed nor cancelled.
create index booking_confirmed_end on booking (tenant_id, ends_at) where status = 'confirmed';

-- Whether a booking has time in a lane beyond what its resource has.
create function booking_is_beyond(p_booking uuid) returns boolean
language plpgsql stable
as $$
begin
    return exists (
        select from allocation a join resource r on r.tenant_id = a.tenant_id and r.id = a.resource_id
        where a.tenant_id = app_tenant() and a.booking_id = p_booking and a.lane >= r.capacity);
end
$$;

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
        'hold_expires_at', case when p_booking.status = 'held' then booking_instant(p_booking.hold_expires_at) end,
        'created_at', booking_instant(p_booking.created_at),
        'confirmed_at', booking_instant(p_booking.confirmed_at),
        'cancelled_at', booking_instant(p_booking.cancelled_at))
$$;

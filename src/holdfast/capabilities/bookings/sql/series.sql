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

-- What is taken of these resources in each of these periods, some bookings aside, as
-- [[number of the period from 0, resource, lane, first second, last second], …]; and when each of these
-- services is given by each, as [[resource, service, second], …]: they count towards limits. Under the locks of
-- whoever books, or without any for a look.
create function booking_series_look(
    p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_limited uuid[], p_since timestamptz, p_until timestamptz, p_except uuid[]
) returns jsonb
language plpgsql stable
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz := clock_timestamp();
begin
    return jsonb_build_object(
        'outcome', 'ok', 'now', v_now,
        'taken', (
            select coalesce(jsonb_agg(jsonb_build_array(
                n - 1, r.id, a.lane, floor(extract(epoch from a.starts_at)), ceil(extract(epoch from a.ends_at)))),
                '[]')
            from generate_subscripts(p_from, 1) n, resource r,
                lateral allocation_between(r.tenant_id, r.id, r.capacity, p_from[n], p_to[n]) a
            where r.tenant_id = v_tenant and r.id = any (p_resources)
                and (a.booking_id is null or a.booking_id <> all (p_except))
                and (a.expires_at is null or a.expires_at > v_now)),
        'given', case when p_limited = '{}' then '[]' else (
            select coalesce(jsonb_agg(jsonb_build_array(
                given.resource_id, given.service_id, floor(extract(epoch from given.starts_at)))), '[]')
            from (
                select b.resource_id, b.service_id, b.starts_at from booking b
                where b.tenant_id = v_tenant and b.resource_id = any (p_resources)
                    and b.starts_at >= p_since and b.starts_at < p_until and b.id <> all (p_except)
                    and b.items = '[]' and b.service_id = any (p_limited) and b.slot_id is null
                    and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
                    and (b.status <> 'held' or b.hold_expires_at > v_now)
                union all
                -- Of groups every session once, however many have seats.
                select * from (
                    select distinct on (b.slot_id) b.resource_id, b.service_id, b.starts_at from booking b
                    where b.tenant_id = v_tenant and b.resource_id = any (p_resources)
                        and b.starts_at >= p_since and b.starts_at < p_until
                        and b.service_id = any (p_limited) and b.slot_id is not null
                        and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
                        and (b.status <> 'held' or b.hold_expires_at > v_now)) session
                union all
                select distinct (item ->> 'resource_id')::uuid, (item ->> 'service_id')::uuid, b.starts_at
                from booking b, jsonb_array_elements(b.items) item
                where b.tenant_id = v_tenant and b.starts_at >= p_since and b.starts_at < p_until
                    and b.id <> all (p_except) and b.items <> '[]'
                    and (item ->> 'resource_id')::uuid = any (p_resources)
                    and (item ->> 'service_id')::uuid = any (p_limited)
                    and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
                    and (b.status <> 'held' or b.hold_expires_at > v_now)) given) end);
end
$$;

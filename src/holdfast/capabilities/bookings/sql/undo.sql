-- Taking moves back: an undo is a move like the others, whose event names the version that it restores.

-- By which door a move came: api, page, staff (their pages), or job for what runs by itself.
create function app_source() returns text
language sql stable parallel safe
as $$ select coalesce(nullif(current_setting('app.source', true), ''), 'unknown') $$;
alter table booking_event add column source text not null default app_source();

-- Lock all that a set of bookings has or shall have again: resources, instances with seats, the bookings, each
-- in id order. Then take the clock and do what time has decided. p_seen are the versions from which the caller
-- worked out what to restore, side by side with p_bookings.
-- Outcomes: ok, stale (somebody moved one, or the schedule: give the locks back and look again), settled (time
-- ended one: look again under these locks).
create function booking_undo_open(
    p_bookings uuid[], p_seen integer[], p_resources uuid[], p_slots uuid[], p_schedule_version bigint
) returns jsonb
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz;
    v_each uuid;
begin
    perform 1 from resource where tenant_id = v_tenant and id = any (p_resources) order by id for no key update;
    perform 1 from slot_instance where tenant_id = v_tenant and id = any (p_slots) order by id for no key update;
    perform 1 from booking where tenant_id = v_tenant and id = any (p_bookings) order by id for no key update;
    -- Only now: a clock read in the statement that waited for the locks would be too early.
    v_now := clock_timestamp();
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found or booking_undo_is_stale(p_bookings, p_seen) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    for v_each in
        select distinct resource_id from booking
        where tenant_id = v_tenant and id = any (p_bookings) and service_id is null order by 1
    loop
        perform option_settle(v_each, v_now);
    end loop;
    perform booking_release_expired(p_resources, v_now);
    for v_each in
        select id from booking
        where tenant_id = v_tenant and slot_id = any (p_slots) and status = 'held' and hold_expires_at <= v_now
        order by id
    loop
        perform booking_expire_one(v_each, v_now);
    end loop;
    return jsonb_build_object(
        'now', v_now,
        'outcome', case when booking_undo_is_stale(p_bookings, p_seen) then 'settled' else 'ok' end);
end
$$;

create function booking_undo_is_stale(p_bookings uuid[], p_seen integer[]) returns boolean
language sql stable
as $$
    select exists (
        select from unnest(p_bookings, p_seen) seen (id, version)
        left join booking b on b.tenant_id = app_tenant() and b.id = seen.id
        where b.version is distinct from seen.version)
$$;

-- Give up the time of all bookings of the set, then claim what they had: swaps inside the set work. Each claim
-- goes into its old lane where that can be had, all of those first: what stood beside each other once fits
-- beside each other again. "beyond" may take lanes beyond the capacity.
-- Returns the claims that were not had, with what is in the way; roll back if there are any.
create function booking_undo_claim(p_given uuid[], p_claims jsonb) returns jsonb
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim record;
    v_had boolean[] := '{}';
    v_lane integer;
    v_allocation bigint;
    v_missing jsonb := '[]';
begin
    delete from allocation where tenant_id = v_tenant and booking_id = any (p_given);
    for v_pass in 1 .. 2 loop
        for v_claim in
            select c.*, r.capacity, coalesce(r.is_active, false) as is_active
            from rows from (jsonb_to_recordset(p_claims) as (
                booking_id uuid, role text, resource_id uuid, lane integer, starts_at timestamptz,
                ends_at timestamptz, expires_at timestamptz, beyond boolean)
            ) with ordinality c (
                booking_id, role, resource_id, lane, starts_at, ends_at, expires_at, beyond, number)
            left join resource r on r.tenant_id = v_tenant and r.id = c.resource_id
            order by c.number
        loop
            continue when v_had[v_claim.number::integer] or (v_pass = 1 and not v_claim.is_active);
            v_allocation := null;
            for v_lane in
                select lane from generate_series(
                    0, v_claim.capacity - 1 + case when v_claim.beyond then 99 else 0 end) lane
                where v_claim.is_active and (v_pass = 2 or lane = v_claim.lane) order by lane
            loop
                insert into allocation (
                    tenant_id, booking_id, resource_id, role, lane, starts_at, ends_at, expires_at)
                values (
                    v_tenant, v_claim.booking_id, v_claim.resource_id, v_claim.role, v_lane, v_claim.starts_at,
                    v_claim.ends_at, v_claim.expires_at)
                on conflict do nothing returning id into v_allocation;
                exit when v_allocation is not null;
            end loop;
            v_had[v_claim.number::integer] := v_allocation is not null;
            if v_pass = 2 and v_allocation is null then
                v_missing := v_missing || jsonb_build_object(
                    'booking_id', v_claim.booking_id, 'resource_id', v_claim.resource_id,
                    'starts_at', v_claim.starts_at, 'ends_at', v_claim.ends_at,
                    'is_active', v_claim.is_active,
                    'in_the_way', booking_undo_in_the_way(
                        v_claim.resource_id, v_claim.starts_at, v_claim.ends_at, v_claim.booking_id));
            end if;
        end loop;
    end loop;
    return v_missing;
end
$$;

-- Who has the time of a resource: bookings, and published sessions.
create function booking_undo_in_the_way(
    p_resource uuid, p_from timestamptz, p_to timestamptz, p_except uuid
) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'booking_id', met.booking_id, 'slot_id', met.slot_id, 'status', b.status, 'title', b.title,
        'starts_at', coalesce(b.starts_at, met.starts_at), 'ends_at', coalesce(b.ends_at, met.ends_at))
        order by met.starts_at, met.id), '[]')
    from (
        select a.* from allocation a
        where a.tenant_id = app_tenant() and a.resource_id = p_resource
            and a.ends_at > p_from and a.starts_at < p_to and a.booking_id is distinct from p_except
        order by a.starts_at, a.id limit 10) met
    left join booking b on b.tenant_id = met.tenant_id and b.id = met.booking_id
$$;

-- Bring one booking back to what p_data, an event's, says it was; null is before it was made: then it is
-- cancelled. Its time has been claimed. What is not taken back: who the customer is, with contact and notes,
-- where the booking came from, and all that the log does not hold. A column that comes later is restored
-- without being named here.
-- Outcomes: ok (answer, was), ranks_full and full (of options: roll back).
create function booking_undo_write(
    p_booking uuid, p_restores integer, p_undoes integer[], p_data jsonb, p_now timestamptz, p_is_news boolean,
    p_overbook boolean
) returns jsonb
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_before booking%rowtype;
    v_booking booking%rowtype;
    v_outcome text := 'ok';
begin
    select * into v_before from booking where tenant_id = v_tenant and id = p_booking;
    v_booking := v_before;
    if p_data is null then
        v_booking.status := 'cancelled';
        v_booking.hold_expires_at := null;
        v_booking.cancelled_at := p_now;
    else
        v_booking := jsonb_populate_record(v_before, p_data - array[
            'tenant_id', 'id', 'customer_id', 'source', 'contact', 'notes', 'cancellation_reason', 'sequence',
            'version', 'created_at', 'updated_at']);
    end if;
    if v_booking.status <> 'cancelled' then
        v_booking.cancellation_reason := null;
    end if;
    if v_booking.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show') then
        v_booking.is_overbooked := (v_booking.is_overbooked or p_overbook) and booking_is_beyond(p_booking);
    end if;
    if v_booking.status = 'option' then
        v_booking.option_rank := 1 + option_count_ahead(
            v_booking.resource_id, v_booking.starts_at, v_booking.ends_at, v_booking.created_at, p_booking);
        if option_is_taken(v_booking.resource_id, v_booking.starts_at, v_booking.ends_at) then
            v_outcome := 'full';
        elsif option_count_ahead(
            v_booking.resource_id, v_booking.starts_at, v_booking.ends_at, 'infinity', p_booking) >= 3
        then
            -- Nobody who waits in its place is pushed out.
            v_outcome := 'ranks_full';
        end if;
        v_booking.option_rank := least(3, v_booking.option_rank);
    end if;
    v_booking.version := v_before.version + 1;
    v_booking.sequence := v_before.sequence + p_is_news::integer;
    v_booking.updated_at := p_now;
    execute (
        select format(
            'update booking set (%s) = row(%s) where tenant_id = $2 and id = $3',
            string_agg(quote_ident(attname), ', '), string_agg(format('($1).%I', attname), ', '))
        from pg_attribute
        where attrelid = 'booking'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
            and attname not in ('tenant_id', 'id', 'created_at')
    ) using v_booking, v_tenant, p_booking;
    update allocation set expires_at = case when v_booking.status = 'held' then v_booking.hold_expires_at end
    where tenant_id = v_tenant and booking_id = p_booking
        and expires_at is distinct from case when v_booking.status = 'held' then v_booking.hold_expires_at end;
    update booking_token set expires_at = greatest(expires_at, v_booking.ends_at + interval '30 days')
    where tenant_id = v_tenant and booking_id = p_booking and action = 'manage';
    perform booking_record_event(v_booking, 'booking.undone', p_now, jsonb_build_object(
        'restores', p_restores, 'undoes', to_jsonb(p_undoes),
        'before', jsonb_build_object(
            'status', v_before.status, 'starts_at', v_before.starts_at, 'ends_at', v_before.ends_at,
            'local_start', v_before.local_start, 'time_zone', v_before.time_zone,
            'location_id', v_before.location_id, 'resource_id', v_before.resource_id)));
    -- Whoever is in the same queue may have moved it by one more.
    select * into v_booking from booking where tenant_id = v_tenant and id = p_booking;
    return jsonb_build_object('outcome', v_outcome, 'was', v_before.status, 'answer', booking_answer(v_booking));
end
$$;

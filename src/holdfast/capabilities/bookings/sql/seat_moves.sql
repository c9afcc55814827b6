-- Seats of sessions: how often somebody gives one, and moving seats to another session.

-- How many sessions of a group begin on a day, and in its week, in which this resource gives this service and
-- somebody has a seat; the seats of one booking aside. A session counts once, for whoever leads it.
create function seat_count_given(
    p_resource uuid, p_service uuid, p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_except uuid, p_now timestamptz,
    out a_day bigint, out a_week bigint
)
language sql stable
as $$
    select count(*) filter (where i.starts_at >= p_day_start and i.starts_at < p_day_end), count(*)
    from slot_instance i
    where i.tenant_id = app_tenant() and i.service_id = p_service and i.resource_id = p_resource and i.is_group
        and i.starts_at >= p_week_start and i.starts_at < p_week_end and i.booked + i.held > 0
        and exists (
            select from booking b
            where b.tenant_id = i.tenant_id and b.slot_id = i.id and b.id is distinct from p_except
                and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
                and (b.status <> 'held' or b.hold_expires_at > p_now))
$$;

-- How many bookings in which this resource gives this service begin on a day, and in its week. A booking of
-- one service says so itself, a visit of several by its items; a session counts once for all of its seats. What
-- is cancelled or expired has no allocation.
create or replace function booking_count_given(
    p_resource uuid, p_service uuid, p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_except uuid, p_now timestamptz,
    out a_day bigint, out a_week bigint
)
language plpgsql stable
as $$
declare
    v_tenant uuid := app_tenant();
    v_bookings uuid[];
    v_sessions record;
begin
    -- Two statements: in a table without statistics one join read everybody's week for each booking.
    select array_agg(a.booking_id) into v_bookings
    from allocation a
    where a.tenant_id = v_tenant and a.resource_id = p_resource
        and a.ends_at > p_week_start and a.starts_at < p_week_end
        and (a.expires_at is null or a.expires_at > p_now);
    select count(*) filter (where b.starts_at >= p_day_start and b.starts_at < p_day_end), count(*)
    into a_day, a_week
    from booking b
    where b.tenant_id = v_tenant and b.starts_at >= p_week_start and b.starts_at < p_week_end
        and b.id = any (v_bookings) and b.id is distinct from p_except
        and case when b.items = '[]' then b.service_id = p_service and b.resource_id = p_resource
            else b.items @> jsonb_build_array(
                jsonb_build_object('service_id', p_service, 'resource_id', p_resource)) end;
    v_sessions := seat_count_given(
        p_resource, p_service, p_day_start, p_day_end, p_week_start, p_week_end, p_except, p_now);
    a_day := a_day + v_sessions.a_day;
    a_week := a_week + v_sessions.a_week;
end
$$;

-- Lock instances with seats in id order, and before them whoever leads one of a service with a limit, in id
-- order too: the limit is counted over all of their sessions.
create function seat_lock(p_slots uuid[]) returns void
language plpgsql
as $$
begin
    perform r.id from resource r
    where r.tenant_id = app_tenant() and r.id in (
        select i.resource_id from slot_instance i
        join service s on s.tenant_id = i.tenant_id and s.id = i.service_id
        where i.tenant_id = app_tenant() and i.id = any (p_slots)
            and coalesce(s.most_per_day, s.most_per_week) is not null)
    order by r.id for no key update;
    perform i.id from slot_instance i
    where i.tenant_id = app_tenant() and i.id = any (p_slots) order by i.id for no key update;
end
$$;

-- Whether seats of this session would make one more than the leader gives a day or a week, one booking's seats
-- aside. Where somebody else has a seat it is given anyway.
create function seat_is_at_limit(
    p_slot slot_instance, p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_except uuid, p_now timestamptz
) returns boolean
language plpgsql stable
as $$
declare
    v_service service%rowtype;
begin
    select * into v_service from service where tenant_id = app_tenant() and id = p_slot.service_id;
    if coalesce(v_service.most_per_day, v_service.most_per_week) is null or exists (
        select from booking b
        where b.tenant_id = app_tenant() and b.slot_id = p_slot.id and b.id is distinct from p_except
            and b.status in ('held', 'pencil', 'pending', 'confirmed', 'completed', 'no_show')
            and (b.status <> 'held' or b.hold_expires_at > p_now)
    ) then
        return false;
    end if;
    return booking_is_at_limit(
        p_slot.resource_id, p_slot.service_id, p_day_start, p_day_end, p_week_start, p_week_end,
        v_service.most_per_day, v_service.most_per_week, p_except, p_now);
end
$$;

-- End the holds of an instance whose time is up; it must be locked.
create function seat_release_expired(p_slot uuid, p_now timestamptz) returns void
language plpgsql
as $$
declare
    v_due uuid;
begin
    for v_due in
        select id from booking
        where tenant_id = app_tenant() and slot_id = p_slot and status = 'held' and hold_expires_at <= p_now
        order by id
    loop
        perform booking_expire_one(v_due, p_now);
    end loop;
end
$$;

-- Take seats of a published instance, as before, within the limits a day and a week of whoever leads it.
-- Outcomes: ok, replay, key_reused, in_progress, stale, blocked, full, limit.
drop function booking_seat(
    text, text, bytea, bigint, uuid, integer, uuid, text, integer, timestamp, text, text, bigint, text, text,
    text, uuid, bytea, bytea, bytea, bytea, bytea, bytea);
create function booking_seat(
    p_route text, p_key text, p_fingerprint bytea,
    p_schedule_version bigint, p_slot uuid, p_party_size integer,
    p_id uuid, p_status text, p_hold_seconds integer,
    p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_price_minor bigint, p_currency text, p_source text, p_title text,
    p_customer uuid, p_customer_contact bytea, p_email_index bytea, p_phone_index bytea,
    p_contact bytea, p_notes bytea, p_token_hash bytea,
    p_day_start timestamptz, p_day_end timestamptz, p_week_start timestamptz, p_week_end timestamptz
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim jsonb;
    v_slot slot_instance%rowtype;
    v_now timestamptz;
    v_expires timestamptz;
    v_booking booking%rowtype;
    v_answer jsonb;
begin
    if p_key is not null then
        v_claim := idempotency_claim(p_route, p_key, p_fingerprint);
        if v_claim is not null then
            return v_claim;
        end if;
    end if;
    perform seat_lock(array[p_slot]);

    -- Only now: a clock read in the statement that waited for the lock would be too early.
    v_now := clock_timestamp();
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform seat_release_expired(p_slot, v_now);
    select * into v_slot from slot_instance where tenant_id = v_tenant and id = p_slot;
    if not found or v_slot.is_blocked or not v_slot.is_group then
        return jsonb_build_object('outcome', 'blocked');
    end if;
    if v_slot.capacity - v_slot.booked - v_slot.held < p_party_size then
        return jsonb_build_object('outcome', 'full');
    end if;
    if seat_is_at_limit(v_slot, p_day_start, p_day_end, p_week_start, p_week_end, null, v_now) then
        return jsonb_build_object('outcome', 'limit');
    end if;

    if p_status = 'held' then
        v_expires := date_trunc('second', v_now) + make_interval(secs => p_hold_seconds);
    end if;
    insert into booking (
        tenant_id, id, slot_id, party_size, service_id, location_id, resource_id, customer_id, status,
        starts_at, ends_at, local_start, time_zone, tzdb, hold_expires_at, price_minor, currency, title, source,
        contact, notes, created_at, updated_at, confirmed_at)
    values (
        v_tenant, p_id, p_slot, p_party_size, v_slot.service_id, v_slot.location_id, v_slot.resource_id,
        booking_customer(p_customer, p_customer_contact, p_email_index, p_phone_index),
        p_status, v_slot.starts_at, v_slot.ends_at, p_local_start, p_time_zone, p_tzdb, v_expires,
        p_price_minor, p_currency, p_title, p_source, p_contact, p_notes, v_now, v_now,
        case when p_status = 'confirmed' then v_now end)
    returning * into v_booking;
    insert into booking_token (tenant_id, token_hash, booking_id, expires_at)
    values (v_tenant, p_token_hash, p_id, v_slot.ends_at + interval '30 days');
    perform booking_record_event(v_booking, 'booking.' || p_status, v_now);

    v_answer := booking_answer(v_booking);
    if p_key is not null then
        perform idempotency_remember(p_route, p_key, p_fingerprint, 201, convert_to(v_answer::text, 'UTF8'), false);
    end if;
    return jsonb_build_object('outcome', 'ok', 'status_code', 201, 'answer', v_answer::text);
end
$$;

-- Move seats to another session of the service, or change how many they are, keeping the booking: both
-- instances are locked in id order, then the booking. Null p_party_size: as many as there are. Each seat costs
-- what it did. p_seen is the session from which the caller knows the booking.
-- Outcomes: ok, done (it is so already), replay, key_reused, in_progress, stale, blocked, full, limit, not_found,
-- expired, cancelled, not_allowed, version_conflict, too_late_to_move (with whom to call).
create function booking_seat_move(
    p_route text, p_key text, p_fingerprint bytea,
    p_booking uuid, p_token_hash bytea, p_is_staff boolean, p_version integer, p_seen uuid,
    p_schedule_version bigint, p_slot uuid, p_party_size integer,
    p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_day_start timestamptz, p_day_end timestamptz, p_week_start timestamptz, p_week_end timestamptz
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim jsonb;
    v_slot slot_instance%rowtype;
    v_now timestamptz;
    v_before booking%rowtype;
    v_booking booking%rowtype;
    v_last timestamptz;
    v_party integer;
    v_answer jsonb;
begin
    -- Before the kept answers: knowing a key must not be enough to be told about a booking.
    if not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'reschedule', p_key is not null) then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if p_key is not null then
        v_claim := idempotency_claim(p_route, p_key, p_fingerprint);
        if v_claim is not null then
            return v_claim;
        end if;
    end if;
    perform seat_lock(array[p_seen, p_slot]);
    select * into v_before from booking where tenant_id = v_tenant and id = p_booking for no key update;
    if not found or not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'reschedule') then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    v_now := clock_timestamp();
    if p_version is not null and v_before.version <> p_version then
        return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_before));
    end if;
    if v_before.slot_id is distinct from p_seen then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if v_before.status = 'held' and v_before.hold_expires_at <= v_now then
        perform booking_expire_one(p_booking, v_now);
        select * into v_before from booking where tenant_id = v_tenant and id = p_booking;
        return jsonb_build_object('outcome', 'expired', 'current', booking_answer(v_before));
    end if;
    if v_before.status in ('expired', 'cancelled') then
        return jsonb_build_object('outcome', v_before.status, 'current', booking_answer(v_before));
    end if;
    if v_before.status not in ('held', 'pencil', 'pending', 'confirmed')
        or (not p_is_staff and (v_before.status = 'pencil' or v_before.starts_at <= v_now))
    then
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_before));
    end if;
    if not p_is_staff and v_before.status = 'confirmed' then
        v_last := booking_reschedule_until(v_before);
        if v_now > v_last then
            return (
                select jsonb_build_object(
                    'outcome', 'too_late_to_move', 'current', booking_answer(v_before),
                    'until', booking_instant(v_last), 'place', l.name, 'phone', l.phone)
                from location l where l.tenant_id = v_tenant and l.id = v_before.location_id);
        end if;
    end if;
    v_party := coalesce(p_party_size, v_before.party_size);
    if v_before.slot_id = p_slot and v_before.party_size = v_party then
        v_answer := booking_answer(v_before);
        if p_key is not null then
            perform idempotency_remember(p_route, p_key, p_fingerprint, 200, convert_to(v_answer::text, 'UTF8'), false);
        end if;
        return jsonb_build_object('outcome', 'done', 'status_code', 200, 'answer', v_answer::text);
    end if;
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform seat_release_expired(p_slot, v_now);
    select * into v_slot from slot_instance where tenant_id = v_tenant and id = p_slot;
    if not found or not v_slot.is_group or v_slot.service_id is distinct from v_before.service_id
        -- Who sits in a session that is closed to others may stay, in fewer seats too.
        or (v_slot.is_blocked and (v_before.slot_id <> p_slot or v_party > v_before.party_size))
    then
        return jsonb_build_object('outcome', 'blocked');
    end if;
    if v_slot.capacity - v_slot.booked - v_slot.held
        < v_party - (case when v_before.slot_id = p_slot then v_before.party_size else 0 end)
    then
        return jsonb_build_object('outcome', 'full');
    end if;
    if v_before.slot_id <> p_slot and seat_is_at_limit(
        v_slot, p_day_start, p_day_end, p_week_start, p_week_end, p_booking, v_now)
    then
        return jsonb_build_object('outcome', 'limit');
    end if;

    update booking set
        slot_id = p_slot, party_size = v_party, price_minor = v_before.price_minor / v_before.party_size * v_party,
        location_id = v_slot.location_id, resource_id = v_slot.resource_id,
        starts_at = v_slot.starts_at, ends_at = v_slot.ends_at,
        local_start = p_local_start, time_zone = p_time_zone, tzdb = p_tzdb,
        version = version + 1, sequence = sequence + 1, updated_at = v_now
    where tenant_id = v_tenant and id = p_booking
    returning * into v_booking;
    update booking_token set expires_at = greatest(expires_at, v_slot.ends_at + interval '30 days')
    where tenant_id = v_tenant and booking_id = p_booking and action = 'manage';
    perform booking_use_token(p_token_hash, v_now);
    perform booking_record_event(v_booking, 'booking.rescheduled', v_now, jsonb_build_object(
        'before', jsonb_build_object(
            'starts_at', v_before.starts_at, 'ends_at', v_before.ends_at, 'local_start', v_before.local_start,
            'time_zone', v_before.time_zone, 'location_id', v_before.location_id,
            'resource_id', v_before.resource_id, 'slot_id', v_before.slot_id,
            'party_size', v_before.party_size)));

    v_answer := booking_answer(v_booking);
    if p_key is not null then
        perform idempotency_remember(p_route, p_key, p_fingerprint, 200, convert_to(v_answer::text, 'UTF8'), false);
    end if;
    return jsonb_build_object('outcome', 'ok', 'status_code', 200, 'answer', v_answer::text);
end
$$;

-- As before: the resources a booking takes, in id order, then the instance it has seats of. Seats move between
-- instances now, so it is looked at again under the lock: where they have moved meanwhile, both locks are given
-- back (with the block's savepoint) before the next is taken, for nobody may wait in a circle.
create or replace function booking_lock_resources(p_booking uuid) returns void
language plpgsql
as $$
declare
    v_slot uuid;
begin
    perform r.id from resource r
    where r.tenant_id = app_tenant() and r.id in (
        select a.resource_id from allocation a
        where a.tenant_id = app_tenant() and a.booking_id = p_booking
        union all
        select b.resource_id from booking b
        where b.tenant_id = app_tenant() and b.id = p_booking and b.status = 'option')
    order by r.id for no key update;
    loop
        select b.slot_id into v_slot from booking b where b.tenant_id = app_tenant() and b.id = p_booking;
        exit when v_slot is null;
        begin
            perform from slot_instance s where s.tenant_id = app_tenant() and s.id = v_slot for no key update;
            perform from booking b
            where b.tenant_id = app_tenant() and b.id = p_booking and b.slot_id = v_slot;
            if not found then
                raise exception using errcode = 'HF001';
            end if;
            exit;
        exception when sqlstate 'HF001' then
            null;
        end;
    end loop;
    -- What time has decided in a studio's queue comes before any move on it.
    perform option_settle(b.resource_id, clock_timestamp()) from booking b
    where b.tenant_id = app_tenant() and b.id = p_booking and b.service_id is null
        and b.status in ('option', 'pencil');
end
$$;

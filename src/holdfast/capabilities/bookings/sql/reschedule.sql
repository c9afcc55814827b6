-- Move a booking to another time or to others, keeping its id: all of its time is taken anew, or nothing moves.

-- Lock everybody whom the booking has or could get, in id order, and the booking; then take the clock and see
-- whether it may be moved. p_seen is the version from which the caller worked out the candidates, p_version the
-- one that the client saw, or null. The booking's own time counts as free.
-- Outcomes: ok (now, taken, given), done (it is there already: the answer), replay, key_reused, in_progress,
-- stale, not_found, expired, cancelled, not_allowed, version_conflict.
create function booking_reschedule_open(
    p_route text, p_key text, p_fingerprint bytea,
    p_booking uuid, p_token_hash bytea, p_is_staff boolean, p_version integer, p_seen integer,
    p_schedule_version bigint, p_candidates uuid[], p_from timestamptz, p_to timestamptz,
    p_limited uuid[], p_day_start timestamptz, p_day_end timestamptz, p_week_start timestamptz, p_week_end timestamptz,
    p_starts_at timestamptz, p_resource uuid
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim jsonb;
    v_now timestamptz;
    v_locked uuid[];
    v_booking booking%rowtype;
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
    select array_agg(locked.id) into v_locked
    from (
        select r.id from resource r
        where r.tenant_id = v_tenant and (r.id = any (p_candidates) or r.id in (
            select a.resource_id from allocation a where a.tenant_id = v_tenant and a.booking_id = p_booking))
        order by r.id for no key update) locked;
    select * into v_booking from booking where tenant_id = v_tenant and id = p_booking for no key update;
    if not found or not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'reschedule') then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    v_now := clock_timestamp();
    if p_version is not null and v_booking.version <> p_version then
        return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_booking));
    end if;
    if v_booking.status = 'held' and v_booking.hold_expires_at <= v_now then
        perform booking_expire_one(p_booking, v_now);
        select * into v_booking from booking where tenant_id = v_tenant and id = p_booking;
        return jsonb_build_object('outcome', 'expired', 'current', booking_answer(v_booking));
    end if;
    if v_booking.status in ('expired', 'cancelled') then
        return jsonb_build_object('outcome', v_booking.status, 'current', booking_answer(v_booking));
    end if;
    if v_booking.status not in ('held', 'pencil', 'pending', 'confirmed') or v_booking.slot_id is not null
        or (not p_is_staff and (v_booking.status = 'pencil' or v_booking.starts_at <= v_now))
    then
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;
    if v_booking.starts_at = p_starts_at and v_booking.resource_id = p_resource then
        v_answer := booking_answer(v_booking);
        if p_key is not null then
            perform idempotency_remember(p_route, p_key, p_fingerprint, 200, convert_to(v_answer::text, 'UTF8'), false);
        end if;
        return jsonb_build_object('outcome', 'done', 'status_code', 200, 'answer', v_answer::text);
    end if;
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found or v_booking.version <> p_seen or exists (
        select from allocation a
        where a.tenant_id = v_tenant and a.booking_id = p_booking and a.resource_id <> all (v_locked)
    ) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform booking_release_expired(p_candidates, v_now);
    return jsonb_build_object(
        'outcome', 'ok', 'now', v_now,
        'taken', booking_list_taken(p_candidates, p_from, p_to, p_booking, v_now),
        'given', booking_list_given(
            p_candidates, p_limited, p_day_start, p_day_end, p_week_start, p_week_end, p_booking, v_now));
end
$$;

-- Give the old time up and take the new under the locks of booking_reschedule_open; p_now is its clock. The
-- event holds what the booking was before. Outcomes: ok, full (a claim was not to be had: roll back).
create function booking_reschedule_take(
    p_route text, p_key text, p_fingerprint bytea, p_now timestamptz,
    p_roles text[], p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_booking uuid, p_location uuid, p_resource uuid, p_starts_at timestamptz, p_ends_at timestamptz,
    p_local_start timestamp, p_time_zone text, p_tzdb text, p_items jsonb,
    p_token_hash bytea, p_overbook boolean
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_before booking%rowtype;
    v_booking booking%rowtype;
    v_answer jsonb;
begin
    select * into v_before from booking where tenant_id = v_tenant and id = p_booking;
    delete from allocation where tenant_id = v_tenant and booking_id = p_booking;
    if not booking_claim(p_booking, p_roles, p_resources, p_from, p_to, v_before.hold_expires_at, p_overbook) then
        return jsonb_build_object('outcome', 'full');
    end if;
    update booking set
        location_id = p_location, resource_id = p_resource, starts_at = p_starts_at, ends_at = p_ends_at,
        local_start = p_local_start, time_zone = p_time_zone, tzdb = p_tzdb, items = p_items,
        is_overbooked = p_overbook and booking_is_beyond(p_booking),
        version = version + 1, sequence = sequence + 1, updated_at = p_now
    where tenant_id = v_tenant and id = p_booking
    returning * into v_booking;
    update booking_token set expires_at = greatest(expires_at, p_ends_at + interval '30 days')
    where tenant_id = v_tenant and booking_id = p_booking and action = 'manage';
    perform booking_use_token(p_token_hash, p_now);
    perform booking_record_event(v_booking, 'booking.rescheduled', p_now, jsonb_build_object(
        'before', jsonb_build_object(
            'starts_at', v_before.starts_at, 'ends_at', v_before.ends_at, 'local_start', v_before.local_start,
            'time_zone', v_before.time_zone, 'location_id', v_before.location_id,
            'resource_id', v_before.resource_id)));

    v_answer := booking_answer(v_booking);
    if p_key is not null then
        perform idempotency_remember(p_route, p_key, p_fingerprint, 200, convert_to(v_answer::text, 'UTF8'), false);
    end if;
    return jsonb_build_object('outcome', 'ok', 'status_code', 200, 'answer', v_answer::text);
end
$$;

-- Until when customers move what is confirmed, and the first half of moving, which asks it.

-- So many minutes before the start, as the business wishes: its setting reschedule_notice_minutes; without one
-- the same as for cancelling, of which moving would else be the way round.
create function booking_reschedule_until(p_booking booking) returns timestamptz
language plpgsql stable
as $$
begin
    return p_booking.starts_at - make_interval(mins => (
        select case when jsonb_typeof(settings -> name) = 'number'
            then greatest(0, least(525600, (settings ->> name)::numeric))::integer
            else 0 end
        from (
            select settings, case when jsonb_typeof(settings -> 'reschedule_notice_minutes') = 'number'
                then 'reschedule_notice_minutes' else 'cancellation_notice_minutes' end as name
            from tenant where id = p_booking.tenant_id) chosen));
end
$$;

-- Lock everybody whom the booking has or could get, in id order, and the booking; then take the clock and see
-- whether it may be moved. p_seen is the version from which the caller worked out the candidates, p_version the
-- one that the client saw, or null. The booking's own time counts as free. A guest cannot move what is confirmed
-- later than the business wishes (booking_reschedule_until).
-- Outcomes: ok (now, taken, given), done (it is there already: the answer), replay, key_reused, in_progress,
-- stale, not_found, expired, cancelled, not_allowed, version_conflict, too_late_to_move (with whom to call).
create or replace function booking_reschedule_open(
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
    v_last timestamptz;
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
    if not p_is_staff and v_booking.status = 'confirmed' then
        v_last := booking_reschedule_until(v_booking);
        if v_now > v_last then
            return (
                select jsonb_build_object(
                    'outcome', 'too_late_to_move', 'current', booking_answer(v_booking),
                    'until', booking_instant(v_last), 'place', l.name, 'phone', l.phone)
                from location l where l.tenant_id = v_tenant and l.id = v_booking.location_id);
        end if;
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

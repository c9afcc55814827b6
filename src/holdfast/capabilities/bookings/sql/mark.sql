-- What became of a booking: completed, or the customer did not come; and taking that back. Its time stays taken.

-- Staff mark one booking. p_move is "complete", "mark_no_show" or "reopen"; what is so already answers the same.
-- Outcomes: ok, replay, key_reused, in_progress, not_found, cancelled, not_allowed, version_conflict.
create function booking_mark(
    p_route text, p_key text, p_fingerprint bytea,
    p_booking uuid, p_is_staff boolean, p_version integer, p_move text
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim jsonb;
    v_now timestamptz;
    v_booking booking%rowtype;
    v_was text;
    v_target text := case p_move
        when 'complete' then 'completed' when 'mark_no_show' then 'no_show' when 'reopen' then 'confirmed' end;
    v_from text[] := case p_move
        when 'complete' then array['confirmed', 'no_show'] when 'mark_no_show' then array['confirmed', 'completed']
        when 'reopen' then array['completed', 'no_show'] end;
    v_answer jsonb;
begin
    if not p_is_staff then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if p_key is not null then
        v_claim := idempotency_claim(p_route, p_key, p_fingerprint);
        if v_claim is not null then
            return v_claim;
        end if;
    end if;
    perform booking_lock_resources(p_booking);
    select * into v_booking from booking where tenant_id = v_tenant and id = p_booking for no key update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    v_now := clock_timestamp();
    v_was := v_booking.status;
    if p_version is not null and v_booking.version <> p_version then
        return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_booking));
    end if;
    if v_was = any (v_from) then
        v_booking := booking_mark_one(p_booking, v_target, case p_move
            when 'complete' then 'booking.completed' when 'mark_no_show' then 'booking.no_show'
            else 'booking.reopened' end, v_now);
    elsif v_was = 'cancelled' then
        return jsonb_build_object('outcome', 'cancelled', 'current', booking_answer(v_booking));
    elsif v_was <> v_target then
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;

    v_answer := booking_answer(v_booking);
    if p_key is not null then
        perform idempotency_remember(p_route, p_key, p_fingerprint, 200, convert_to(v_answer::text, 'UTF8'), false);
    end if;
    return jsonb_build_object(
        'outcome', 'ok', 'status_code', 200, 'answer', v_answer::text, 'was', v_was);
end
$$;

-- Write the status and its event, under the booking's lock.
create function booking_mark_one(p_booking uuid, p_status text, p_kind text, p_now timestamptz) returns booking
language plpgsql
as $$
declare
    v_booking booking%rowtype;
begin
    update booking set status = p_status, version = version + 1, updated_at = p_now
    where tenant_id = app_tenant() and id = p_booking
    returning * into v_booking;
    perform booking_record_event(v_booking, p_kind, p_now);
    return v_booking;
end
$$;

-- Complete what has been over for as many hours as each business wishes (its setting complete_after_hours, 24
-- by default, null for never), tenant by tenant, each in its own context. What somebody is just changing is
-- left for the next round, what somebody reopened for as many hours again. Returns how many.
create function booking_complete_due(p_limit integer) returns integer
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid;
    v_hours numeric;
    v_until timestamptz;
    v_booking uuid;
    v_left integer := p_limit;
begin
    perform set_config('app.actor', 'system:completer', true);
    for v_tenant, v_hours in
        select id, case
            when not settings ? 'complete_after_hours' then 24
            when jsonb_typeof(settings -> 'complete_after_hours') = 'number'
                then greatest(0, least(8784, (settings ->> 'complete_after_hours')::numeric)) end
        from tenant order by id
    loop
        continue when v_hours is null;
        perform set_config('app.tenant', v_tenant::text, true);
        v_until := clock_timestamp() - make_interval(secs => v_hours * 3600);
        for v_booking in
            select id from booking
            where tenant_id = v_tenant and status = 'confirmed' and ends_at <= v_until and updated_at <= v_until
            order by ends_at limit v_left
        loop
            perform from booking
            where tenant_id = v_tenant and id = v_booking and status = 'confirmed' and ends_at <= v_until
                and updated_at <= v_until
            for no key update skip locked;
            continue when not found;
            perform booking_mark_one(v_booking, 'completed', 'booking.completed', clock_timestamp());
            v_left := v_left - 1;
        end loop;
        exit when v_left <= 0;
    end loop;
    perform set_config('app.tenant', '', true);
    return p_limit - v_left;
end
$$;

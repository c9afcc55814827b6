-- Give the time back. Cancelling what is cancelled answers the same again; what has happened or has
-- expired cannot be cancelled. A guest cannot give back what is confirmed later than the business wishes (its
-- setting cancellation_notice_minutes before the start, or at the latest the start itself), nor a studio's
-- options and pencils. p_only as in booking_confirm: who declines a request does not cancel a booking.
-- Outcomes: ok, replay, key_reused, in_progress, not_found, not_allowed, version_conflict, too_late (with whom
-- to call).
create function booking_cancel(
    p_route text, p_key text, p_fingerprint bytea,
    p_booking uuid, p_token_hash bytea, p_is_staff boolean, p_version integer, p_reason bytea,
    p_only text default null
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
    v_last timestamptz;
    v_answer jsonb;
begin
    -- Before the kept answers: knowing a key must not be enough to be told about a booking.
    if not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'cancel', p_key is not null) then
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
    if not found or not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'cancel') then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    v_now := clock_timestamp();
    v_was := v_booking.status;
    if p_version is not null and v_booking.version <> p_version and v_booking.status <> 'cancelled' then
        return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_booking));
    end if;
    if v_booking.status = 'held' and v_booking.hold_expires_at <= v_now then
        perform booking_expire_one(p_booking, v_now);
        select * into v_booking from booking where tenant_id = v_tenant and id = p_booking;
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;

    if p_only is not null and v_booking.status not in (p_only, 'cancelled')
        or not p_is_staff and v_booking.status in ('option', 'pencil')
    then
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;
    if not p_is_staff and v_booking.status = 'confirmed' then
        v_last := booking_cancel_until(v_booking);
        if v_now > v_last then
            return (
                select jsonb_build_object(
                    'outcome', 'too_late', 'current', booking_answer(v_booking), 'until', booking_instant(v_last),
                    'place', l.name, 'phone', l.phone)
                from location l where l.tenant_id = v_tenant and l.id = v_booking.location_id);
        end if;
    end if;

    if v_booking.status in ('held', 'option', 'pencil', 'pending', 'confirmed') then
        update booking set
            status = 'cancelled', version = version + 1, sequence = sequence + 1, updated_at = v_now,
            cancelled_at = v_now, hold_expires_at = null, cancellation_reason = p_reason
        where tenant_id = v_tenant and id = p_booking
        returning * into v_booking;
        delete from allocation where tenant_id = v_tenant and booking_id = p_booking;
        perform booking_use_token(p_token_hash, v_now);
        perform booking_record_event(v_booking, 'booking.cancelled', v_now);
    elsif v_booking.status <> 'cancelled' then
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

-- Until when a guest may cancel what is confirmed: so many minutes before the start, as the business wishes.
create function booking_cancel_until(p_booking booking) returns timestamptz
language plpgsql stable
as $$
begin
    return p_booking.starts_at - make_interval(mins => (
        select case when jsonb_typeof(settings -> 'cancellation_notice_minutes') = 'number'
            then greatest(0, least(525600, (settings ->> 'cancellation_notice_minutes')::numeric))::integer
            else 0 end
        from tenant where id = p_booking.tenant_id));
end
$$;

-- Give the time back. Cancelling what is cancelled answers the same again; what has happened or has
-- expired cannot be cancelled. Outcomes: ok, replay, key_reused, in_progress, not_found, not_allowed,
-- version_conflict.
create function booking_cancel(
    p_route text, p_key text, p_fingerprint bytea,
    p_booking uuid, p_token_hash bytea, p_is_staff boolean, p_version integer, p_reason bytea
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
    v_answer jsonb;
begin
    -- Before the kept answers: knowing a key must not be enough to be told about a booking.
    if not booking_may_touch(p_booking, p_token_hash, p_is_staff) then
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
    if p_version is not null and v_booking.version <> p_version and v_booking.status <> 'cancelled' then
        return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_booking));
    end if;
    if v_booking.status = 'held' and v_booking.hold_expires_at <= v_now then
        perform booking_expire_one(p_booking, v_now);
        select * into v_booking from booking where tenant_id = v_tenant and id = p_booking;
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;

    if v_booking.status in ('held', 'option', 'pencil', 'pending', 'confirmed') then
        update booking set
            status = 'cancelled', version = version + 1, sequence = sequence + 1, updated_at = v_now,
            cancelled_at = v_now, hold_expires_at = null, cancellation_reason = p_reason
        where tenant_id = v_tenant and id = p_booking
        returning * into v_booking;
        delete from allocation where tenant_id = v_tenant and booking_id = p_booking;
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

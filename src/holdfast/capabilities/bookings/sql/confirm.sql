-- Turn a hold into a promise (or, by staff, a request or a pencil into a confirmed booking).
--
-- A guest proves itself by the token's hash; staff pass null and p_is_staff. p_version is the version
-- the caller saw, or null. p_contact may bring the contact data that the hold did not have. p_only, if given,
-- is the one status from which the move is meant: who approves a request does not confirm a checkout.
-- Outcomes: ok, replay, key_reused, in_progress, not_found, expired, cancelled, not_allowed,
-- version_conflict, contact_required; all but ok carry the current state where there is one.
create function booking_confirm(
    p_route text, p_key text, p_fingerprint bytea,
    p_booking uuid, p_token_hash bytea, p_is_staff boolean, p_version integer,
    p_customer uuid, p_customer_contact bytea, p_email_index bytea, p_phone_index bytea,
    p_contact bytea, p_notes bytea, p_only text default null
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
    v_target text;
    v_answer jsonb;
begin
    -- Before the kept answers: knowing a key must not be enough to be told about a booking.
    if not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'confirm', p_key is not null) then
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
    if not found or not booking_may_touch(p_booking, p_token_hash, p_is_staff, 'confirm') then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    v_now := clock_timestamp();
    v_was := v_booking.status;
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

    if p_only is not null and v_booking.status not in (p_only, 'confirmed') then
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;
    v_target := 'confirmed';
    if not p_is_staff and exists (
        -- Of a visit, whichever part of it is asked for counts.
        select 1 from service
        where tenant_id = v_tenant and flow = 'approval' and (
            id = v_booking.service_id
            or id in (select (i ->> 'service_id')::uuid from jsonb_array_elements(v_booking.items) i))
    ) then
        v_target := 'pending';
    end if;
    if v_booking.status = 'held' or (v_booking.status in ('pending', 'pencil') and p_is_staff) then
        if v_booking.contact is null and p_contact is null and not p_is_staff then
            return jsonb_build_object('outcome', 'contact_required', 'current', booking_answer(v_booking));
        end if;
        update booking set
            status = v_target, version = version + 1, updated_at = v_now, hold_expires_at = null,
            -- A pending request was told to a calendar already; its confirmation is news to it.
            sequence = sequence + (v_was = 'pending')::integer,
            confirmed_at = case when v_target = 'confirmed' then v_now end,
            contact = coalesce(p_contact, contact), notes = coalesce(p_notes, notes),
            customer_id = coalesce(
                booking_customer(p_customer, p_customer_contact, p_email_index, p_phone_index), customer_id)
        where tenant_id = v_tenant and id = p_booking
        returning * into v_booking;
        update allocation set expires_at = null where tenant_id = v_tenant and booking_id = p_booking;
        perform booking_use_token(p_token_hash, v_now);
        perform booking_record_event(v_booking, 'booking.' || v_target, v_now);
    elsif v_booking.status not in ('pending', 'confirmed') then
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

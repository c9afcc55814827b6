-- Parties: one booking that takes time of several people for several guests. Opened with booking_visit_open.

-- Take what was planned under the locks of booking_visit_open; p_now is its clock. Outcomes: ok, full (a claim
-- was not to be had: roll back).
create function booking_party_take(
    p_route text, p_key text, p_fingerprint bytea, p_now timestamptz,
    p_roles text[], p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_id uuid, p_service uuid, p_location uuid, p_resource uuid, p_status text, p_hold_seconds integer,
    p_starts_at timestamptz, p_ends_at timestamptz, p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_price_minor bigint, p_currency text, p_source text, p_title text, p_items jsonb, p_party_size integer,
    p_customer uuid, p_customer_contact bytea, p_email_index bytea, p_phone_index bytea,
    p_contact bytea, p_notes bytea, p_token_hash bytea
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_expires timestamptz;
    v_booking booking%rowtype;
    v_answer jsonb;
begin
    if p_status = 'held' then
        v_expires := date_trunc('second', p_now) + make_interval(secs => p_hold_seconds);
    end if;
    if not booking_claim(p_id, p_roles, p_resources, p_from, p_to, v_expires) then
        return jsonb_build_object('outcome', 'full');
    end if;
    insert into booking (
        tenant_id, id, service_id, location_id, resource_id, customer_id, status, starts_at, ends_at, local_start,
        time_zone, tzdb, hold_expires_at, price_minor, currency, title, items, party_size, source, contact, notes,
        created_at, updated_at, confirmed_at)
    values (
        v_tenant, p_id, p_service, p_location, p_resource,
        booking_customer(p_customer, p_customer_contact, p_email_index, p_phone_index),
        p_status, p_starts_at, p_ends_at, p_local_start, p_time_zone, p_tzdb, v_expires, p_price_minor,
        p_currency, p_title, p_items, p_party_size, p_source, p_contact, p_notes, p_now, p_now,
        case when p_status = 'confirmed' then p_now end)
    returning * into v_booking;
    insert into booking_token (tenant_id, token_hash, booking_id, expires_at)
    values (v_tenant, p_token_hash, p_id, p_ends_at + interval '30 days');
    perform booking_record_event(v_booking, 'booking.' || p_status, p_now);

    v_answer := booking_answer(v_booking);
    if p_key is not null then
        perform idempotency_remember(p_route, p_key, p_fingerprint, 201, convert_to(v_answer::text, 'UTF8'), false);
    end if;
    return jsonb_build_object('outcome', 'ok', 'status_code', 201, 'answer', v_answer::text);
end
$$;

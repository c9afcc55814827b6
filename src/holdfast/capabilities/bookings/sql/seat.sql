-- Take seats of a published instance: claim the key, lock the instance, take the clock, end holds whose time
-- is up, count what is left, write booking, event and answer. One call, one transaction.
--
-- The caller checked hours and blackouts by p_schedule_version. p_status as in booking_hold.
-- Outcomes: ok, replay, key_reused, in_progress, stale, blocked, full.
create function booking_seat(
    p_route text, p_key text, p_fingerprint bytea,
    p_schedule_version bigint, p_slot uuid, p_party_size integer,
    p_id uuid, p_status text, p_hold_seconds integer,
    p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_price_minor bigint, p_currency text, p_source text, p_title text,
    p_customer uuid, p_customer_contact bytea, p_email_index bytea, p_phone_index bytea,
    p_contact bytea, p_notes bytea, p_token_hash bytea
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim jsonb;
    v_slot slot_instance%rowtype;
    v_now timestamptz;
    v_due uuid;
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
    perform from slot_instance where tenant_id = v_tenant and id = p_slot for no key update;

    -- Only now: a clock read in the statement that waited for the lock would be too early.
    v_now := clock_timestamp();
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return jsonb_build_object('outcome', 'stale');
    end if;
    for v_due in
        select id from booking
        where tenant_id = v_tenant and slot_id = p_slot and status = 'held' and hold_expires_at <= v_now
        order by id
    loop
        perform booking_expire_one(v_due, v_now);
    end loop;
    select * into v_slot from slot_instance where tenant_id = v_tenant and id = p_slot;
    if not found or v_slot.is_blocked or not v_slot.is_group then
        return jsonb_build_object('outcome', 'blocked');
    end if;
    if v_slot.capacity - v_slot.booked - v_slot.held < p_party_size then
        return jsonb_build_object('outcome', 'full');
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

-- The instance of this id, or those of a service at a start on these resources, in that order, with their
-- seats: in one round trip, before booking_seat is asked.
create function slot_find(p_slot uuid, p_service uuid, p_starts_at timestamptz, p_resources uuid[]) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select jsonb_build_object('slots', coalesce(jsonb_agg(jsonb_build_object(
            'slot_id', i.id, 'service_id', i.service_id, 'resource_id', i.resource_id,
            'location_id', i.location_id, 'starts_at', booking_instant(i.starts_at),
            'ends_at', booking_instant(i.ends_at), 'is_group', i.is_group, 'capacity', i.capacity)
            order by array_position(p_resources, i.resource_id)), '[]'))
        from slot_instance i
        where i.tenant_id = app_tenant() and case when p_slot is not null then i.id = p_slot
            else i.service_id = p_service and i.starts_at = p_starts_at and i.resource_id = any (p_resources)
                and i.is_group end);
end
$$;

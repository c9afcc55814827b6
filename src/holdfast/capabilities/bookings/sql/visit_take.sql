-- The second half of a visit: all of its claims, the booking, its link, its event and the kept answer.

-- Write claims for a booking, each into the first lane that is free; the four arrays run side by side. With
-- p_overbook also into lanes beyond the capacity, which nobody counts: the constraint holds in them all the same.
-- Returns whether all of them were had: if not, the caller's transaction must be rolled back.
create function booking_claim(
    p_booking uuid, p_roles text[], p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_expires timestamptz, p_overbook boolean default false
) returns boolean
language plpgsql
as $$
declare
    v_claim integer;
    v_capacity integer;
    v_allocation bigint;
begin
    for v_claim in 1 .. cardinality(p_resources) loop
        v_allocation := null;
        select capacity into v_capacity from resource
        where tenant_id = app_tenant() and id = p_resources[v_claim] and is_active;
        for v_lane in 0 .. coalesce(v_capacity, 0) - 1 + case when p_overbook and v_capacity > 0 then 99 else 0 end loop
            insert into allocation (
                tenant_id, booking_id, resource_id, role, lane, starts_at, ends_at, expires_at)
            values (
                app_tenant(), p_booking, p_resources[v_claim], p_roles[v_claim], v_lane, p_from[v_claim],
                p_to[v_claim], p_expires)
            on conflict do nothing returning id into v_allocation;
            exit when v_allocation is not null;
        end loop;
        if v_allocation is null then
            return false;
        end if;
    end loop;
    return true;
end
$$;

-- Take what was chosen under the locks of booking_visit_open; p_now is its clock. Outcomes: ok, full (a claim
-- was not to be had: roll back).
create function booking_visit_take(
    p_route text, p_key text, p_fingerprint bytea, p_now timestamptz,
    p_roles text[], p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_id uuid, p_service uuid, p_location uuid, p_resource uuid, p_status text, p_hold_seconds integer,
    p_starts_at timestamptz, p_ends_at timestamptz, p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_price_minor bigint, p_currency text, p_source text, p_title text, p_items jsonb,
    p_customer uuid, p_customer_contact bytea, p_email_index bytea, p_phone_index bytea,
    p_contact bytea, p_notes bytea, p_token_hash bytea, p_overbook boolean default false
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
    if not booking_claim(p_id, p_roles, p_resources, p_from, p_to, v_expires, p_overbook) then
        return jsonb_build_object('outcome', 'full');
    end if;
    insert into booking (
        tenant_id, id, service_id, location_id, resource_id, customer_id, status, starts_at, ends_at, local_start,
        time_zone, tzdb, hold_expires_at, price_minor, currency, title, items, source, contact, notes, created_at,
        updated_at, confirmed_at, is_overbooked)
    values (
        v_tenant, p_id, p_service, p_location, p_resource,
        booking_customer(p_customer, p_customer_contact, p_email_index, p_phone_index),
        p_status, p_starts_at, p_ends_at, p_local_start, p_time_zone, p_tzdb, v_expires, p_price_minor,
        p_currency, p_title, p_items, p_source, p_contact, p_notes, p_now, p_now,
        case when p_status = 'confirmed' then p_now end, p_overbook and booking_is_beyond(p_id))
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

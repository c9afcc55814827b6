-- Take time: claim the key, lock the candidates, take the clock, release expired holds, check the
-- schedule's version, find a lane, write booking, event and answer. One call, one transaction.
--
-- p_status is what the flow makes of it: 'held' (until p_hold_seconds have passed), 'pending' or
-- 'confirmed'. p_locations says where each candidate would be. The candidates were checked against hours and
-- blackouts of p_schedule_version by the caller; if the schedule has moved since, the outcome is 'stale' and
-- the caller checks again. Where the service has a limit a day or a week, candidates who have reached it are
-- passed over; null is no limit and costs nothing.
-- Outcomes: ok, replay, key_reused, in_progress, stale, full, limit (everybody has as many as are wanted).
--
-- Generic plans: with arrays among the parameters PostgreSQL would else plan every statement anew on each
-- call, which measured at a third of the whole hold.
create function booking_hold(
    p_route text, p_key text, p_fingerprint bytea,
    p_schedule_version bigint, p_candidates uuid[], p_locations uuid[], p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_most_per_day integer, p_most_per_week integer,
    p_id uuid, p_service uuid, p_role text, p_status text, p_hold_seconds integer,
    p_starts_at timestamptz, p_ends_at timestamptz, p_claim_starts_at timestamptz, p_claim_ends_at timestamptz,
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
    v_resources uuid[];
    v_capacities integer[];
    v_now timestamptz;
    v_expires timestamptz;
    v_choice integer;
    v_resource uuid;
    v_has_limit boolean := coalesce(p_most_per_day, p_most_per_week) is not null;
    v_is_limited boolean := true;
    v_allocation bigint;
    v_booking booking%rowtype;
    v_answer jsonb;
begin
    if p_key is not null then
        v_claim := idempotency_claim(p_route, p_key, p_fingerprint);
        if v_claim is not null then
            return v_claim;
        end if;
    end if;

    select array_agg(locked.id), array_agg(locked.capacity)
    into v_resources, v_capacities
    from (
        select id, capacity from resource
        where tenant_id = v_tenant and id = any (p_candidates) and is_active
        order by id for no key update) locked;

    -- Only now: a clock read in the statement that waited for the lock would be too early.
    v_now := clock_timestamp();
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found or v_resources is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform booking_release_expired(v_resources, v_now);
    if p_status = 'held' then
        v_expires := date_trunc('second', v_now) + make_interval(secs => p_hold_seconds);
    end if;

    -- "Anyone": whoever has least to do that day comes first, then the caller's order.
    <<candidates>>
    for v_choice in
        select n from generate_subscripts(v_resources, 1) n
        order by case when array_length(v_resources, 1) > 1 then (
            select count(*) from allocation_between(
                v_tenant, v_resources[n], v_capacities[n], p_day_start, p_day_end)) end,
            array_position(p_candidates, v_resources[n])
    loop
        if v_has_limit then
            continue when booking_is_at_limit(
                v_resources[v_choice], p_service, p_day_start, p_day_end, p_week_start, p_week_end,
                p_most_per_day, p_most_per_week, null, v_now);
            v_is_limited := false;
        end if;
        for v_lane in 0 .. v_capacities[v_choice] - 1 loop
            insert into allocation (
                tenant_id, booking_id, resource_id, role, lane, starts_at, ends_at, expires_at)
            values (v_tenant, p_id, v_resources[v_choice], p_role, v_lane, p_claim_starts_at, p_claim_ends_at, v_expires)
            on conflict do nothing returning id into v_allocation;
            if v_allocation is not null then
                v_resource := v_resources[v_choice];
                exit candidates;
            end if;
        end loop;
    end loop;
    if v_resource is null then
        return jsonb_build_object('outcome', case when v_has_limit and v_is_limited then 'limit' else 'full' end);
    end if;

    insert into booking (
        tenant_id, id, service_id, location_id, resource_id, customer_id, status, starts_at, ends_at, local_start, time_zone,
        tzdb, hold_expires_at, price_minor, currency, title, source, contact, notes, created_at, updated_at,
        confirmed_at)
    values (
        v_tenant, p_id, p_service, p_locations[array_position(p_candidates, v_resource)], v_resource,
        booking_customer(p_customer, p_customer_contact, p_email_index, p_phone_index),
        p_status, p_starts_at, p_ends_at, p_local_start, p_time_zone, p_tzdb, v_expires, p_price_minor,
        p_currency, p_title, p_source, p_contact, p_notes, v_now, v_now,
        case when p_status = 'confirmed' then v_now end)
    returning * into v_booking;
    insert into booking_token (tenant_id, token_hash, booking_id, expires_at)
    values (v_tenant, p_token_hash, p_id, p_ends_at + interval '30 days');
    perform booking_record_event(v_booking, 'booking.' || p_status, v_now);

    v_answer := booking_answer(v_booking);
    if p_key is not null then
        perform idempotency_remember(p_route, p_key, p_fingerprint, 201, convert_to(v_answer::text, 'UTF8'), false);
    end if;
    return jsonb_build_object('outcome', 'ok', 'status_code', 201, 'answer', v_answer::text);
end
$$;

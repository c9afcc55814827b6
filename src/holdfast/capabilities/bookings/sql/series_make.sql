-- A series in one transaction: open, choose (the caller does), then take each occurrence. The idempotency key is
-- claimed before, and the answer kept after, by the caller.

-- Lock everybody who could take part in any occurrence, once, in id order, and then the booking that the series
-- begins with, if any; take the clock, check the schedule's version, release expired holds and look.
-- Outcomes: ok (now, taken, given), stale, not_found, not_allowed, version_conflict.
create function booking_series_open(
    p_schedule_version bigint, p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_limited uuid[], p_since timestamptz, p_until timestamptz, p_first uuid, p_version integer
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_first booking%rowtype;
begin
    perform 1 from resource where tenant_id = v_tenant and id = any (p_resources) order by id for no key update;
    if p_first is not null then
        select * into v_first from booking where tenant_id = v_tenant and id = p_first for no key update;
        if not found then
            return jsonb_build_object('outcome', 'not_found');
        end if;
        if p_version is not null and v_first.version <> p_version then
            return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_first));
        end if;
        if v_first.status not in ('pending', 'confirmed') or v_first.service_id is null
            or v_first.slot_id is not null or v_first.series_id is not null
        then
            return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_first));
        end if;
    end if;
    -- The clock only now, in the statements that follow the locks.
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform booking_release_expired(p_resources, clock_timestamp());
    return booking_series_look(p_resources, p_from, p_to, p_limited, p_since, p_until, '{}');
end
$$;

-- The booking that a series begins with becomes its first occurrence. Returns it.
create function booking_series_join(p_booking uuid, p_series uuid, p_now timestamptz, p_rule jsonb) returns jsonb
language plpgsql
as $$
declare
    v_booking booking%rowtype;
begin
    update booking set series_id = p_series, series_position = 1, version = version + 1, updated_at = p_now
    where tenant_id = app_tenant() and id = p_booking
    returning * into v_booking;
    perform booking_record_event(v_booking, 'booking.repeated', p_now, jsonb_build_object('series', p_rule));
    return jsonb_build_object('outcome', 'ok', 'answer', booking_answer(v_booking));
end
$$;

-- Take one occurrence, as booking_visit_take does, under the locks of booking_series_open; p_now is its clock and
-- p_customer the customer of the first. Outcomes: ok (with the customer), full (not to be had: roll back).
create function booking_series_take(
    p_now timestamptz, p_roles text[], p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_series uuid, p_position integer, p_rule jsonb,
    p_id uuid, p_service uuid, p_location uuid, p_resource uuid,
    p_starts_at timestamptz, p_ends_at timestamptz, p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_price_minor bigint, p_currency text, p_source text, p_title text, p_items jsonb,
    p_customer uuid, p_new_customer uuid, p_customer_contact bytea, p_email_index bytea, p_phone_index bytea,
    p_contact bytea, p_notes bytea, p_token_hash bytea
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_booking booking%rowtype;
begin
    if not booking_claim(p_id, p_roles, p_resources, p_from, p_to, null) then
        return jsonb_build_object('outcome', 'full');
    end if;
    insert into booking (
        tenant_id, id, service_id, location_id, resource_id, customer_id, status, starts_at, ends_at, local_start,
        time_zone, tzdb, price_minor, currency, title, items, source, contact, notes, created_at, updated_at,
        confirmed_at, series_id, series_position)
    values (
        v_tenant, p_id, p_service, p_location, p_resource,
        coalesce(p_customer,
            booking_customer(p_new_customer, p_customer_contact, p_email_index, p_phone_index)),
        'confirmed', p_starts_at, p_ends_at, p_local_start, p_time_zone, p_tzdb, p_price_minor, p_currency,
        p_title, p_items, p_source, p_contact, p_notes, p_now, p_now, p_now, p_series, p_position)
    returning * into v_booking;
    insert into booking_token (tenant_id, token_hash, booking_id, expires_at)
    values (v_tenant, p_token_hash, p_id, p_ends_at + interval '30 days');
    perform booking_record_event(v_booking, 'booking.confirmed', p_now, jsonb_build_object('series', p_rule));
    return jsonb_build_object(
        'outcome', 'ok', 'answer', booking_answer(v_booking), 'customer', v_booking.customer_id);
end
$$;

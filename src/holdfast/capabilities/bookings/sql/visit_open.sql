-- The first half of a visit, and of a move to another time: what is taken from all who could take part.

-- What is taken from these resources in a period, one booking's own time aside, as
-- [[resource, lane, first second, last second], …] with seconds since 1970, the last one exclusive.
create function booking_list_taken(
    p_resources uuid[], p_from timestamptz, p_to timestamptz, p_except uuid, p_now timestamptz
) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_array(
            r.id, a.lane, floor(extract(epoch from a.starts_at)), ceil(extract(epoch from a.ends_at)))), '[]')
        from resource r, lateral allocation_between(r.tenant_id, r.id, r.capacity, p_from, p_to) a
        where r.tenant_id = app_tenant() and r.id = any (p_resources)
            and a.booking_id is distinct from p_except and (a.expires_at is null or a.expires_at > p_now));
end
$$;

-- How often each of these resources gives each of these services on the day and in the week, one booking
-- aside, as [[resource, service, on the day, in the week], …]. Asked for services that have a limit only.
create function booking_list_given(
    p_resources uuid[], p_services uuid[], p_day_start timestamptz, p_day_end timestamptz,
    p_week_start timestamptz, p_week_end timestamptz, p_except uuid, p_now timestamptz
) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_array(r.id, s.id, g.a_day, g.a_week)), '[]')
        from unnest(p_resources) r (id) cross join unnest(p_services) s (id)
        cross join lateral booking_count_given(
            r.id, s.id, p_day_start, p_day_end, p_week_start, p_week_end, p_except, p_now) g);
end
$$;

-- Claim the key, lock everybody who could take part in id order, then take the clock, release expired holds
-- and check the schedule's version. The caller chooses among the free ones and writes with booking_visit_take
-- in the same transaction. Outcomes: ok (now, taken, given), replay, key_reused, in_progress, stale.
create function booking_visit_open(
    p_route text, p_key text, p_fingerprint bytea,
    p_schedule_version bigint, p_candidates uuid[], p_from timestamptz, p_to timestamptz,
    p_limited uuid[], p_day_start timestamptz, p_day_end timestamptz, p_week_start timestamptz, p_week_end timestamptz
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_claim jsonb;
    v_now timestamptz;
begin
    if p_key is not null then
        v_claim := idempotency_claim(p_route, p_key, p_fingerprint);
        if v_claim is not null then
            return v_claim;
        end if;
    end if;
    perform 1 from resource where tenant_id = v_tenant and id = any (p_candidates) order by id for no key update;
    -- Only now: a clock read in the statement that waited for the lock would be too early.
    v_now := clock_timestamp();
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform booking_release_expired(p_candidates, v_now);
    return jsonb_build_object(
        'outcome', 'ok', 'now', v_now,
        'taken', booking_list_taken(p_candidates, p_from, p_to, null, v_now),
        'given', booking_list_given(
            p_candidates, p_limited, p_day_start, p_day_end, p_week_start, p_week_end, null, v_now));
end
$$;

-- Moving and cancelling the rest of a series, or all of it: what has begun or is over is left alone.

-- Lock all that these bookings of a series have and could get, in id order, then the bookings; see that they
-- are as the caller saw them and what is taken beside them. p_named is the one that the client named, p_version
-- the version of it that the client saw, or null; without a schedule's version nothing is to be taken.
-- Outcomes: ok (now, taken, given), stale, not_found, version_conflict.
create function booking_series_open_change(
    p_series uuid, p_named uuid, p_version integer, p_bookings uuid[], p_versions integer[],
    p_schedule_version bigint, p_resources uuid[], p_from timestamptz[], p_to timestamptz[],
    p_limited uuid[], p_since timestamptz, p_until timestamptz
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_locked uuid[];
    v_named booking%rowtype;
begin
    select array_agg(locked.id) into v_locked
    from (
        select r.id from resource r
        where r.tenant_id = v_tenant and (r.id = any (p_resources) or r.id in (
            select a.resource_id from allocation a
            where a.tenant_id = v_tenant and a.booking_id = any (p_bookings)))
        order by r.id for no key update) locked;
    perform b.id from booking b
    where b.tenant_id = v_tenant and (b.id = p_named or b.id = any (p_bookings))
    order by b.id for no key update;
    select * into v_named from booking where tenant_id = v_tenant and id = p_named and series_id = p_series;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if p_version is not null and v_named.version <> p_version then
        return jsonb_build_object('outcome', 'version_conflict', 'current', booking_answer(v_named));
    end if;
    if exists (
        select from unnest(p_bookings, p_versions) seen (id, version)
        left join booking b on b.tenant_id = v_tenant and b.id = seen.id
        where b.version is distinct from seen.version
    ) or exists (
        select from allocation a
        where a.tenant_id = v_tenant and a.booking_id = any (p_bookings) and a.resource_id <> all (v_locked)
    ) or p_schedule_version is not null and not exists (
        select from schedule_version where tenant_id = v_tenant and version = p_schedule_version
    ) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform booking_release_expired(v_locked, clock_timestamp());
    return booking_series_look(p_resources, p_from, p_to, p_limited, p_since, p_until, p_bookings);
end
$$;

-- Give up the time of all of them at once, so that each can have the old place of another; booking_reschedule_take
-- then moves them one by one in the same transaction.
create function booking_series_give_up(p_bookings uuid[]) returns jsonb
language plpgsql
as $$
begin
    delete from allocation where tenant_id = app_tenant() and booking_id = any (p_bookings);
    return jsonb_build_object('outcome', 'ok');
end
$$;

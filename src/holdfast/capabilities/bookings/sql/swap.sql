-- Bookings that change places: all of them give their time up, then each takes its new one, in one transaction.

-- Lock everybody whom these bookings have or could get, in id order, then the bookings in id order; see that
-- they are as the caller saw them and may be moved, and give up their time. booking_reschedule_open and _take
-- then move them one by one; whatever is refused on the way must be rolled back.
-- Outcomes: ok, stale, not_allowed (with the current state of the first that cannot be moved).
create function booking_swap_open(
    p_bookings uuid[], p_versions integer[], p_schedule_version bigint, p_resources uuid[]
) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz;
    v_locked uuid[];
    v_booking booking%rowtype;
begin
    select array_agg(locked.id) into v_locked
    from (
        select r.id from resource r
        where r.tenant_id = v_tenant and (r.id = any (p_resources) or r.id in (
            select a.resource_id from allocation a
            where a.tenant_id = v_tenant and a.booking_id = any (p_bookings)))
        order by r.id for no key update) locked;
    perform b.id from booking b
    where b.tenant_id = v_tenant and b.id = any (p_bookings)
    order by b.id for no key update;
    -- Only now: a clock read in the statement that waited for the lock would be too early.
    v_now := clock_timestamp();
    if exists (
        select from unnest(p_bookings, p_versions) seen (id, version)
        left join booking b on b.tenant_id = v_tenant and b.id = seen.id
        where b.version is distinct from seen.version
    ) or exists (
        select from allocation a
        where a.tenant_id = v_tenant and a.booking_id = any (p_bookings) and a.resource_id <> all (v_locked)
    ) or not exists (
        select from schedule_version where tenant_id = v_tenant and version = p_schedule_version
    ) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    select * into v_booking from booking b
    where b.tenant_id = v_tenant and b.id = any (p_bookings) and (
        b.status not in ('held', 'pencil', 'pending', 'confirmed') or b.slot_id is not null
        or (b.status = 'held' and b.hold_expires_at <= v_now))
    order by b.id limit 1;
    if found then
        return jsonb_build_object('outcome', 'not_allowed', 'current', booking_answer(v_booking));
    end if;
    delete from allocation where tenant_id = v_tenant and booking_id = any (p_bookings);
    return jsonb_build_object('outcome', 'ok');
end
$$;

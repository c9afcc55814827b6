-- Bring the published instances of one service on one resource in line with what the rules give now: two
-- functions, for starts with seats and for computed ones. One transaction each call.
--
-- The caller worked the starts out from the schedule of p_schedule_version; if it has moved since, the
-- outcome is 'stale' and the caller works them out again. The arrays run side by side, in order of time.

-- Lock the resource, then see whether the schedule is still the caller's, and give back what expired.
-- Returns how many lanes the resource has; null: stale.
create function slot_begin(p_schedule_version bigint, p_resource uuid) returns integer
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_lanes integer;
begin
    select capacity into v_lanes from resource
    where tenant_id = v_tenant and id = p_resource and is_active for no key update;
    perform 1 from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return null;
    end if;
    perform booking_release_expired(array[p_resource], clock_timestamp());
    -- Who left the business gives no starts any more, but what is booked with them stays.
    return coalesce(v_lanes, 0);
end
$$;

-- Starts with seats. Each takes its claim from the resource, once for all its seats; where the time is gone
-- already nothing is published ('taken'). Whoever has a seat keeps it: such an instance is never moved or
-- removed, only closed to others when the rules no longer give it.
create function slot_generate_seats(
    p_schedule_version bigint, p_resource uuid, p_service uuid, p_location uuid,
    p_from timestamptz, p_to timestamptz,
    p_ids uuid[], p_dates date[], p_starts timestamptz[], p_ends timestamptz[],
    p_claim_starts timestamptz[], p_claim_ends timestamptz[], p_capacities integer[], p_blacked_out boolean[]
) returns jsonb
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz;
    v_lanes integer;
    v_due uuid;
    v_place integer;
    v_slot slot_instance%rowtype;
    v_allocation bigint;
    v_has_time boolean;
    v_given_back timestamptz[] := '{}';
    v_blocked_by text[];
    v_capacity integer;
    v_created integer := 0;
    v_unchanged integer := 0;
    v_changed integer := 0;
    v_removed integer := 0;
    v_blocked integer := 0;
    v_kept integer := 0;
    v_taken integer := 0;
begin
    v_lanes := slot_begin(p_schedule_version, p_resource);
    if v_lanes is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform i.id from slot_instance i
    where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
        and i.resource_id = p_resource and i.is_group and i.starts_at >= p_from and i.starts_at < p_to
    order by i.id for no key update;
    v_now := clock_timestamp();
    for v_due in
        select b.id from slot_instance i
        join booking b on b.tenant_id = v_tenant and b.slot_id = i.id and b.status = 'held'
            and b.hold_expires_at <= v_now
        where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
            and i.resource_id = p_resource and i.is_group and i.starts_at >= p_from and i.starts_at < p_to
            and i.held > 0
        order by b.id
    loop
        perform booking_expire_one(v_due, v_now);
    end loop;

    -- What is not given any more, or not so: kept when somebody sits there, else its time is given back.
    for v_slot in
        select * from slot_instance i
        where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
            and i.resource_id = p_resource and i.is_group and i.starts_at >= p_from and i.starts_at < p_to
        order by i.starts_at
    loop
        v_place := array_position(p_starts, v_slot.starts_at);
        if v_place is not null and v_slot.ends_at = p_ends[v_place]
            and v_slot.claim_starts_at = p_claim_starts[v_place] and v_slot.claim_ends_at = p_claim_ends[v_place]
        then
            continue;
        end if;
        if v_slot.booked + v_slot.held > 0 then
            v_kept := v_kept + 1;
            v_blocked_by := array_remove(v_slot.blocked_by, 'rules');
            if v_place is null then
                v_blocked_by := slot_reasons(v_slot.blocked_by || '{rules}');
            end if;
            update slot_instance set blocked_by = v_blocked_by, updated_at = v_now
            where tenant_id = v_tenant and id = v_slot.id and blocked_by <> v_blocked_by;
            continue;
        end if;
        delete from allocation where tenant_id = v_tenant and slot_id = v_slot.id;
        v_has_time := found;
        if exists (select from booking b where b.tenant_id = v_tenant and b.slot_id = v_slot.id) then
            -- Somebody had a seat once: the row stays for their booking's sake, closed and without time.
            v_blocked_by := slot_reasons(v_slot.blocked_by || '{rules}');
            update slot_instance set blocked_by = v_blocked_by, updated_at = v_now
            where tenant_id = v_tenant and id = v_slot.id and blocked_by <> v_blocked_by;
        else
            delete from slot_instance where tenant_id = v_tenant and id = v_slot.id;
        end if;
        if v_has_time then
            if v_place is null then
                v_removed := v_removed + 1;
            else
                v_given_back := v_given_back || v_slot.starts_at;
            end if;
        end if;
    end loop;

    for v_place in 1 .. cardinality(p_starts) loop
        select * into v_slot from slot_instance i
        where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
            and i.resource_id = p_resource and i.starts_at = p_starts[v_place] and i.is_group;
        v_has_time := found and exists (
            select from allocation a where a.tenant_id = v_tenant and a.slot_id = v_slot.id);
        if v_has_time and (v_slot.ends_at, v_slot.claim_starts_at, v_slot.claim_ends_at)
            is distinct from (p_ends[v_place], p_claim_starts[v_place], p_claim_ends[v_place])
        then
            continue;  -- Kept, counted above.
        end if;
        v_blocked_by := slot_reasons(
            case when p_blacked_out[v_place] then array['blackout'] else '{}'::text[] end
            || case when 'staff' = any (v_slot.blocked_by) then array['staff'] else '{}'::text[] end);
        v_capacity := greatest(p_capacities[v_place], coalesce(v_slot.booked + v_slot.held, 0));
        v_blocked := v_blocked + (cardinality(v_blocked_by) > 0)::integer;
        if v_has_time then
            update slot_instance set capacity = v_capacity, blocked_by = v_blocked_by, updated_at = v_now
            where tenant_id = v_tenant and id = v_slot.id
                and (capacity, blocked_by) is distinct from (v_capacity::smallint, v_blocked_by);
            if found then
                v_changed := v_changed + 1;
            else
                v_unchanged := v_unchanged + 1;
            end if;
            continue;
        end if;
        v_allocation := null;
        for v_lane in 0 .. v_lanes - 1 loop
            insert into allocation (tenant_id, slot_id, resource_id, lane, starts_at, ends_at)
            values (v_tenant, coalesce(v_slot.id, p_ids[v_place]), p_resource, v_lane, p_claim_starts[v_place],
                p_claim_ends[v_place])
            on conflict do nothing returning id into v_allocation;
            exit when v_allocation is not null;
        end loop;
        if v_allocation is null then
            v_taken := v_taken + 1;
            v_removed := v_removed + (p_starts[v_place] = any (v_given_back))::integer;
            v_blocked := v_blocked - (cardinality(v_blocked_by) > 0)::integer;
            continue;
        end if;
        if v_slot.id is null then
            -- Once a start is for a group, it is no longer a computed one.
            delete from slot_instance
            where tenant_id = v_tenant and location_id = p_location and service_id = p_service
                and resource_id = p_resource and starts_at = p_starts[v_place] and not is_group;
        end if;
        insert into slot_instance (
            tenant_id, id, location_id, service_id, resource_id, local_date, starts_at, ends_at,
            claim_starts_at, claim_ends_at, is_group, capacity, blocked_by)
        values (
            v_tenant, coalesce(v_slot.id, p_ids[v_place]), p_location, p_service, p_resource,
            p_dates[v_place], p_starts[v_place], p_ends[v_place], p_claim_starts[v_place],
            p_claim_ends[v_place], true, v_capacity, v_blocked_by)
        on conflict (tenant_id, id) do update set
            ends_at = excluded.ends_at, claim_starts_at = excluded.claim_starts_at,
            claim_ends_at = excluded.claim_ends_at, capacity = excluded.capacity,
            blocked_by = excluded.blocked_by, updated_at = v_now;
        -- What was given back just now only got other times.
        if p_starts[v_place] = any (v_given_back) then
            v_changed := v_changed + 1;
        else
            v_created := v_created + 1;
        end if;
    end loop;
    return jsonb_build_object(
        'outcome', 'ok', 'created', v_created, 'unchanged', v_unchanged, 'changed', v_changed,
        'removed', v_removed, 'blocked', v_blocked, 'kept', v_kept, 'taken', v_taken);
end
$$;

-- Computed starts: a row for each, with the lanes that are taken during its claim.
create function slot_generate_lanes(
    p_schedule_version bigint, p_resource uuid, p_service uuid, p_location uuid,
    p_from timestamptz, p_to timestamptz,
    p_ids uuid[], p_dates date[], p_starts timestamptz[], p_ends timestamptz[],
    p_claim_starts timestamptz[], p_claim_ends timestamptz[], p_capacities integer[], p_blacked_out boolean[]
) returns jsonb
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_existing integer;
    v_created integer;
    v_changed integer;
    v_removed integer;
begin
    if slot_begin(p_schedule_version, p_resource) is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform i.id from slot_instance i
    where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
        and i.resource_id = p_resource and not i.is_group and i.starts_at >= p_from and i.starts_at < p_to
    order by i.id for no key update;
    delete from slot_instance i
    where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
        and i.resource_id = p_resource and not i.is_group and i.starts_at >= p_from and i.starts_at < p_to
        and i.starts_at <> all (p_starts);
    get diagnostics v_removed = row_count;
    update slot_instance i set
        ends_at = n.ends_at, claim_starts_at = n.claim_starts_at, claim_ends_at = n.claim_ends_at,
        capacity = n.capacity, blocked_by = n.blocked_by, booked = n.booked, held = n.held,
        updated_at = clock_timestamp()
    from slot_wanted(p_resource, p_starts, p_ends, p_claim_starts, p_claim_ends, p_capacities,
        p_blacked_out) n
    where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
        and i.resource_id = p_resource and i.starts_at = n.starts_at and not i.is_group
        and (i.ends_at, i.claim_starts_at, i.claim_ends_at, i.capacity, i.blocked_by, i.booked, i.held)
            is distinct from (n.ends_at, n.claim_starts_at, n.claim_ends_at, n.capacity, n.blocked_by, n.booked,
                n.held);
    get diagnostics v_changed = row_count;
    select count(*) into v_existing from slot_instance i
    where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
        and i.resource_id = p_resource and not i.is_group and i.starts_at >= p_from and i.starts_at < p_to;
    insert into slot_instance (
        tenant_id, id, location_id, service_id, resource_id, local_date, starts_at, ends_at, claim_starts_at,
        claim_ends_at, is_group, capacity, blocked_by, booked, held)
    select v_tenant, p_ids[n.place], p_location, p_service, p_resource, p_dates[n.place], n.starts_at, n.ends_at,
        n.claim_starts_at, n.claim_ends_at, false, n.capacity, n.blocked_by, n.booked, n.held
    from slot_wanted(p_resource, p_starts, p_ends, p_claim_starts, p_claim_ends, p_capacities,
        p_blacked_out) n
    where not exists (
        select from slot_instance i
        where i.tenant_id = v_tenant and i.location_id = p_location and i.service_id = p_service
            and i.resource_id = p_resource and i.starts_at = n.starts_at);
    get diagnostics v_created = row_count;
    return jsonb_build_object(
        'outcome', 'ok', 'created', v_created, 'unchanged', v_existing - v_changed, 'changed', v_changed,
        'removed', v_removed, 'kept', 0, 'taken', 0,
        'blocked', (select count(*) from unnest(p_blacked_out) is_blacked_out where is_blacked_out));
end
$$;

-- The wanted computed starts with what is taken of each now.
create function slot_wanted(
    p_resource uuid, p_starts timestamptz[], p_ends timestamptz[], p_claim_starts timestamptz[],
    p_claim_ends timestamptz[], p_capacities integer[], p_blacked_out boolean[]
) returns table (
    place integer, starts_at timestamptz, ends_at timestamptz, claim_starts_at timestamptz,
    claim_ends_at timestamptz, capacity smallint, blocked_by text[], booked smallint, held smallint
)
language sql stable
as $$
    select w.place::integer, w.starts_at, w.ends_at, w.claim_starts_at, w.claim_ends_at, w.capacity::smallint,
        case when w.is_blacked_out then array['blackout'] else '{}'::text[] end,
        lanes.booked::smallint, lanes.held::smallint
    from unnest(p_starts, p_ends, p_claim_starts, p_claim_ends, p_capacities, p_blacked_out) with ordinality
        as w (starts_at, ends_at, claim_starts_at, claim_ends_at, capacity, is_blacked_out, place),
        lateral slot_lanes(app_tenant(), p_resource, w.capacity, w.claim_starts_at, w.claim_ends_at) lanes
$$;

-- Reasons sorted, each once, so that equal ones compare equal.
create function slot_reasons(p_reasons text[]) returns text[]
language sql immutable
as $$ select coalesce(array_agg(distinct reason order by reason), '{}') from unnest(p_reasons) reason $$;

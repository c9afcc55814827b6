-- Counters of slot instances, kept by triggers: seats of a group as its bookings change, lanes of the others
-- as allocations change.
--
-- Locks are taken in one order everywhere, so that nobody waits in a circle: resources, then an instance
-- with seats, then its bookings; counted instances come last of all, when the transaction commits.

-- The seats that a booking takes from its instance.
create function booking_counts_seats() returns trigger
language plpgsql
as $$
declare
    v_slot uuid;
    v_booked integer := 0;
    v_held integer := 0;
begin
    if tg_op <> 'INSERT' then
        v_slot := old.slot_id;
        if old.status = 'held' then
            v_held := -old.party_size;
        elsif old.status in ('pencil', 'pending', 'confirmed', 'completed', 'no_show') then
            v_booked := -old.party_size;
        end if;
    end if;
    if tg_op = 'UPDATE' and old.slot_id is distinct from new.slot_id then
        perform slot_add_seats(old.tenant_id, v_slot, v_booked, v_held);
        v_booked := 0;
        v_held := 0;
    end if;
    if tg_op <> 'DELETE' then
        v_slot := new.slot_id;
        if new.status = 'held' then
            v_held := v_held + new.party_size;
        elsif new.status in ('pencil', 'pending', 'confirmed', 'completed', 'no_show') then
            v_booked := v_booked + new.party_size;
        end if;
    end if;
    perform slot_add_seats(coalesce(new.tenant_id, old.tenant_id), v_slot, v_booked, v_held);
    return null;
end
$$;

create function slot_add_seats(p_tenant uuid, p_slot uuid, p_booked integer, p_held integer) returns void
language plpgsql
as $$
begin
    if p_booked <> 0 or p_held <> 0 then
        update slot_instance set
            booked = booked + p_booked, held = held + p_held, updated_at = clock_timestamp()
        where tenant_id = p_tenant and id = p_slot;
    end if;
end
$$;

create trigger booking_takes_seats after insert on booking
    for each row when (new.slot_id is not null) execute function booking_counts_seats();
create trigger booking_changes_seats after update of status, party_size, slot_id on booking
    for each row when (old.slot_id is not null or new.slot_id is not null)
    execute function booking_counts_seats();
create trigger booking_leaves_seats after delete on booking
    for each row when (old.slot_id is not null) execute function booking_counts_seats();

-- How many lanes are not free for a whole claim: with a booking (or a published group) in them, or held only.
-- Returns a table of one row, so that it is merged into the statement that asks.
create function slot_lanes(
    p_tenant uuid, p_resource uuid, p_capacity integer, p_from timestamptz, p_to timestamptz
) returns table (booked integer, held integer)
language sql stable
as $$
    select (count(*) filter (where lane.is_booked))::integer, (count(*) filter (where not lane.is_booked))::integer
    from (
        select bool_or(a.expires_at is null) as is_booked
        from allocation_between(p_tenant, p_resource, p_capacity, p_from, p_to) a
        group by a.lane) lane
$$;

-- Remember time that is given or taken, if instances are counted there; they are counted at the commit.
--
-- Without sorting: before a new table has statistics the longest claim would else be found by reading and
-- sorting every instance of the resource (3 ms for two months) instead of at the end of its index.
create function slot_note(p_tenant uuid, p_resource uuid, p_from timestamptz, p_to timestamptz) returns void
language plpgsql
set enable_sort = off
as $$
declare
    -- Where the last instance ends that could still meet it. Worked out before it is compared: a sum is not
    -- leakproof, so under row security the index could not be used for it.
    v_until timestamptz;
begin
    select p_to + (i.claim_ends_at - i.claim_starts_at) into v_until from slot_instance i
    where i.tenant_id = p_tenant and i.resource_id = p_resource and not i.is_group
    order by i.claim_ends_at - i.claim_starts_at desc limit 1;
    if not found then
        return;
    end if;
    perform from slot_instance i
    where i.tenant_id = p_tenant and i.resource_id = p_resource and not i.is_group
        and i.claim_ends_at > p_from and i.claim_ends_at < v_until and i.claim_starts_at < p_to
    limit 1;
    if found then
        perform set_config('app.touched_slots', (
            coalesce(nullif(current_setting('app.touched_slots', true), '')::jsonb, '[]')
            || jsonb_build_object('tenant', p_tenant, 'resource', p_resource, 'from', p_from, 'to', p_to,
                'until', v_until))::text, true);
    end if;
end
$$;

-- Where nothing is published this is one look into an index.
create function allocation_notes_slots() returns trigger
language plpgsql
as $$
begin
    if not exists (
        select from slot_instance i
        where i.tenant_id = coalesce(new.tenant_id, old.tenant_id) and not i.is_group
            and i.resource_id in (new.resource_id, old.resource_id)
    ) then
        return coalesce(new, old);
    end if;
    if tg_op <> 'INSERT' then
        perform slot_note(old.tenant_id, old.resource_id, old.starts_at, old.ends_at);
    end if;
    if tg_op <> 'DELETE' and (tg_op = 'INSERT' or (new.resource_id, new.starts_at, new.ends_at)
            is distinct from (old.resource_id, old.starts_at, old.ends_at)) then
        perform slot_note(new.tenant_id, new.resource_id, new.starts_at, new.ends_at);
    end if;
    return coalesce(new, old);
end
$$;
create trigger allocation_notes_slots before insert or update or delete on allocation
    for each row execute function allocation_notes_slots();

-- Count again what the transaction touched: all of it at the first call, locked in id order, then looked at
-- in a statement of its own, which sees what those who had the locks before have committed.
create function slot_count_touched() returns trigger
language plpgsql
as $$
declare
    v_touched jsonb := nullif(current_setting('app.touched_slots', true), '')::jsonb;
    v_context text := current_setting('app.tenant', true);
    v_tenant uuid;
    v_slots uuid[];
begin
    if v_touched is null then
        return null;
    end if;
    perform set_config('app.touched_slots', '', true);
    -- The sweeper goes through many tenants in one transaction.
    for v_tenant in select distinct (t ->> 'tenant')::uuid from jsonb_array_elements(v_touched) t order by 1 loop
        perform set_config('app.tenant', v_tenant::text, true);
        select array_agg(locked.id) into v_slots from (
            select i.id from jsonb_to_recordset(v_touched)
                as t (tenant uuid, resource uuid, "from" timestamptz, "to" timestamptz, until timestamptz)
            join slot_instance i on i.tenant_id = v_tenant and i.resource_id = t.resource and not i.is_group
                and i.claim_ends_at > t."from" and i.claim_ends_at < t.until and i.claim_starts_at < t."to"
            where t.tenant = v_tenant
            order by i.id for no key update of i) locked;
        perform slot_count(v_tenant, v_slots);
    end loop;
    perform set_config('app.tenant', coalesce(v_context, ''), true);
    return null;
end
$$;
create constraint trigger allocation_counts_in_slots after insert or update or delete on allocation
    deferrable initially deferred for each row
    when (nullif(current_setting('app.touched_slots', true), '') is not null)
    execute function slot_count_touched();

-- Bring the counters of computed instances up to date; returns how many were not. Lock them first.
create function slot_count(p_tenant uuid, p_slots uuid[]) returns integer
language plpgsql
as $$
declare
    v_changed integer;
begin
    update slot_instance i set booked = c.booked, held = c.held, updated_at = clock_timestamp()
    from (
        -- Joined, not `= any`: without statistics every instance of the tenant would be read.
        select s.id, lanes.booked, lanes.held from (select distinct unnest(p_slots)) wanted (id)
        join slot_instance s on s.tenant_id = p_tenant and s.id = wanted.id and not s.is_group,
            lateral slot_lanes(s.tenant_id, s.resource_id, s.capacity, s.claim_starts_at, s.claim_ends_at) lanes) c
    where i.tenant_id = p_tenant and i.id = c.id and (i.booked, i.held) is distinct from (c.booked, c.held);
    get diagnostics v_changed = row_count;
    return v_changed;
end
$$;

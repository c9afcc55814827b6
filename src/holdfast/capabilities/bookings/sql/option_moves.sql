-- The moves of studio bookings: make one, pencil, confirm, challenge. Each locks its resource first.

-- Lock a resource and do what time has decided there; returns its clock, null when there is no such resource.
create function option_enter(p_resource uuid) returns timestamptz
language plpgsql
as $$
declare
    v_now timestamptz;
begin
    perform from resource where tenant_id = app_tenant() and id = p_resource for no key update;
    if not found then
        return null;
    end if;
    -- Only now: a clock read in the statement that waited for the lock would be too early.
    v_now := clock_timestamp();
    perform booking_release_expired(array[p_resource], v_now);
    perform option_settle(p_resource, v_now);
    return v_now;
end
$$;

-- Whether work that is not to be moved has all lanes of a resource somewhere in the range. A pencil may still
-- be given up and a hold ends in minutes: behind those an option may wait.
create function option_is_taken(p_resource uuid, p_from timestamptz, p_to timestamptz) returns boolean
language sql stable
as $$
    select (
        select count(distinct a.lane) from allocation a
        left join booking b on b.tenant_id = a.tenant_id and b.id = a.booking_id
        where a.tenant_id = app_tenant() and a.resource_id = p_resource
            and a.ends_at > p_from and a.starts_at < p_to and b.status is distinct from 'pencil'
            and b.status is distinct from 'held'
    ) >= (select capacity from resource where tenant_id = app_tenant() and id = p_resource)
$$;

-- Make a studio booking. Outcomes: ok, stale (the schedule has moved), not_found, full, ranks_full,
-- not_first (others have options here).
create function option_make(
    p_schedule_version bigint, p_id uuid, p_resource uuid, p_location uuid, p_status text,
    p_starts_at timestamptz, p_ends_at timestamptz, p_local_start timestamp, p_time_zone text, p_tzdb text,
    p_currency text, p_source text, p_title text, p_notes bytea, p_expires_at timestamptz, p_token_hash bytea
) returns text
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz := option_enter(p_resource);
    v_ahead integer;
    v_booking booking%rowtype;
begin
    if v_now is null or not (select is_active from resource where tenant_id = v_tenant and id = p_resource) then
        return 'not_found';
    end if;
    perform from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
    if not found then
        return 'stale';
    end if;
    if p_status = 'option' then
        if option_is_taken(p_resource, p_starts_at, p_ends_at) then
            return 'full';
        end if;
        v_ahead := option_count_ahead(p_resource, p_starts_at, p_ends_at, v_now, p_id);
        if v_ahead >= 3 then
            return 'ranks_full';
        end if;
    else
        perform from booking b
        where b.tenant_id = v_tenant and b.resource_id = p_resource and b.service_id is null
            and b.status = 'option' and b.ends_at > p_starts_at and b.starts_at < p_ends_at;
        if found then
            return 'not_first';
        end if;
        if not booking_claim(
            p_id, array['lead'], array[p_resource], array[p_starts_at], array[p_ends_at], null) then
            return 'full';
        end if;
    end if;
    insert into booking (
        tenant_id, id, location_id, resource_id, status, starts_at, ends_at, local_start, time_zone, tzdb,
        option_rank, option_expires_at, currency, title, source, notes, created_at, updated_at, confirmed_at)
    values (
        v_tenant, p_id, p_location, p_resource, p_status, p_starts_at, p_ends_at, p_local_start, p_time_zone,
        p_tzdb, 1 + v_ahead, case when p_status = 'option' then least(p_expires_at, p_starts_at) end,
        p_currency, p_title, p_source, p_notes, v_now, v_now, case when p_status = 'confirmed' then v_now end)
    returning * into v_booking;
    insert into booking_token (tenant_id, token_hash, booking_id, expires_at)
    values (v_tenant, p_token_hash, p_id, p_ends_at + interval '30 days');
    perform booking_record_event(v_booking, 'booking.' || p_status, v_now);
    return 'ok';
end
$$;

-- Take the time for the first option (pencil), or promise it for good (confirmed: an option is pencilled on
-- the way). Doing what is done answers ok. Outcomes: ok, stale, not_found, expired, cancelled,
-- version_conflict, not_allowed, not_first, full.
create function option_take(
    p_schedule_version bigint, p_booking uuid, p_resource uuid, p_version integer, p_target text
) returns text
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz := option_enter(p_resource);
    v_booking booking%rowtype;
begin
    select * into v_booking from booking where tenant_id = v_tenant and id = p_booking for no key update;
    if not found or v_booking.service_id is not null then
        return 'not_found';
    end if;
    if v_booking.resource_id <> p_resource then
        return 'stale';
    end if;
    if v_booking.status in ('expired', 'cancelled') then
        return v_booking.status;
    end if;
    if p_version is not null and v_booking.version <> p_version then
        return 'version_conflict';
    end if;
    if v_booking.status = p_target then
        return 'ok';
    end if;
    if v_booking.status = 'option' then
        perform from schedule_version where tenant_id = v_tenant and version = p_schedule_version;
        if not found then
            return 'stale';
        end if;
        if option_count_ahead(p_resource, v_booking.starts_at, v_booking.ends_at, v_booking.created_at, p_booking) > 0
        then
            return 'not_first';
        end if;
        if not booking_claim(p_booking, array['lead'], array[p_resource], array[v_booking.starts_at],
            array[v_booking.ends_at], null) then
            return 'full';
        end if;
        update booking set
            status = 'pencil', option_rank = null, option_expires_at = null, version = version + 1, updated_at = v_now
        where tenant_id = v_tenant and id = p_booking
        returning * into v_booking;
        perform booking_record_event(v_booking, 'booking.pencil', v_now);
    end if;
    if p_target = 'confirmed' then
        if v_booking.status <> 'pencil' then
            return 'not_allowed';
        end if;
        update booking set
            status = 'confirmed', confirmed_at = v_now, version = version + 1, updated_at = v_now
        where tenant_id = v_tenant and id = p_booking
        returning * into v_booking;
        perform booking_record_event(v_booking, 'booking.confirmed', v_now);
    end if;
    return case when v_booking.status = p_target then 'ok' else 'not_allowed' end;
end
$$;

-- Ask whoever is first to decide by p_answer_by, or by the beginning of their time if that is earlier.
-- Without p_holder, whoever is first in the queue. Outcomes: ok, not_found, expired, cancelled,
-- version_conflict, not_allowed, is_first, no_holder, holder_confirmed, challenged (already).
create function option_challenge_holder(
    p_id uuid, p_challenger uuid, p_resource uuid, p_version integer, p_holder uuid, p_answer_by timestamptz
) returns text
language plpgsql
as $$
declare
    v_tenant uuid := app_tenant();
    v_now timestamptz := option_enter(p_resource);
    v_booking booking%rowtype;
    v_holder booking%rowtype;
    v_answer_by timestamptz;
begin
    select * into v_booking from booking where tenant_id = v_tenant and id = p_challenger;
    if not found or v_booking.service_id is not null or v_booking.resource_id <> p_resource then
        return 'not_found';
    end if;
    if v_booking.status in ('expired', 'cancelled') then
        return v_booking.status;
    end if;
    if p_version is not null and v_booking.version <> p_version then
        return 'version_conflict';
    end if;
    if v_booking.status <> 'option' then
        return 'not_allowed';
    end if;
    if v_booking.option_rank = 1 then
        return 'is_first';
    end if;
    select b.* into v_holder from booking b
    where b.tenant_id = v_tenant and b.resource_id = p_resource and b.service_id is null and b.id <> p_challenger
        and b.ends_at > v_booking.starts_at and b.starts_at < v_booking.ends_at
        and (p_holder is null or b.id = p_holder)
        and (b.status in ('pencil', 'confirmed') or (b.status = 'option' and b.option_rank = 1
            and (b.created_at, b.id) < (v_booking.created_at, v_booking.id)))
    order by b.status = 'confirmed', b.created_at, b.id limit 1;
    if not found then
        return 'no_holder';
    end if;
    if v_holder.status = 'confirmed' then
        return 'holder_confirmed';
    end if;
    perform from option_challenge c
    where c.tenant_id = v_tenant and c.status = 'open'
        and (c.holder_id = v_holder.id or c.challenger_id = p_challenger);
    if found then
        return 'challenged';
    end if;
    v_answer_by := least(p_answer_by, v_holder.starts_at);
    if v_answer_by <= v_now then
        return 'not_allowed';
    end if;
    insert into option_challenge (
        tenant_id, id, resource_id, challenger_id, holder_id, opened_at, answer_by)
    values (v_tenant, p_id, p_resource, p_challenger, v_holder.id, v_now, v_answer_by);
    update booking set version = version + 1, updated_at = v_now
    where tenant_id = v_tenant and id = v_holder.id
    returning * into v_holder;
    perform booking_record_event(v_holder, 'booking.challenged', v_now, jsonb_build_object(
        'challenge', jsonb_build_object(
            'id', p_id, 'challenger_id', p_challenger, 'answer_by', booking_instant(v_answer_by))));
    return 'ok';
end
$$;

-- Take one's challenge back. Outcomes: ok, no_challenge.
create function option_withdraw_challenge(p_challenger uuid, p_resource uuid) returns text
language plpgsql
as $$
declare
    v_now timestamptz := option_enter(p_resource);
    v_challenge uuid;
begin
    select id into v_challenge from option_challenge
    where tenant_id = app_tenant() and challenger_id = p_challenger and status = 'open';
    if not found then
        return 'no_challenge';
    end if;
    perform option_close_challenge(v_challenge, 'withdrawn', v_now);
    return 'ok';
end
$$;

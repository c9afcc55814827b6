-- The queue of options on a resource: ranks, who moves up, what ends by itself. All under the resource's lock.

-- How many stand before an option in the queue: overlapping options that were there earlier, and studio
-- bookings that have the time already (scheduling/options.py says the same of lists).
create function option_count_ahead(
    p_resource uuid, p_from timestamptz, p_to timestamptz, p_created_at timestamptz, p_id uuid
) returns integer
language sql stable
as $$
    select count(*)::integer from booking b
    where b.tenant_id = app_tenant() and b.resource_id = p_resource and b.service_id is null
        and b.ends_at > p_from and b.starts_at < p_to and b.id <> p_id
        and (b.status in ('pencil', 'confirmed')
            or (b.status = 'option' and (b.created_at, b.id) < (p_created_at, p_id)))
$$;

-- Give every option that meets the range its rank; each that changes is an event of its own.
create function option_rerank(p_resource uuid, p_from timestamptz, p_to timestamptz, p_now timestamptz) returns void
language plpgsql
as $$
declare
    v_option booking%rowtype;
    v_was smallint;
    v_rank smallint;
begin
    for v_option in
        select * from booking b
        where b.tenant_id = app_tenant() and b.resource_id = p_resource and b.service_id is null
            and b.status = 'option' and b.ends_at > p_from and b.starts_at < p_to
        order by b.id for no key update
    loop
        v_was := v_option.option_rank;
        -- Undone or moved work can come to stand before a third option: it stays the last that there is.
        v_rank := least(3, 1 + option_count_ahead(
            p_resource, v_option.starts_at, v_option.ends_at, v_option.created_at, v_option.id));
        continue when v_rank = v_was;
        update booking set option_rank = v_rank, version = version + 1, updated_at = p_now
        where tenant_id = app_tenant() and id = v_option.id
        returning * into v_option;
        perform booking_record_event(
            v_option, case when v_rank < v_was then 'booking.option_promoted' else 'booking.option_demoted' end,
            p_now, jsonb_build_object('before', jsonb_build_object('option_rank', v_was)));
    end loop;
end
$$;

-- Close an open challenge; what it says of its holder is an event of the holder, if that one still stands.
create function option_close_challenge(p_challenge uuid, p_status text, p_now timestamptz) returns void
language plpgsql
as $$
declare
    v_challenge option_challenge%rowtype;
    v_holder booking%rowtype;
begin
    update option_challenge set status = p_status, closed_at = p_now
    where tenant_id = app_tenant() and id = p_challenge and status = 'open'
    returning * into v_challenge;
    if found and p_status = 'withdrawn' then
        update booking set version = version + 1, updated_at = p_now
        where tenant_id = app_tenant() and id = v_challenge.holder_id and status in ('option', 'pencil')
        returning * into v_holder;
        if found then
            perform booking_record_event(v_holder, 'booking.challenge_withdrawn', p_now, jsonb_build_object(
                'challenge', jsonb_build_object('id', v_challenge.id, 'challenger_id', v_challenge.challenger_id)));
        end if;
    end if;
end
$$;

-- Whatever became of a studio booking, by whichever move: whoever waits behind moves up, and a challenge
-- that has its answer is closed. Hung on the log, because every change is there, after it was made.
create function option_follow_event() returns trigger
language plpgsql
as $$
declare
    v_booking booking%rowtype;
    v_challenge option_challenge%rowtype;
    v_before jsonb := new.data -> 'before';
begin
    select * into v_booking from booking where tenant_id = new.tenant_id and id = new.booking_id;
    for v_challenge in
        select * from option_challenge c
        where c.tenant_id = new.tenant_id and c.holder_id = new.booking_id and c.status = 'open'
            and (v_booking.status not in ('option', 'pencil') or not exists (
                select from booking b where b.tenant_id = c.tenant_id and b.id = c.challenger_id
                    and b.resource_id = v_booking.resource_id
                    and b.starts_at < v_booking.ends_at and b.ends_at > v_booking.starts_at))
    loop
        perform option_close_challenge(v_challenge.id, 'answered', new.occurred_at);
    end loop;
    if v_booking.status <> 'option' then
        for v_challenge in
            select * from option_challenge c
            where c.tenant_id = new.tenant_id and c.challenger_id = new.booking_id and c.status = 'open'
        loop
            perform option_close_challenge(v_challenge.id, 'withdrawn', new.occurred_at);
        end loop;
    end if;
    perform option_rerank(v_booking.resource_id, v_booking.starts_at, v_booking.ends_at, new.occurred_at);
    if v_before ? 'starts_at' then
        perform option_rerank(
            (v_before ->> 'resource_id')::uuid, (v_before ->> 'starts_at')::timestamptz,
            (v_before ->> 'ends_at')::timestamptz, new.occurred_at);
    end if;
    return null;
end
$$;
create trigger option_follows_event after insert on booking_event
    for each row when (
        new.data -> 'service_id' = 'null'::jsonb
        and new.kind not in ('booking.option', 'booking.option_promoted', 'booking.option_demoted',
            'booking.challenged', 'booking.challenge_withdrawn'))
    execute function option_follow_event();

-- End one option, or a holder who did not answer; returns whether this call did.
create function option_expire_one(p_booking uuid, p_reason text, p_now timestamptz) returns boolean
language plpgsql
as $$
declare
    v_booking booking%rowtype;
begin
    update booking set
        status = 'expired', version = version + 1, sequence = sequence + 1, updated_at = p_now,
        option_rank = null, option_expires_at = null
    where tenant_id = app_tenant() and id = p_booking and status in ('option', 'pencil')
    returning * into v_booking;
    if not found then
        return false;
    end if;
    delete from allocation where tenant_id = app_tenant() and booking_id = p_booking;
    perform booking_record_event(v_booking, 'booking.expired', p_now, jsonb_build_object('reason', p_reason));
    return true;
end
$$;

-- Do what time has decided on a resource that is locked: in the order in which it fell due. Returns how much.
create function option_settle(p_resource uuid, p_now timestamptz) returns integer
language plpgsql
as $$
declare
    v_due record;
    v_count integer := 0;
begin
    loop
        select due.* into v_due from (
            select b.id, null::uuid as challenge, b.option_expires_at as at from booking b
            where b.tenant_id = app_tenant() and b.resource_id = p_resource and b.service_id is null
                and b.status = 'option' and b.option_expires_at <= p_now
            union all
            select c.holder_id, c.id, c.answer_by from option_challenge c
            where c.tenant_id = app_tenant() and c.resource_id = p_resource
                and c.status = 'open' and c.answer_by <= p_now) due
        order by due.at, due.id limit 1;
        exit when not found;
        if v_due.challenge is not null then
            perform option_close_challenge(v_due.challenge, 'overdue', p_now);
        end if;
        perform option_expire_one(
            v_due.id, case when v_due.challenge is null then 'time' else 'challenge' end, p_now);
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;

-- Where time has decided something that nobody has written yet; without locks.
create function option_due_resources(p_resource uuid, p_limit integer) returns setof uuid
language sql stable
as $$
    select distinct due.resource_id from (
        select b.resource_id from booking b
        where b.tenant_id = app_tenant() and b.status = 'option' and b.option_expires_at <= clock_timestamp()
        union all
        select c.resource_id from option_challenge c
        where c.tenant_id = app_tenant() and c.status = 'open' and c.answer_by <= clock_timestamp()) due
    where p_resource is null or due.resource_id = p_resource
    order by 1 limit p_limit
$$;

-- The sweeper: one tenant of the context; a resource on which somebody is just working is left to them.
create function option_expire_due(p_limit integer) returns integer
language plpgsql
as $$
declare
    v_resource uuid;
    v_count integer := 0;
begin
    for v_resource in select option_due_resources(null, p_limit) loop
        perform from resource where tenant_id = app_tenant() and id = v_resource for no key update skip locked;
        continue when not found;
        v_count := v_count + option_settle(v_resource, clock_timestamp());
    end loop;
    return v_count;
end
$$;

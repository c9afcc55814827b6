-- Parts that the moves share. Each runs inside a move's transaction, after its locks.

-- Stable like to_char itself: declared otherwise it would be called instead of being merged in.
create function booking_instant(p_at timestamptz) returns text
language sql stable
as $$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

-- What is taken of a resource between two instants, in the lanes that it has; holds whose time is up included.
-- In one lane nothing overlaps, so of all that ends after the last instant only the next can have begun before
-- it: a calendar that is booked for a year ahead is not walked through. Merged into the statement that asks.
create function allocation_between(
    p_tenant uuid, p_resource uuid, p_capacity integer, p_from timestamptz, p_to timestamptz
) returns table (lane integer, starts_at timestamptz, ends_at timestamptz, expires_at timestamptz, booking_id uuid)
language sql stable
as $$
    select a.lane, a.starts_at, a.ends_at, a.expires_at, a.booking_id from allocation a
    where p_capacity = 1 and a.tenant_id = p_tenant and a.resource_id = p_resource and a.lane = 0
        and a.ends_at > p_from and a.ends_at <= p_to
    union all
    select next.* from (
        select a.lane, a.starts_at, a.ends_at, a.expires_at, a.booking_id from allocation a
        where p_capacity = 1 and a.tenant_id = p_tenant and a.resource_id = p_resource and a.lane = 0
            and a.ends_at > p_to
        order by a.ends_at limit 1) next
    where next.starts_at < p_to
    union all
    select a.lane, a.starts_at, a.ends_at, a.expires_at, a.booking_id from allocation a
    where p_capacity > 1 and a.tenant_id = p_tenant and a.resource_id = p_resource and a.lane < p_capacity
        and a.ends_at > p_from and a.starts_at < p_to
$$;

-- Append the event of a move: the booking as it is now, sealed columns left out, and what the move adds.
create function booking_record_event(
    p_booking booking, p_kind text, p_at timestamptz, p_more jsonb default '{}'
) returns void
language plpgsql
as $$
begin
    insert into booking_event (tenant_id, booking_id, kind, version, occurred_at, data)
    values (p_booking.tenant_id, p_booking.id, p_kind, p_booking.version, p_at,
        to_jsonb(p_booking) - array['contact', 'notes', 'cancellation_reason'] || jsonb_build_object(
            'allocations', (
                select coalesce(jsonb_agg(to_jsonb(a) - array['tenant_id', 'booking_id'] order by a.id), '[]')
                from allocation a where a.tenant_id = p_booking.tenant_id and a.booking_id = p_booking.id)) || p_more);
end
$$;

-- End one hold whose time is up, if nobody has ended it yet. Returns whether this call did.
create function booking_expire_one(p_booking uuid, p_now timestamptz) returns boolean
language plpgsql
as $$
declare
    v_booking booking%rowtype;
begin
    update booking set status = 'expired', version = version + 1, updated_at = p_now
    where tenant_id = app_tenant() and id = p_booking and status = 'held' and hold_expires_at <= p_now
    returning * into v_booking;
    if not found then
        return false;
    end if;
    delete from allocation where tenant_id = app_tenant() and booking_id = p_booking;
    perform booking_record_event(v_booking, 'booking.expired', p_now);
    return true;
end
$$;

-- Give back the time of expired holds on these resources, so that it is free at once with the sweeper
-- stopped too. In id order: two transactions that meet here wait for each other, never in a circle.
create function booking_release_expired(p_resources uuid[], p_now timestamptz) returns void
language plpgsql
as $$
declare
    expired uuid;
begin
    if not exists (
        select from allocation
        where tenant_id = app_tenant() and resource_id = any (p_resources) and expires_at <= p_now
    ) then
        return;
    end if;
    for expired in
        select distinct booking_id from allocation
        where tenant_id = app_tenant() and resource_id = any (p_resources) and expires_at <= p_now
        order by booking_id
    loop
        perform booking_expire_one(expired, p_now);
    end loop;
end
$$;

-- Find the customer by e-mail, else by phone, else make one. An existing customer's own data is never
-- overwritten by what a guest typed; the booking keeps its own copy.
create function booking_customer(
    p_customer uuid, p_contact bytea, p_email_index bytea, p_phone_index bytea
) returns uuid
language plpgsql
as $$
declare
    known uuid;
begin
    if p_contact is null then
        return null;
    end if;
    if p_email_index is null then
        select id into known from customer
        where tenant_id = app_tenant() and phone_index = p_phone_index order by id limit 1;
    else
        select id into known from customer where tenant_id = app_tenant() and email_index = p_email_index;
    end if;
    if known is null then
        insert into customer (tenant_id, id, contact, email_index, phone_index)
        values (app_tenant(), p_customer, p_contact, p_email_index, p_phone_index)
        on conflict (tenant_id, email_index) where email_index is not null do nothing
        returning id into known;
    end if;
    if known is null then
        select id into known from customer where tenant_id = app_tenant() and email_index = p_email_index;
    end if;
    return known;
end
$$;

-- Lock the resources a booking takes (of an option, which takes none yet, the one whose queue it is in), in id
-- order, then the instance it has seats of; the next statement may read the clock.
create function booking_lock_resources(p_booking uuid) returns void
language plpgsql
as $$
begin
    perform r.id from resource r
    where r.tenant_id = app_tenant() and r.id in (
        select a.resource_id from allocation a
        where a.tenant_id = app_tenant() and a.booking_id = p_booking
        union all
        select b.resource_id from booking b
        where b.tenant_id = app_tenant() and b.id = p_booking and b.status = 'option')
    order by r.id for no key update;
    perform from slot_instance s
    where s.tenant_id = app_tenant() and s.id = (
        select b.slot_id from booking b where b.tenant_id = app_tenant() and b.id = p_booking)
    for no key update;
    -- What time has decided in a studio's queue comes before any move on it.
    perform option_settle(b.resource_id, clock_timestamp()) from booking b
    where b.tenant_id = app_tenant() and b.id = p_booking and b.service_id is null
        and b.status in ('option', 'pencil');
end
$$;

-- Whether the caller may touch this booking: staff, or the holder of a token for this action that still counts.
-- The manage token does for every action. p_even_used also lets in whoever has used its token up: for the kept
-- answers of retries only, and to be asked again without it under the booking's lock.
create function booking_may_touch(
    p_booking uuid, p_token_hash bytea, p_is_staff boolean, p_action text default 'manage',
    p_even_used boolean default false
) returns boolean
language plpgsql stable
as $$
begin
    return p_is_staff or exists (
        select from booking_token t
        where t.tenant_id = app_tenant() and t.token_hash = p_token_hash and t.booking_id = p_booking
            and t.action in ('manage', p_action) and (p_even_used or t.used_at is null)
            and t.expires_at > clock_timestamp());
end
$$;

-- A token that changes something does so once; the manage token and links to look stay.
create function booking_use_token(p_token_hash bytea, p_now timestamptz) returns void
language plpgsql
as $$
begin
    if p_token_hash is not null then
        update booking_token set used_at = p_now
        where tenant_id = app_tenant() and token_hash = p_token_hash
            and action in ('confirm', 'cancel', 'reschedule') and used_at is null;
    end if;
end
$$;

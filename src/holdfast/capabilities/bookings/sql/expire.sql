-- The sweeper: end every hold whose time is up, tenant by tenant, each in its own context. Rows that a
-- move is just working on are skipped; the move itself sees that the time is up. Of seats the instance is
-- locked first, as everywhere. Returns how many.
create function booking_expire_due(p_limit integer) returns integer
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
    v_tenant uuid;
    v_booking uuid;
    v_slot uuid;
    v_left integer := p_limit;
begin
    for v_tenant in select id from tenant order by id loop
        perform set_config('app.tenant', v_tenant::text, true);
        for v_booking, v_slot in
            select id, slot_id from booking
            where tenant_id = v_tenant and status = 'held' and hold_expires_at <= clock_timestamp()
            order by hold_expires_at limit v_left
        loop
            if v_slot is not null then
                perform from slot_instance where tenant_id = v_tenant and id = v_slot
                for no key update skip locked;
            else
                perform from booking where tenant_id = v_tenant and id = v_booking for no key update skip locked;
            end if;
            continue when not found;
            if booking_expire_one(v_booking, clock_timestamp()) then
                v_left := v_left - 1;
            end if;
        end loop;
        exit when v_left <= 0;
    end loop;
    perform set_config('app.tenant', '', true);
    return p_limit - v_left;
end
$$;

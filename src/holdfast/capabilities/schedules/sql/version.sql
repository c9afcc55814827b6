-- Raise the schedule version of a tenant whenever something a start depends on changes. Taking the
-- resource locks first, in their order, makes it wait for bookings that are just being written, and
-- them for it: no booking is stored against hours that have gone.
create function raise_schedule_version() returns trigger
language plpgsql
as $$
begin
    perform 1 from resource where tenant_id = app_tenant() order by id for no key update;
    insert into schedule_version (tenant_id) values (app_tenant())
    on conflict (tenant_id) do update set version = schedule_version.version + 1;
    -- Until it commits, this version is nobody else's to know.
    perform set_config('app.schedule_changed', 'true', true);
    return null;
end
$$;

create trigger location_raises_version after insert or update or delete on location
    for each statement execute function raise_schedule_version();
create trigger resource_raises_version after insert or update or delete on resource
    for each statement execute function raise_schedule_version();
create trigger service_raises_version after insert or update or delete on service
    for each statement execute function raise_schedule_version();
create trigger opening_rule_raises_version after insert or update or delete on opening_rule
    for each statement execute function raise_schedule_version();
create trigger blackout_raises_version after insert or update or delete on blackout
    for each statement execute function raise_schedule_version();

-- Changing one resource locks its row before the trigger above locks them all in order; a booking that holds
-- an earlier one would wait for it in a circle. So all are locked before the first row is touched.
create function lock_resources_in_order() returns trigger
language plpgsql
as $$
begin
    perform 1 from resource where tenant_id = app_tenant() order by id for no key update;
    return null;
end
$$;
create trigger resource_is_changed_in_order before update or delete on resource
    for each statement execute function lock_resources_in_order();

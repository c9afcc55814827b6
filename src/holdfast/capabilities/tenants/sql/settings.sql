-- What a business sets, with its history: who changed what, and what it was before.
alter table tenant add column settings_version integer not null default 1;

create table tenant_setting_change (
    tenant_id uuid not null references tenant (id),
    -- The version that the change made.
    version integer not null,
    before jsonb not null,
    after jsonb not null,
    actor text not null default app_actor(),
    request_id text not null default app_request_id(),
    changed_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, version)
);
select protect_tenant_table('tenant_setting_change');
create trigger tenant_setting_change_is_append_only before update or delete on tenant_setting_change
    for each row execute function refuse_change();

-- Whoever changes settings, by whatever statement, raises their version and leaves a line of history. The line
-- is under row security, the tenant is not: settings can thus be changed in their own business's context only.
create function tenant_settings_change() returns trigger
language plpgsql
as $$
begin
    new.settings_version := old.settings_version + 1;
    insert into tenant_setting_change (tenant_id, version, before, after)
    values (new.id, new.settings_version, old.settings, new.settings);
    return new;
end
$$;
create trigger tenant_settings_have_history before update of settings on tenant
    for each row when (old.settings is distinct from new.settings) execute function tenant_settings_change();

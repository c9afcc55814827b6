-- One data key a tenant, wrapped by the master key that never enters the database. Deleting the row
-- makes everything sealed with it unreadable (crypto-erasure).
create table tenant_key (
    tenant_id uuid not null,
    key_id smallint not null default 1,
    wrapped_key bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, key_id)
);
select protect_tenant_table('tenant_key');

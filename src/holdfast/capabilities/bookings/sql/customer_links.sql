-- Links by which customers find their own bookings: whoever reads the mails of an address sees its bookings.
-- Only hashes are kept, of random tokens that left with a mail; a request leaves the links before it alone.
create table customer_link (
    tenant_id uuid not null,
    token_hash bytea not null check (length(token_hash) = 32),
    -- Blind index of the address the link was mailed to; never the address itself.
    email_index bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (tenant_id, token_hash),
    check (created_at < expires_at)
);
create index customer_link_email on customer_link (tenant_id, email_index);
create index customer_link_end on customer_link (tenant_id, expires_at);
select protect_tenant_table('customer_link');

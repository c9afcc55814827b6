-- A business's public face: albums, pictures with their variants, and what its pages say in each language.
create table album (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    title text not null check (length(title) between 1 and 120),
    is_published boolean not null default true,
    display_order integer not null default 0,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
select protect_tenant_table('album');

create table picture (
    tenant_id uuid not null references tenant (id),
    id uuid not null,
    album_id uuid,
    -- What it shows, for whoever cannot see it; and what stands below it.
    alt text not null default '' check (length(alt) <= 300),
    caption text not null default '' check (length(caption) <= 500),
    status text not null default 'processing' check (status in ('processing', 'ready', 'failed')),
    -- Why it failed, as a stable code.
    problem text not null default '',
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    placeholder text not null default '' check (length(placeholder) <= 2000),
    colour text not null default '' check (colour ~ '^(#[0-9a-f]{6})?$'),
    -- [{"format", "width", "height", "name", "bytes"}, …], as far as they are made; and how many there will be.
    variants jsonb not null default '[]' check (jsonb_typeof(variants) = 'array'),
    variants_wanted smallint not null check (variants_wanted > 0),
    -- Of the upload: the same one sent twice is one picture.
    content_hash bytea not null,
    display_order integer not null default 0,
    -- Taken off the pages; its files go some weeks later, until then it can come back.
    removed_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, album_id) references album (tenant_id, id)
);
create index picture_album on picture (tenant_id, album_id, display_order);
create unique index picture_once on picture (tenant_id, content_hash) where removed_at is null;
select protect_tenant_table('picture');

create table portfolio (
    tenant_id uuid not null references tenant (id),
    hero_picture_id uuid,
    -- {"en": {"headline", "lede", "about", "policy"}, "ar": {…}}
    texts jsonb not null default '{}' check (jsonb_typeof(texts) = 'object'),
    -- [{"label", "url"}, …]
    links jsonb not null default '[]' check (jsonb_typeof(links) = 'array'),
    version integer not null default 1,
    updated_at timestamptz not null default now(),
    primary key (tenant_id),
    foreign key (tenant_id, hero_picture_id) references picture (tenant_id, id)
);
create index portfolio_hero on portfolio (tenant_id, hero_picture_id);
select protect_tenant_table('portfolio');

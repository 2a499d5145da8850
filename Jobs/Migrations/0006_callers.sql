-- Who may call, what it may, and who changed that. Tokens are kept as SHA-256: they have 256 random bits, so there is nothing to guess that a slow hash would
-- make dearer, and a hash in a copy of the database opens nothing.

create table caller (
  name             text not null,
  source           text not null,                -- 'api', or 'file' (CALLERS_FILE), which only the file changes
  roles            text[] not null,
  owner_services   text[],                       -- null for the platform's own, which are for all of them
  task_types       text[],                       -- null for every one
  tenant           text,
  default_priority smallint not null,
  highest_priority smallint not null,
  request_rate     float8,                       -- requests a second; null for no limit, as below
  most_waiting     int,                          -- jobs of each owner service
  most_running     int,                          -- jobs of each owner service
  expires_at       timestamptz,
  created_at       timestamptz not null default now(),
  revoked_at       timestamptz,
  constraint caller_pkey primary key (name),
  constraint caller_source_is_known check (source in ('api', 'file')),
  constraint caller_roles_are_known check (roles <@ array['submit', 'work', 'read', 'admin'] and cardinality(roles) > 0),
  constraint caller_of_owners_only_submits_and_reads check (owner_services is null or roles <@ array['submit', 'read']),
  constraint caller_of_a_tenant_has_owners check (tenant is null or owner_services is not null),
  constraint caller_has_owners check (cardinality(owner_services) > 0),
  constraint caller_priorities_are_known check (default_priority in (1, 3, 5) and highest_priority in (1, 3, 5) and default_priority >= highest_priority),
  constraint caller_limits_in_range check (request_rate > 0 and most_waiting > 0 and most_running > 0)
);

create table caller_token (
  id         uuid not null,
  caller     text not null,
  hash       bytea not null,
  hint       text not null,                      -- the first characters, for people
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  constraint caller_token_pkey primary key (id),
  constraint caller_token_caller_is_known foreign key (caller) references caller (name),
  constraint caller_token_hash_is_unique unique (hash),
  constraint caller_token_hash_is_sha256 check (octet_length(hash) = 32)
);

create index caller_token_by_caller on caller_token (caller);

create table audit (
  id     bigint generated always as identity,
  at     timestamptz not null default now(),
  actor  text not null,
  action text not null,
  target text not null,
  detail json,
  constraint audit_pkey primary key (id)
);

-- One row, which every change of callers locks first and counts up last: changes come one after the other, and who asks for the number sees each of them.
create table caller_version (
  version bigint not null,
  is_only boolean not null default true,
  constraint caller_version_pkey primary key (is_only),
  constraint caller_version_is_one_row check (is_only)
);

insert into caller_version (version) values (0);

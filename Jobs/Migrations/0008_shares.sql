-- Who gets how much of the lanes: where owners take turns, and what each of them may have.

-- Lanes in which owners of one priority take turns instead of the order of submission. '*' stands for every task type or profile.
create table fair_lane (
  task_type     text not null,
  model_profile text not null,
  since         timestamptz not null default now(),
  constraint fair_lane_pkey primary key (task_type, model_profile)
);

-- Owner services that are not as all others.
create table owner_share (
  owner_service text not null,
  weight        float8 not null default 1,      -- turns against an owner of weight 1
  most_running  int,                            -- jobs that may run at a time; null for no limit
  constraint owner_share_pkey primary key (owner_service),
  constraint owner_share_weight_in_range check (weight between 0.01 and 1000),
  constraint owner_share_most_running_in_range check (most_running >= 1)
);

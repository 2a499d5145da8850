-- Days are made and dropped with the rights of whoever owns the tables, so that the processes need none to change the schema. What the functions call is looked
-- for in this schema alone: never among temporary tables, which any user may make. They change no more than the name of a day can say.
do $$
declare
  upkeep text;
begin
  foreach upkeep in array array['make_day(date)', 'drop_day(date, interval)'] loop
    execute format('alter function %s security definer set search_path = %I, pg_temp', upkeep, current_schema());
    execute format('revoke execute on function %s from public', upkeep);
  end loop;
end
$$;

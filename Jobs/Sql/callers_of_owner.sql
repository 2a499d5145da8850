-- Who names an owner service and is not revoked. In: $1 owner_service text. Out: name, by name. Locks: none.
select name from caller where revoked_at is null and owner_services @> array[$1] order by name

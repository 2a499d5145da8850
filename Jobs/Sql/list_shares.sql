-- What has been said of owners. Out: owner_service, weight, most_running (null for no limit). Locks: none.
select owner_service, weight, most_running from owner_share order by owner_service

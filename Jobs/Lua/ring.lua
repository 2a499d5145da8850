-- Says that something about each of several jobs has changed.
-- KEYS 1 the epoch: not touched, it says on which node to run. ARGV 1… the jobs' channels. Returns how many listeners heard it.
local heard = 0
for i = 1, #ARGV do
  heard = heard + redis.call('PUBLISH', ARGV[i], 'changed')
end
return heard

using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>Random pushes, takes, ends, returns and changes of shares, by the scripts alone: after each of them the lines say what the lanes say, and every
/// take is one that the contract allows. The seed is printed; <c>SHARE_SEED</c> repeats a run.</summary>
public sealed class ShareModelTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    const int Lanes = 3;
    const int OwnersMost = 6;
    const int Sequences = 12;
    const int Steps = 60;

    static readonly string[] Modes = ["fair", "fifo", "-"];
    static readonly int[] Levels = [1, 3, 5];

    [Fact]
    public async Task No_job_is_lost_or_handed_out_twice_and_limits_and_order_hold()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SHARE_SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SHARE_SEED={seed}");
        await Task.WhenAll(Enumerable.Range(0, Sequences).Select(i => new Run(quiet.Host.Redis, new Random(seed + i)).RunAsync()));
    }

    /// <summary>Owners that all have jobs waiting, some of which are given back and some of which fail.</summary>
    [Fact]
    public async Task What_owners_get_never_differs_from_their_weights_by_more_than_a_few_turns()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SHARE_SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SHARE_SEED={seed}");
        var (chance, index) = (new Random(seed), new SplitScripts(quiet.Host.Redis));
        await index.BuiltAsync();
        var weights = Enumerable.Range(1, 4).ToDictionary(owner => owner, _ => chance.Next(1, 7) / 2.0);
        var jobs = weights.Keys.SelectMany(owner => Enumerable.Range(0, 400).Select(number => new LineJob(1, 3, 1_000 * owner + number, owner))).ToDictionary(job => job.Id);
        await index.ShowSharesAsync("fair", owners: [.. weights.Select(owner => (owner.Key, owner.Value, (int?)null))]);
        await index.PushAsync("move", [.. jobs.Values]);

        var had = weights.ToDictionary(owner => owner.Key, _ => 0.0);
        for (var step = 0; step < 80; step++)
        {
            LineJob[] taken = [.. (await index.TakeAsync(chance.Next(1, 5), 1)).Select(id => jobs[id])];
            foreach (var job in taken)
            {
                had[job.Owner] += 1 / weights[job.Owner];
            }
            Assert.All(weights, one => Assert.All(weights, other =>
                Assert.True(Math.Abs(had[one.Key] - had[other.Key]) <= 2 / one.Value + 2 / other.Value + 1e-9, $"step {step}: {string.Join(' ', had)}")));
            var back = taken[chance.Next(taken.Length)];
            var spent = chance.Next(2) == 0;
            await index.PushAsync(spent ? "spent" : "move", [back]);
            had[back.Owner] -= spent ? 0 : 1 / weights[back.Owner];
        }
    }

    /// <summary>One index and what it should hold.</summary>
    sealed class Run(IDatabase redis, Random chance)
    {
        readonly SplitScripts _index = new(redis);
        readonly HashSet<LineJob> _waiting = [];
        readonly HashSet<LineJob> _delayed = [];
        readonly HashSet<LineJob> _taken = [];
        readonly string[] _modes = ["-", .. Enumerable.Repeat("-", Lanes)];
        readonly Dictionary<int, int> _limits = [];
        int _number;

        public async Task RunAsync()
        {
            await _index.BuiltAsync();
            for (var step = 0; step < Steps; step++)
            {
                await (chance.Next(10) switch
                {
                    < 3 => PushAsync(),
                    < 6 => TakeAsync(),
                    < 7 => EndAsync(),
                    < 8 => ReturnAsync(),
                    < 9 => CancelAsync(),
                    _ => ChangeAsync(),
                });
                await CompareAsync();
            }
            _limits.Clear();
            await ShowAsync();
            await PushDueAsync();
            var left = _waiting.Select(job => job.Id).Order();
            Assert.Equal(left, (await _index.TakeAsync(3_000, [.. Enumerable.Range(1, Lanes)])).Order());
        }

        async Task PushAsync()
        {
            LineJob[] jobs =
            [
                .. Enumerable.Range(0, chance.Next(1, 12)).Select(_ => new LineJob(
                    chance.Next(1, Lanes + 1), Levels[chance.Next(3)], _number++, chance.Next(1, OwnersMost + 1))),
            ];
            var late = chance.Next(5) == 0;
            await _index.PushAsync("move", jobs, delayMs: late ? 3_600_000 : 0);
            (late ? _delayed : _waiting).UnionWith(jobs);
        }

        async Task PushDueAsync()
        {
            if (_delayed.Count > 0)
            {
                await _index.PushAsync("move", [.. _delayed]);
                _waiting.UnionWith(_delayed);
                _delayed.Clear();
            }
        }

        bool IsAtLimit(int owner) => _limits.TryGetValue(owner, out var most) && _taken.Count(job => job.Owner == owner) >= most;

        async Task TakeAsync()
        {
            int[] lanes = [.. Enumerable.Range(1, Lanes).Where(_ => chance.Next(4) > 0)];
            var limit = chance.Next(1, 8);
            var ids = await _index.TakeAsync(limit, lanes);
            foreach (var id in ids)
            {
                var job = Assert.Single(_waiting, job => job.Id == id);
                Assert.Contains(job.Lane, lanes);
                Assert.False(IsAtLimit(job.Owner));
                var open = _waiting.Where(other => lanes.Contains(other.Lane) && !IsAtLimit(other.Owner)).ToArray();
                var highest = open.Min(other => other.Level);
                Assert.Equal(highest, job.Level);
                // The oldest of all says which lane; in it, the oldest of somebody.
                Assert.Equal(open.Where(other => other.Level == highest).MinBy(other => other.Number)!.Lane, job.Lane);
                var same = open.Where(other => other.Level == highest && other.Lane == job.Lane && (_modes[job.Lane] != "fair" || other.Owner == job.Owner));
                Assert.Equal(same.Min(other => other.Number), job.Number);
                _waiting.Remove(job);
                _taken.Add(job);
            }
            Assert.Equal(ids.Length < limit, ids.Length < limit && !_waiting.Any(job => lanes.Contains(job.Lane) && !IsAtLimit(job.Owner)));
        }

        async Task EndAsync()
        {
            LineJob[] jobs = [.. _taken.Where(_ => chance.Next(2) == 0)];
            if (jobs.Length > 0)
            {
                await _index.FinishAsync(jobs);
                _taken.ExceptWith(jobs);
            }
        }

        /// <summary>A worker gives its jobs back, or its lease has ended; some may start again only later.</summary>
        async Task ReturnAsync()
        {
            LineJob[] jobs = [.. _taken.Where(_ => chance.Next(2) == 0)];
            var late = chance.Next(3) == 0;
            if (jobs.Length > 0)
            {
                await _index.PushAsync("move", jobs, delayMs: late ? 3_600_000 : 0);
                _taken.ExceptWith(jobs);
                (late ? _delayed : _waiting).UnionWith(jobs);
            }
            await PushDueAsync();
        }

        async Task CancelAsync()
        {
            LineJob[] jobs = [.. _waiting.Concat(_delayed).Where(_ => chance.Next(4) == 0)];
            if (jobs.Length > 0)
            {
                await _index.FinishAsync(jobs);
                _waiting.ExceptWith(jobs);
                _delayed.ExceptWith(jobs);
            }
        }

        async Task ChangeAsync()
        {
            _limits.Clear();
            foreach (var owner in Enumerable.Range(1, OwnersMost).Where(_ => chance.Next(4) == 0))
            {
                _limits[owner] = chance.Next(1, 4);
            }
            foreach (var lane in Enumerable.Range(0, Lanes + 1))
            {
                _modes[lane] = Modes[chance.Next(_limits.Count > 0 ? 2 : 3)];
            }
            await ShowAsync();
            foreach (var job in _taken)
            {
                await _index.HoldAsync(job);
            }
        }

        Task<bool> TellAsync(string all, Func<int, string> mode) => _index.ShowSharesAsync(
            all, [.. Enumerable.Range(1, Lanes).Select(lane => (lane, mode(lane)))],
            [.. Enumerable.Range(1, OwnersMost).Select(owner => (owner, chance.Next(1, 5) / 2.0, _limits.TryGetValue(owner, out var most) ? most : (int?)null))]);

        async Task ShowAsync()
        {
            await TellAsync(_modes[0], lane => _modes[lane]);
            var lanes = await _index.BeginLiningAsync("run");
            if (lanes.Length > 0 && chance.Next(2) == 0)
            {
                // Half way, shares change: to nothing or to the same.
                await _index.LineUpAsync([.. _waiting.Where(_ => chance.Next(2) == 0), .. _taken]);
                if (chance.Next(2) == 0)
                {
                    await TellAsync("-", _ => "-");
                }
                await TellAsync(_modes[0], lane => _modes[lane]);
                Assert.Equal(0, await _index.EndLiningAsync("run", lanes));
                lanes = await _index.BeginLiningAsync("run");
            }
            if (lanes.Length > 0)
            {
                await _index.LineUpAsync([.. _waiting, .. _taken]);
                Assert.Equal(lanes.Length, await _index.EndLiningAsync("run", lanes));
            }
        }

        /// <summary>Lanes, lines and counts say what they should, whatever happened to them.</summary>
        async Task CompareAsync()
        {
            foreach (var lane in Enumerable.Range(1, Lanes))
            {
                var jobs = _waiting.Where(job => job.Lane == lane).ToArray();
                Assert.Equal(jobs.Select(job => job.Id).Order(), (await redis.SortedSetRangeByRankAsync(_index.Index.Lane(lane))).Select(id => $"{id}").Order());
                if (await _index.ModeAsync(lane) is null or "-")
                {
                    continue;
                }
                Assert.Equal(
                    jobs.Select(job => $"{job.Id} {job.Level}:{job.Owner}").Order(),
                    (await redis.HashGetAllAsync(_index.Key($"lines:{lane}"))).Select(line => $"{line.Name} {line.Value}").Order());
                var heads = (await redis.SortedSetRangeByRankAsync(_index.Key($"heads:{lane}"))).Select(place => $"{place}").ToArray();
                var parked = (await redis.SetMembersAsync(_index.Key($"parked:{lane}"))).Select(place => $"{place}").ToArray();
                Assert.Empty(heads.Intersect(parked));
                Assert.Equal(jobs.Select(job => $"{job.Level}:{job.Owner}").Distinct().Order(), heads.Concat(parked).Order());
                Assert.All(parked, place => Assert.True(IsAtLimit(int.Parse(place.Split(':')[1], null))));
            }
            if (_modes.Any(mode => mode != "-"))
            {
                var running = (await redis.HashGetAllAsync(_index.Key("running"))).ToDictionary(owner => (int)owner.Name, owner => (int)owner.Value);
                var taken = _taken.Where(job => _modes[job.Lane] != "-").GroupBy(job => job.Owner).ToDictionary(owner => owner.Key, owner => owner.Count());
                Assert.All(taken, owner => Assert.True(running.GetValueOrDefault(owner.Key) >= owner.Value));
                Assert.All(running, owner => Assert.True(owner.Value <= _taken.Count(job => job.Owner == owner.Key)));
            }
        }
    }
}

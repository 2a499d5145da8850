using System.Diagnostics;
using System.Text.Json;

namespace AiPlatform.Bench.Systems;

/// <summary>Answers the bench's commands for one of our own levels, with the same timing loops as <c>peers/protocol.mjs</c>.</summary>
sealed class CommandLoop(IOwnLevel level)
{
    const int Prefetch = 500;
    const int ClaimLimit = 250;
    const int Claims = 2;

    /// <summary>Timers are rounded to milliseconds: a sender that is later than this counts its jobs from when it should have sent them.</summary>
    static readonly TimeSpan TimerRounding = TimeSpan.FromMilliseconds(2);

    static readonly string[] Levels = ["low", "normal", "high"];

    public async Task RunAsync(TextReader commands, TextWriter answers, CancellationToken ct)
    {
        await SayAsync(answers, new Answer(
            Version: $"{typeof(CommandLoop).Assembly.GetName().Version} on .NET {Environment.Version}",
            Settings: $"drain: up to {Prefetch} jobs in hand and {Prefetch} results waiting for their commit, {Claims} claims at a time (one where the order is looked at) of up to {ClaimLimit}; "
                + $"otherwise as many in hand as slots; {level.Settings}",
            RoundTrip: true));
        while (await commands.ReadLineAsync(ct) is { } line)
        {
            var command = JsonSerializer.Deserialize(line, WireJson.Default.Command)!;
            await SayAsync(answers, await (command.Do switch
            {
                "add" => AddAsync(command, ct),
                "bulk" => BulkAsync(command, ct),
                "drain" => DrainAsync(command),
                "pickup" => PickupAsync(command, ct),
                "round-trip" => RoundTripAsync(command, ct),
                "stats" => StatsAsync(command, ct),
                "shares" => SetSharesAsync(command, ct),
                _ => throw new InvalidOperationException($"There is no command '{command.Do}'."),
            }));
        }
    }

    static async Task SayAsync(TextWriter answers, Answer answer)
    {
        await answers.WriteLineAsync(JsonSerializer.Serialize(answer, WireJson.Default.Answer));
        await answers.FlushAsync();
    }

    async Task<Answer> AddAsync(Command command, CancellationToken ct)
    {
        var next = -1;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, command.Parallel).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var n && n < command.Count)
            {
                await level.AddAsync(BenchJob.Of(n), ct);
            }
        }));
        return new Answer(Since(start));
    }

    async Task<Answer> BulkAsync(Command command, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var numbers in Enumerable.Range(command.From, command.Count).Chunk(command.Size))
        {
            await level.AddManyAsync([.. numbers.Select(n => BenchJob.Of(n, command.Mix ? Levels[n % Levels.Length] : command.Level, command.Owners))], ct);
        }
        return new Answer(Since(start));
    }

    async Task<Answer> DrainAsync(Command command)
    {
        var order = new List<int>();
        var (start, left) = (0L, command.Count);
        var done = NewSignal();
        // Two claims at a time overtake each other.
        await using var worker = Worker(command.Slots, Prefetch, ClaimLimit, command.Order ? 1 : Claims, command.Count, run: job =>
        {
            Interlocked.CompareExchange(ref start, Stopwatch.GetTimestamp(), 0);
            if (command.Order)
            {
                lock (order)
                {
                    order.Add(job.N);
                }
            }
            return Task.CompletedTask;
        }, acknowledged: () =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                done.SetResult();
            }
        });
        await FirstAsync(done, worker);
        return new Answer(Since(start), Order: command.Order ? [.. order] : null);
    }

    async Task<Answer> PickupAsync(Command command, CancellationToken ct)
    {
        var at = command.At!;
        var from = new long[at.Length];
        var samples = new double[at.Length];
        var left = at.Length;
        var done = NewSignal();
        await using var worker = Worker(command.Slots, command.Slots, command.Slots, 1, int.MaxValue, run: job =>
        {
            if (command.BusyMs > 0 && (command.Owners > 0 ? job.Owner is null : job.Level != command.Level))
            {
                return Task.Delay(TimeSpan.FromMilliseconds(command.BusyMs * (1 + (command.Spread * Deviation(job.N)))), ct);
            }
            samples[job.N] = Since(Volatile.Read(ref from[job.N]));
            if (Interlocked.Decrement(ref left) == 0)
            {
                done.SetResult();
            }
            return Task.CompletedTask;
        }, acknowledged: () => { });

        var adds = new List<Task>(at.Length);
        var start = Stopwatch.GetTimestamp();
        foreach (var (n, ms) in at.Index())
        {
            var due = start + (long)(ms * Stopwatch.Frequency / 1000);
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, ct);
            }
            var now = Stopwatch.GetTimestamp();
            Volatile.Write(ref from[n], Stopwatch.GetElapsedTime(due, now) > TimerRounding ? due : now);
            adds.Add(level.AddAsync(BenchJob.Of(n, command.Level, command.Owners), ct));
        }
        await Task.WhenAll(adds);
        await FirstAsync(done, worker);
        return new Answer(Samples: samples);
    }

    async Task<Answer> RoundTripAsync(Command command, CancellationToken ct)
    {
        await using var worker = Worker(
            command.Slots, command.Slots, command.Slots, 1, int.MaxValue, run: _ => Task.CompletedTask, acknowledged: () => { });
        var samples = new double[command.Count];
        for (var n = 0; n < samples.Length; n++)
        {
            var start = Stopwatch.GetTimestamp();
            await level.CallAsync(BenchJob.Of(n), ct);
            samples[n] = Since(start);
        }
        return new Answer(Samples: samples);
    }

    async Task<Answer> StatsAsync(Command command, CancellationToken ct)
    {
        var samples = new double[command.Count];
        for (var n = 0; n < samples.Length; n++)
        {
            var start = Stopwatch.GetTimestamp();
            await level.ReadStatsAsync(ct);
            samples[n] = Since(start);
        }
        return new Answer(Samples: samples);
    }

    async Task<Answer> SetSharesAsync(Command command, CancellationToken ct)
    {
        await level.SetSharesAsync(command.Fair, command.MostRunning, ct);
        return new Answer();
    }

    BenchWorker Worker(int slots, int hold, int limit, int claims, int most, Func<BenchJob, Task> run, Action acknowledged) =>
        new(level, slots, hold, limit, claims, most, run, acknowledged);

    /// <summary>Waits for the signal, or for the failure of the worker that should give it.</summary>
    static async Task FirstAsync(TaskCompletionSource done, BenchWorker worker) => await await Task.WhenAny(done.Task, FailureAsync(worker));

    static async Task FailureAsync(BenchWorker worker)
    {
        await worker.Ended;
        throw new InvalidOperationException("The worker ended before its jobs.");
    }

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From -1 to 1: even over any run of numbers, and unlike that of the next (multiples of the golden ratio).</summary>
    static double Deviation(int number) => (2 * (number * 0.6180339887498949 % 1)) - 1;

    static double Since(long start) => Stopwatch.GetElapsedTime(start).TotalMilliseconds;
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AiPlatform.Bench.Servers;

namespace AiPlatform.Bench.Workloads;

/// <summary>Two thousand callers who wait for jobs that do not end, and five hundred who follow their events: what does one API need for them, and what do they cost
/// all others?</summary>
sealed class Crowd : IWorkload
{
    const int Waiting = 2_000;
    const int Following = 500;

    /// <summary>Of the others: one submit, then one read, at a pace that the machine keeps easily.</summary>
    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>Nobody serves its task type.</summary>
    const string Job = """{"owner_service":"crowd","task_type":"crowd","input":{}}""";

    static readonly MediaTypeHeaderValue Json = new("application/json");

    public const string Alone = "alone";
    public const string Among = "among them";
    public const string Submit = "submit ";
    public const string Read = "read ";
    public const string Megabytes = "memory of the API, MiB";

    public string Name => "crowd";

    public int MostRounds => 3;

    public bool IsOnlyByName => true;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await using var system = await RunningSystem.StartAsync(ct);
        using var api = new HttpClient { BaseAddress = system.Address("api"), Timeout = TimeSpan.FromMinutes(2) };
        await MeasureAsync(api, round.Sizes.CrowdCalls / 4, ct);

        await NoteAsync(round, api, Alone, ct);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var jobs = await SubmitManyAsync(api, Waiting, ct);
        using var opened = new CountdownEvent(Following);
        var crowd = jobs.Select(job => WaitAsync(api, job, leave.Token))
            .Concat(jobs.Take(Following).Select(job => FollowAsync(api, job, opened, leave.Token))).ToList();
        await Task.Run(() => opened.Wait(ct), ct);
        await NoteAsync(round, api, Among, ct);
        if (crowd.FirstOrDefault(caller => caller.IsFaulted) is { Exception: { } failure })
        {
            throw new BenchException($"One of the crowd was not served: {failure.GetBaseException().Message}");
        }
        await leave.CancelAsync();
        await Task.WhenAll(crowd);
    }

    static async Task NoteAsync(Round round, HttpClient api, string state, CancellationToken ct)
    {
        round.Results.Probes.Add(MachineProbe.Milliseconds());
        var (submits, reads) = await MeasureAsync(api, round.Sizes.CrowdCalls, ct);
        foreach (var (route, samples) in new[] { (Submit, submits), (Read, reads) })
        {
            round.Results.Add(Tables.Crowd, $"{route}p50", state, Numbers.Percentile(samples, 0.5));
            round.Results.Add(Tables.Crowd, $"{route}p99", state, Numbers.Percentile(samples, 0.99));
            Progress.Say($"  {state,-24} {route,-10} p50 {Numbers.Text(Numbers.Percentile(samples, 0.5))}, p99 {Numbers.Text(Numbers.Percentile(samples, 0.99))} ms");
        }
        var resident = Memory.Of("AiPlatform.Api.dll") ?? throw new BenchException("The API is not among the processes of this run.");
        round.Results.Add(Tables.Crowd, Megabytes, state, resident);
        Progress.Say($"  {state,-24} {Numbers.Text(resident)} MiB");
    }

    /// <summary>At a fixed pace, whether the last call was answered or not: a slow answer does not put off the next call.</summary>
    static async Task<(double[] Submits, double[] Reads)> MeasureAsync(HttpClient api, int calls, CancellationToken ct)
    {
        using var pace = new PeriodicTimer(Pace);
        var running = new List<Task<(double Submit, double Read)>>(calls);
        while (running.Count < calls && await pace.WaitForNextTickAsync(ct))
        {
            running.Add(CallAsync(api, ct));
        }
        var done = await Task.WhenAll(running);
        return ([.. done.Select(call => call.Submit)], [.. done.Select(call => call.Read)]);
    }

    static async Task<(double Submit, double Read)> CallAsync(HttpClient api, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        var job = (await SubmitAsync(api, "/api/v1/jobs", Job, ct)).GetProperty("id").GetGuid();
        var submit = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        using var answer = await api.GetAsync(new Uri($"/api/v1/jobs/{job}", UriKind.Relative), ct);
        answer.EnsureSuccessStatusCode();
        return (submit, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    static async Task<List<Guid>> SubmitManyAsync(HttpClient api, int jobs, CancellationToken ct)
    {
        var answer = await SubmitAsync(api, "/api/v1/jobs/batch", $$"""{"jobs":[{{string.Join(',', Enumerable.Repeat(Job, jobs))}}]}""", ct);
        return [.. answer.GetProperty("ids").EnumerateArray().Select(id => id.GetGuid())];
    }

    static async Task<JsonElement> SubmitAsync(HttpClient api, string route, string body, CancellationToken ct)
    {
        using var content = new StringContent(body, Encoding.UTF8, Json);
        using var answer = await api.PostAsync(new Uri(route, UriKind.Relative), content, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? JsonElement.Parse(text) : throw new BenchException($"{route} answered {(int)answer.StatusCode}: {text}");
    }

    static async Task WaitAsync(HttpClient api, Guid job, CancellationToken leave)
    {
        try
        {
            while (true)
            {
                using var answer = await api.GetAsync(new Uri($"/api/v1/jobs/{job}?wait=60s", UriKind.Relative), leave);
                answer.EnsureSuccessStatusCode();
            }
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
        }
    }

    static async Task FollowAsync(HttpClient api, Guid job, CountdownEvent opened, CancellationToken leave)
    {
        try
        {
            using var answer = await api.GetAsync(new Uri($"/api/v1/jobs/{job}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, leave);
            answer.EnsureSuccessStatusCode();
            await using var events = await answer.Content.ReadAsStreamAsync(leave);
            var buffer = new byte[4096];
            await events.ReadExactlyAsync(buffer.AsMemory(0, 1), leave);
            opened.Signal();
            while (await events.ReadAsync(buffer, leave) > 0)
            {
            }
            throw new BenchException("A stream ended.");
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
        }
    }
}

using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Chaos.Tests;

/// <summary>A service that submits, cancels and retries jobs by chance, through whichever API process it meets.</summary>
sealed class Caller(IReadOnlyList<ApiClient> apis, int number, History history, Random chance)
{
    public const string ChatType = "llm_chat";

    /// <summary>A backlog that grows without end would only make the run longer.</summary>
    const int MostOpen = 300;

    /// <summary>Both workers' and each one's own: no worker takes all that would show another's recovery.</summary>
    static readonly string?[] ChatProfiles = [null, "llm-1", "llm-2"];

    static readonly JobPriority[] Priorities = [JobPriority.High, JobPriority.Normal, JobPriority.Low];
    static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);

    /// <summary>A call can lie in a frozen process and then take the longest that a statement may (15 s).</summary>
    static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    readonly List<Guid> _mine = [];
    int _count;

    ApiClient Any => apis[chance.Next(apis.Count)];

    public async Task RunAsync(Func<int> open, CancellationToken until, CancellationToken ct)
    {
        while (!until.IsCancellationRequested)
        {
            await Task.Delay(chance.Next(60, 160), ct);
            switch (chance.Next(20))
            {
                case < 10 when open() < MostOpen:
                    await SubmitAsync(Job(HttpWorker.TaskType), ct);
                    break;
                case < 14 when open() < MostOpen:
                    await SubmitAsync(Job(ChatType), ct);
                    break;
                case < 16 when open() < MostOpen:
                    await SubmitBatchAsync(chance.Next(2, 8), ct);
                    break;
                case < 18 when _mine.Count > 0:
                    await ChangeAsync(_mine[^chance.Next(1, Math.Min(_mine.Count, 8) + 1)], cancels: true, ct);
                    break;
                case < 20 when _mine.Count > 0:
                    await ChangeAsync(_mine[^chance.Next(1, Math.Min(_mine.Count, 8) + 1)], cancels: false, ct);
                    break;
            }
        }
    }

    /// <summary>Asks again, elsewhere, only where a key makes that safe.</summary>
    public async Task SubmitAsync(CreateJob job, CancellationToken ct)
    {
        var (answers, sent, end) = (new List<Guid>(), 0, history.Now + Patience);
        do
        {
            sent++;
            var (status, body) = await Any.PostAsync("/api/v1/jobs", job, ContractsJson.Default.CreateJob, ContractsJson.Default.JobView, ct);
            if (body is not null)
            {
                answers.Add(body.Id);
                _mine.Add(body.Id);
                // Now and then it acts as if the answer had been lost.
                if (job.IdempotencyKey is null || chance.Next(4) > 0)
                {
                    break;
                }
            }
            else if (status is not (null or 503))
            {
                history.Defects.Enqueue($"{status} to a job that is in order: {job}");
                break;
            }
            await Task.Delay(Again, ct);
        }
        while (job.IdempotencyKey is not null && history.Now < end);
        history.Submissions.Enqueue(new Submission(job.OwnerRef!, [job], [.. answers.Take(1)], answers, sent));
    }

    public CreateJob Job(string taskType)
    {
        var name = $"{number}-{_count++}";
        var now = history.Now;
        var timing = chance.Next(10);
        return new CreateJob
        {
            OwnerService = "chaos",
            OwnerRef = name,
            TaskType = taskType,
            ModelProfile = taskType is ChatType ? ChatProfiles[chance.Next(3)] : $"p{chance.Next(3)}",
            Priority = Priorities[chance.Next(3)],
            Input = JsonSerializer.SerializeToElement(new { user = name }),
            IdempotencyKey = chance.Next(10) < 4 ? $"key-{name}" : null,
            RunAt = timing == 0 ? now.AddSeconds(chance.Next(1, 5)) : null,
            Deadline = timing == 1 ? now.AddSeconds(chance.Next(1, 6)) : null,
        };
    }

    async Task SubmitBatchAsync(int size, CancellationToken ct)
    {
        var name = $"{number}-{_count++}";
        var jobs = Enumerable.Range(0, size).Select(_ => Job(HttpWorker.TaskType) with { OwnerRef = name, IdempotencyKey = null }).ToArray();
        var (_, body) = await Any.PostAsync(
            "/api/v1/jobs/batch", new CreateJobs { Jobs = jobs }, ContractsJson.Default.CreateJobs, ContractsJson.Default.CreatedJobs, ct);
        _mine.AddRange(body?.Ids ?? []);
        history.Submissions.Enqueue(new Submission(name, jobs, body?.Ids ?? [], body?.Ids ?? [], 1));
    }

    async Task ChangeAsync(Guid id, bool cancels, CancellationToken ct)
    {
        var (status, _) = await Any.PostAsync($"/api/v1/jobs/{id}/{(cancels ? "cancel" : "retry")}", ContractsJson.Default.JobView, ct);
        history.Changes.Enqueue(new Change(id, cancels, status, history.Now));
    }

    /// <summary>Pauses the queue for a while, again and again; ends with a queue that runs. A resume that was not answered may still be under way, in a
    /// frozen process or on a silent connection, and would end the next pause: that one waits until no such call can be left.</summary>
    public async Task PauseNowAndThenAsync(CancellationToken until, CancellationToken ct)
    {
        while (!until.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(chance.Next(5, 10)), ct);
            var (paused, _) = await UntilDoneAsync("/queue/pause", ct);
            await Task.Delay(TimeSpan.FromSeconds(2 + chance.NextDouble()), ct);
            history.Pauses.Enqueue(new Pause(paused, history.Now));
            if (await UntilDoneAsync("/queue/resume", ct) is { Tries: > 1 })
            {
                await Task.WhenAny(Task.Delay(LongestCall, ct), Task.Delay(Timeout.InfiniteTimeSpan, until));
            }
        }
    }

    async Task<(DateTimeOffset At, int Tries)> UntilDoneAsync(string path, CancellationToken ct)
    {
        var tries = 1;
        for (; (await Any.PostAsync(path, ContractsJson.Default.QueueStatus, ct)).Body is null; tries++)
        {
            await Task.Delay(Again, ct);
        }
        return (history.Now, tries);
    }
}

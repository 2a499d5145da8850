using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Store;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>The picture in docs/job-lifecycle.md, the table in code and the store say the same.</summary>
public sealed partial class JobLifecycleTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    static readonly JobError Broken = new("provider_error", "The server answered 500.");

    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<JobStatus, JobVerb> EveryStatusAndVerb =>
        [.. from status in Enum.GetValues<JobStatus>() from verb in Enum.GetValues<JobVerb>().Except([JobVerb.Submit]) select (status, verb)];

    [Fact]
    public void The_diagram_shows_every_move_and_no_other()
    {
        var drawn = Arrow().Matches(Document()).Select(arrow => new JobMove(
            Status(arrow.Groups["from"].Value),
            Enum.Parse<JobVerb>(Word(arrow.Groups["verb"].Value), ignoreCase: true),
            Status(arrow.Groups["to"].Value)));
        Assert.Equal(JobLifecycle.Moves, drawn);
    }

    [Fact]
    public void The_document_explains_every_status_and_verb()
    {
        var explained = Paragraph().Matches(Document()).Select(paragraph => Word(paragraph.Groups["word"].Value));
        var words = Enum.GetNames<JobStatus>().Concat(Enum.GetNames<JobVerb>()).Select(word => word.ToLowerInvariant());
        Assert.Equal(words.Order(), explained.Order());
    }

    [Theory]
    [MemberData(nameof(EveryStatusAndVerb))]
    public async Task The_store_makes_every_move_of_the_table_and_no_other(JobStatus from, JobVerb verb)
    {
        var fence = await BringToAsync(from);
        var before = await TextAsync(fence.Id);
        await DoAsync(verb, fence);

        var move = JobLifecycle.Moves.Where(move => move.From == from && move.Verb == verb).ToArray();
        if (move.Length == 0)
        {
            Assert.Equal(before, await TextAsync(fence.Id));
        }
        else
        {
            Assert.Equal(Assert.Single(move).To, (await Host.Queue.GetAsync(JobScope.All, fence.Id, Ct))?.Status);
        }
    }

    async Task<JobFence> BringToAsync(JobStatus status)
    {
        var job = Job(task: NewTask());
        if (status is JobStatus.Pending)
        {
            return new JobFence(await Host.SubmitAsync(job), Guid.NewGuid());
        }
        var fence = JobFence.Of(await Host.StartJobAsync(job));
        await (status switch
        {
            JobStatus.Running => Task.CompletedTask,
            JobStatus.Completed => DoAsync(JobVerb.Complete, fence),
            JobStatus.Failed => DoAsync(JobVerb.Fail, fence),
            _ => DoAsync(JobVerb.Cancel, fence),
        });
        Assert.Equal(status, (await Host.ReadAsync(fence.Id)).Status);
        return fence;
    }

    /// <summary>Everything the verb needs but the right status is made true first.</summary>
    async Task DoAsync(JobVerb verb, JobFence fence)
    {
        var (store, id) = (Host.Get<JobStore>(), fence.Id);
        switch (verb)
        {
            case JobVerb.Claim:
                await store.ClaimAsync([new TakenJobs([id], "another-worker", TimeSpan.FromMinutes(1))], Ct);
                break;
            case JobVerb.Complete:
                await Host.Queue.CompleteAsync(fence, Json("1"), Ct);
                break;
            case JobVerb.TryAgain:
                await Host.Queue.FailAsync(fence, Broken, new FailOptions(Retry: true), Ct);
                break;
            case JobVerb.Fail:
                await Host.Queue.FailAsync(fence, Broken, new FailOptions(Retry: false), Ct);
                break;
            case JobVerb.Release:
                await Host.Queue.ReleaseAsync([fence], Ct);
                break;
            case JobVerb.Rescue:
                await Host.ExecuteAsync($"update job_open set lease_until = now() - interval '1 s' where id = '{id}' and state = 1");
                await store.RescueAsync([id], Ct);
                break;
            case JobVerb.Quarantine:
                await Host.ExecuteAsync($"update job_open set lease_until = now() - interval '1 s', rescues = 1000 where id = '{id}' and state = 1");
                await store.RescueAsync([id], Ct);
                break;
            case JobVerb.Expire:
                await Host.ExecuteAsync($"update job_open set deadline = now() - interval '1 s' where id = '{id}' and state = 0");
                await store.ExpireAsync([id], Ct);
                break;
            case JobVerb.Cancel:
                await Host.Queue.CancelAsync(JobScope.All, id, Ct);
                break;
            case JobVerb.Retry:
                await Host.Queue.RetryAsync(JobScope.All, id, Ct);
                break;
            case JobVerb.Remove:
                await Host.ExecuteAsync($"update job_result set expires_at = now() - interval '1 s' where id = '{id}'");
                await store.DeleteExpiredAsync(1_000, Ct);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(verb), verb, "A job that exists is not submitted.");
        }
    }

    async Task<string> TextAsync(Guid id) => JsonSerializer.Serialize(await Host.ReadAsync(id), ContractsJson.Default.JobView);

    /// <summary>Prose says "try again" where code says TryAgain.</summary>
    static string Word(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    static JobStatus? Status(string word) => word == "[*]" ? null : Enum.Parse<JobStatus>(word, ignoreCase: true);

    static string Document([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "job-lifecycle.md"));

    [GeneratedRegex(@"^  (?<from>\S+) --> (?<to>\S+): (?<verb>.+)$", RegexOptions.Multiline)]
    private static partial Regex Arrow();

    [GeneratedRegex(@"^\*\*(?<word>[a-z ]+)\*\* ", RegexOptions.Multiline)]
    private static partial Regex Paragraph();
}

using System.ComponentModel.DataAnnotations;
using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime.Tests;

public sealed class WorkerOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new WorkerOptions();

        Assert.Equal(
            (null, 4, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), TimeSpan.FromHours(2), "low", 3),
            (options.Id, options.Slots, options.GracePeriod, options.Lease, options.AttemptTimeout, Assert.Single(options.Preemptible),
                options.MaxPreemptions));
    }

    [Theory]
    [InlineData("low", "low")]
    [InlineData("normal", "normal low")]
    [InlineData("none", "")]
    [InlineData("", "low")]
    [InlineData("llm_chat=normal", "normal low")]
    [InlineData("call_analysis=none", "low")]
    [InlineData("none, llm_chat = low", "low")]
    [InlineData("llm_chat=none,normal", "")]
    public void Preemptible_says_which_runs_may_be_aborted(string entries, string expected)
    {
        var rules = Rules(entries.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

        var may = Enum.GetValues<JobPriority>().Where(priority => rules.IsInterruptible(Job(priority, preemptions: 2)));

        Assert.Equal(expected, string.Join(' ', may).ToLowerInvariant());
        Assert.DoesNotContain(Enum.GetValues<JobPriority>(), priority => rules.IsInterruptible(Job(priority, preemptions: 3)));
    }

    [Theory]
    [InlineData("medium", "entry 1 must be low, normal or none, alone or after a task type and '=', such as low,llm_chat=normal.")]
    [InlineData("low,llm_chat=Low", "entry 2 must be low, normal or none, alone or after a task type and '=', such as low,llm_chat=normal.")]
    [InlineData("=low", "entry 1 must be low, normal or none, alone or after a task type and '=', such as low,llm_chat=normal.")]
    [InlineData("a=b=low", "entry 1 must be low, normal or none, alone or after a task type and '=', such as low,llm_chat=normal.")]
    [InlineData("low,none", "entry 2 repeats the level for all task types.")]
    [InlineData("a=low,b=low,a=none", "entry 3 repeats task type a.")]
    public void A_bad_preemptible_is_refused_with_what_is_allowed(string entries, string expected)
    {
        var results = new List<ValidationResult>();
        var options = new WorkerOptions { Preemptible = entries.Split(',') };

        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);

        Assert.Equal(expected, Assert.Single(results).ErrorMessage);
    }

    static PreemptionRules Rules(string[] entries) => new(Options.Create(new WorkerOptions { Preemptible = entries }));

    static ClaimedJob Job(JobPriority priority, int preemptions) => new()
    {
        Id = Guid.CreateVersion7(),
        OwnerService = "tests",
        TaskType = "llm_chat",
        ModelProfile = "default",
        Priority = priority,
        Status = JobStatus.Running,
        Attempt = 1,
        MaxAttempts = 3,
        CreatedAt = DateTimeOffset.UnixEpoch,
        LeaseToken = Guid.NewGuid(),
        Preemptions = preemptions,
    };
}

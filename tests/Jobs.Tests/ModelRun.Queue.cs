using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Maintenance;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.DependencyInjection;

namespace AiPlatform.Jobs.Tests;

/// <summary>What is done to the whole queue: halts, maintenance, and the loss and making of the index.</summary>
sealed partial class ModelRun
{
    async Task ChangeQueueAsync(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Pause:
                await host.Queue.PauseAsync(Ct);
                _model.Halt(HaltKind.Paused, QueueScope.Everything);
                break;
            case StepKind.Resume:
                await host.Queue.ResumeAsync(Ct);
                _model.Lift(HaltKind.Paused, QueueScope.Everything);
                break;
            case StepKind.HaltPart or StepKind.LiftPart:
                await SwitchPartAsync(step.Kind is StepKind.HaltPart, step.A % 2 == 0 ? HaltKind.Paused : HaltKind.Stopped, PartOf(step.B));
                break;
            case StepKind.Maintain:
                await MaintainAsync(_ => true);
                break;
            case StepKind.LoseIndex when hasRedis:
                var (keys, lanes) = (host.Get<QueueKeys>(), host.Get<LaneDirectory>().Serving([_task], []));
                await host.Redis.KeyDeleteAsync(
                    [keys.Epoch, keys.Building, keys.Lanes, keys.Taken, keys.Delayed, keys.Paused, .. lanes.Select(keys.Lane)]);
                break;
            case StepKind.BuildIndex:
                await BuildIndexAsync();
                break;
        }
    }

    QueueScope PartOf(int choice) => (choice % 5) switch
    {
        < 3 => new QueueScope { TaskType = _task, ModelProfile = Profiles[choice % 5] },
        3 => new QueueScope { TaskType = _task },
        _ => new QueueScope { ModelProfile = Profiles[choice / 5 % 3] },
    };

    async Task SwitchPartAsync(bool halt, HaltKind kind, QueueScope part)
    {
        _story.Append($" -> {kind} {part.TaskType} {part.ModelProfile}");
        await ((halt, kind) switch
        {
            (true, HaltKind.Paused) => host.Queue.PauseAsync(part, Ct),
            (true, _) => host.Queue.StopAsync(part, Ct),
            (false, HaltKind.Paused) => host.Queue.ResumeAsync(part, Ct),
            (false, _) => host.Queue.StartAsync(part, Ct),
        });
        if (halt)
        {
            _model.Halt(kind, part);
        }
        else
        {
            _model.Lift(kind, part);
        }
    }

    async Task MaintainAsync(Func<ModelJob, bool> which)
    {
        var jobs = _model.Jobs.Where(which).ToArray();
        if (hasRedis)
        {
            // The time of their checks has come too.
            await Task.WhenAll(jobs.Select(job => host.Redis.ExecuteAsync("ZADD", host.Get<QueueKeys>().Taken, "XX", 0, $"{job.Id}")));
        }
        await host.Get<IndexRepair>().RepairAsync([.. jobs.Select(job => job.Id)], Ct);
        _model.Maintain(jobs);
    }

    async Task BuildIndexAsync()
    {
        if (hasRedis)
        {
            await ActivatorUtilities.CreateInstance<IndexBuilder>(host.Get<IServiceProvider>()).RunAsync(Ct);
            Assert.True(await host.Get<ReadyIndex>().IsBuiltAsync());
        }
    }
}

using AiPlatform.Testing;

namespace AiPlatform.Chaos.Tests;

enum FaultKind
{
    ApiKilled, ApiFrozen, WorkerKilled, WorkerFrozen, RedisKilled, RedisFrozen, RedisFlushed, PostgresKilled, PostgresStoppedAtOnce,
    PostgresSilent, RedisSilent, PostgresAbandoned, RedisAbandoned,
}

/// <summary>What is done to the system. Each fault takes its victim in hand, harms it, waits, and heals it.</summary>
sealed class FaultInjector(ChaosSystem system, History history, Action<string> say, Random chance)
{
    /// <summary>Every kind once in a chosen order, then again; sometimes one begins before the last is healed.</summary>
    public async Task RunAsync(CancellationToken until, CancellationToken ct)
    {
        List<Task> underWay = [];
        while (!until.IsCancellationRequested)
        {
            var kinds = Enum.GetValues<FaultKind>();
            chance.Shuffle(kinds);
            foreach (var kind in kinds.TakeWhile(_ => !until.IsCancellationRequested))
            {
                await Task.Delay(chance.Next(300, 1500), ct);
                underWay.RemoveAll(task => task.IsCompletedSuccessfully);
                var fault = InflictAsync(kind, new Random(chance.Next()), ct);
                underWay.Add(fault);
                if (chance.Next(3) > 0 || underWay.Count > 2)
                {
                    await Task.WhenAll(underWay);
                }
            }
        }
        await Task.WhenAll(underWay);
    }

    async Task InflictAsync(FaultKind kind, Random chance, CancellationToken ct)
    {
        var api = system.Apis[chance.Next(system.Apis.Count)];
        var worker = system.Workers[chance.Next(system.Workers.Count)];
        var any = chance.Next(2) == 0 ? api : worker;
        var (store, redis) = (system.Stores.Postgres, system.Stores.Redis);
        TimeSpan Between(double least, double most) => TimeSpan.FromSeconds(least + (most - least) * chance.NextDouble());
        Task Wait(double least, double most) => Task.Delay(Between(least, most), ct);

        await (kind switch
        {
            FaultKind.ApiKilled => OnAsync(kind, api, () => api.KillAsync(), () => Wait(0.2, 1), () => api.StartAsync(ct)),
            FaultKind.ApiFrozen => OnAsync(kind, api, Now(api.Suspend), () => Wait(3, 7), Now(api.Continue)),
            FaultKind.WorkerKilled => OnAsync(kind, worker, () => worker.KillAsync(), () => Wait(0.2, 1), () => worker.StartAsync(ct)),
            FaultKind.WorkerFrozen => OnAsync(kind, worker, Now(worker.Suspend), () => Wait(5, 8), Now(worker.Continue)),
            FaultKind.RedisKilled => OnAsync(kind, system.RedisTurn, "redis", () => redis.KillAsync(ct), () => Wait(0.5, 3), () => redis.StartAsync(ct)),
            FaultKind.RedisFrozen => OnAsync(kind, system.RedisTurn, "redis", () => redis.SuspendAsync(ct), () => Wait(2.5, 5), () => redis.ResumeAsync(ct)),
            FaultKind.RedisFlushed => OnAsync(kind, system.RedisTurn, "redis", system.FlushRedisAsync, () => Task.CompletedTask, () => Task.CompletedTask),
            FaultKind.PostgresKilled => OnAsync(kind, system.PostgresTurn, "postgres", () => store.KillAsync(ct), () => Wait(0.2, 2), () => store.StartAsync(ct)),
            FaultKind.PostgresStoppedAtOnce =>
                OnAsync(kind, system.PostgresTurn, "postgres", () => store.StopAtOnceAsync(ct), () => Wait(0.2, 2), () => store.StartAsync(ct)),
            FaultKind.PostgresSilent => OnAsync(kind, any, Now(any.Postgres.Silence), () => Wait(3, 6), Now(Heal(any.Postgres))),
            FaultKind.RedisSilent => OnAsync(kind, any, Now(any.Redis.Silence), () => Wait(3, 6), Now(Heal(any.Redis))),
            FaultKind.PostgresAbandoned => OnAsync(kind, any, Now(any.Postgres.Abandon), () => Task.CompletedTask, () => Task.CompletedTask),
            _ => OnAsync(kind, any, Now(any.Redis.Abandon), () => Task.CompletedTask, () => Task.CompletedTask),
        });

        Action Heal(TcpProxy network) => chance.Next(2) == 0 ? network.Resume : network.Cut;
    }

    Task OnAsync(FaultKind kind, ChaosProcess victim, Func<Task> harm, Func<Task> wait, Func<Task> heal) =>
        OnAsync(kind, victim.Turn, victim.Name, harm, wait, heal);

    async Task OnAsync(FaultKind kind, SemaphoreSlim turn, string victim, Func<Task> harm, Func<Task> wait, Func<Task> heal)
    {
        await turn.WaitAsync(CancellationToken.None);
        try
        {
            var at = history.Now;
            say($"{kind} {victim}");
            await harm();
            await wait();
            await heal();
            history.Faults.Enqueue(new FaultRecord($"{kind}", victim, victim is "redis" or "postgres" ? "" : victim, at, history.Now));
        }
        finally
        {
            turn.Release();
        }
    }

    static Func<Task> Now(Action act) => () =>
    {
        act();
        return Task.CompletedTask;
    };
}

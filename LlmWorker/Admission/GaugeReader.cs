using System.Text;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>Reads every second what vLLM servers say of their load, and tells of limits that rise and rests that end with time.</summary>
sealed class GaugeReader(ModelDirectory models, AdmissionRules rules, AdmissionSignal signal, LlmTelemetry telemetry, TimeProvider time) : BackgroundService
{
    const int MostBytes = 4 * 1024 * 1024;

    // Two of them in the time that a reading counts.
    static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        telemetry.Observe(() => models.Deployments);
        if (!rules.IsOn)
        {
            return;
        }
        using var timer = new PeriodicTimer(Period, time);
        HashSet<Deployment> resting = [];
        do
        {
            var deployments = models.Deployments;
            await Task.WhenAll(deployments.GroupBy(deployment => deployment.Connection).Select(server => ReadAsync(server.Key, [.. server], stoppingToken)));
            foreach (var deployment in deployments)
            {
                deployment.Places.Tell();
            }
            var before = resting;
            resting = [.. deployments.Where(deployment => deployment.Breaker.Left > TimeSpan.Zero)];
            if (!resting.SetEquals(before))
            {
                signal.Raise();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Whatever goes wrong, what was read before grows old, and the configured limit holds; whether the server is there is the probe's part to say.</summary>
    async Task ReadAsync(ChatConnection connection, IReadOnlyList<Deployment> deployments, CancellationToken ct)
    {
        if (!deployments.Any(deployment => deployment.MayHaveGauges))
        {
            return;
        }
        using var limit = new CancellationTokenSource(Period, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var response = await connection.Http.GetAsync(
                Address(connection.State.Provider.BaseAddress), HttpCompletionOption.ResponseHeadersRead, end.Token);
            if (!response.IsSuccessStatusCode)
            {
                return;
            }
            await using var stream = await response.Content.ReadAsStreamAsync(end.Token);
            if (await BoundedBody.ReadAsync(stream, MostBytes, null, null, end.Token) is { } body
                && ServerGauges.Read(Encoding.UTF8.GetString(body.Span)) is { } gauges)
            {
                foreach (var deployment in deployments)
                {
                    deployment.Places.Observe(gauges);
                }
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or ObjectDisposedException
            || failure is OperationCanceledException && !ct.IsCancellationRequested)
        {
            // As said above.
        }
    }

    /// <summary>Beside <c>/v1</c>.</summary>
    static Uri Address(Uri baseAddress) => new(baseAddress, "metrics");
}

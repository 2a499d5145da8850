using System.Text.Json;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Asks each provider every 15 s what it serves, which says whether it is there.</summary>
sealed partial class ProviderProbe(
    ConfiguredProviders providers, WorkerStatus status, TimeProvider time, ILogger<ProviderProbe> logger) : BackgroundService
{
    const int MostBytes = 1024 * 1024;
    static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (providers.All.Count == 0)
        {
            LogUnconfigured(logger);
            return;
        }
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await Task.WhenAll(providers.All.Select(connection => ProbeAsync(connection, stoppingToken)));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task ProbeAsync(ProviderConnection connection, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var sentAt = time.GetTimestamp();
        try
        {
            using var response = await connection.Http.GetAsync(
                new Uri(connection.Provider.BaseAddress + "/models"), HttpCompletionOption.ResponseHeadersRead, end.Token);
            // Any answer but an error of the server's own says that it is there; one that only transcribes may well have no list of models.
            if ((int)response.StatusCode >= 500)
            {
                Lost(connection, $"HTTP {(int)response.StatusCode}");
            }
            else if (connection.State.Found(await ModelsAsync(response, end.Token), time.GetElapsedTime(sentAt)))
            {
                LogFound(logger, connection.Provider);
                status.Announce();
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException && !ct.IsCancellationRequested)
        {
            Lost(connection, failure.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Lost(connection, $"no answer within {Limit.TotalSeconds} s");
        }
    }

    void Lost(ProviderConnection connection, string reason)
    {
        if (connection.State.Lost())
        {
            LogLost(logger, connection.Provider, connection.Provider.AddressSetting, reason);
            status.Announce();
        }
    }

    static async Task<IReadOnlyList<string>> ModelsAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        if (!response.IsSuccessStatusCode || await BoundedBody.ReadAsync(stream, MostBytes, null, null, ct) is not { } body)
        {
            return [];
        }
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && JsonFields.Given(document.RootElement, "data") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(model => model.ValueKind == JsonValueKind.Object ? JsonFields.Text(model, "id") : null).OfType<string>()]
                : [];
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Not a list of models, yet an answer.
            return [];
        }
    }

    [LoggerMessage(5001, LogLevel.Warning,
        "No transcription provider is configured: jobs fail with provider_unconfigured. Set VOXTRAL_BASE_URL or WHISPERX_URL.")]
    static partial void LogUnconfigured(ILogger logger);

    [LoggerMessage(5002, LogLevel.Information, "{Provider} is reachable.")]
    static partial void LogFound(ILogger logger, Provider provider);

    [LoggerMessage(5003, LogLevel.Warning, "{Provider} is not reachable (its address is from {AddressSetting}): {Reason}")]
    static partial void LogLost(ILogger logger, Provider provider, string addressSetting, string reason);
}

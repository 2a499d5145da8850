using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>Asks each provider every 15 s what it serves, which says whether it is there.</summary>
sealed partial class ProviderProbe(ProviderSet providers, WorkerStatus status, TimeProvider time, ILogger<ProviderProbe> logger) : BackgroundService
{
    const int MostBytes = 1024 * 1024;

    // A public gateway lists hundreds, and the list is reported every few seconds.
    const int MostModels = 100;
    static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (providers.Connections.Count == 0)
        {
            LogUnconfigured(logger, providers.Kind, providers.AddressSettings);
            return;
        }
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await Task.WhenAll(providers.Connections.Select(connection => ProbeAsync(connection, stoppingToken)));
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
                new Uri(connection.State.Provider.BaseAddress + "/models"), HttpCompletionOption.ResponseHeadersRead, end.Token);
            // Any answer but an error of the server's own says that it is there; a gateway or a transcriber may well have no list of models.
            if ((int)response.StatusCode >= 500)
            {
                Lost(connection, $"HTTP {(int)response.StatusCode}");
            }
            else if (connection.State.Found(await ModelsAsync(response, end.Token), time.GetElapsedTime(sentAt)))
            {
                LogFound(logger, connection.State.Provider);
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
        catch (ObjectDisposedException)
        {
            // Meanwhile the configuration changed, and this provider is no longer in it.
        }
    }

    void Lost(ProviderConnection connection, string reason)
    {
        // One that is no longer configured is closed, and nobody misses it.
        if (providers.Connections.Contains(connection) && connection.State.Lost())
        {
            LogLost(logger, connection.State.Provider, connection.State.Provider.AddressSetting, reason);
            status.Announce();
        }
    }

    static async Task<IReadOnlyList<ServedModel>> ModelsAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        if (!response.IsSuccessStatusCode || await BoundedBody.ReadAsync(stream, MostBytes, null, null, ct) is not { } body)
        {
            return [];
        }
        try
        {
            using var document = JsonDocument.Parse(body);
            return Field(document.RootElement, "data") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(ModelOf).OfType<ServedModel>().Take(MostModels)]
                : [];
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Not a list of models, yet an answer.
            return [];
        }
    }

    static ServedModel? ModelOf(JsonElement model) => Field(model, "id") is { ValueKind: JsonValueKind.String } id
        ? new ServedModel(
            id.GetString()!,
            Field(model, "max_model_len") is { ValueKind: JsonValueKind.Number } length && length.TryGetInt32(out var tokens) && tokens > 0 ? tokens : null)
        : null;

    static JsonElement? Field(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var field) ? field : null;

    [LoggerMessage(3060, LogLevel.Warning, "No {Kind} provider is configured: jobs fail with provider_unconfigured. Set {AddressSettings}.")]
    static partial void LogUnconfigured(ILogger logger, string kind, string addressSettings);

    [LoggerMessage(3061, LogLevel.Information, "{Provider} is reachable.")]
    static partial void LogFound(ILogger logger, ModelProvider provider);

    [LoggerMessage(3062, LogLevel.Warning, "{Provider} is not reachable (its address is from {AddressSetting}): {Reason}")]
    static partial void LogLost(ILogger logger, ModelProvider provider, string addressSetting, string reason);
}

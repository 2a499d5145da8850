using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>Asks the provider every 15 s what it serves, which says whether it is there.</summary>
sealed partial class ProviderProbe(
    ActiveProvider active, WorkerStatus status, TimeProvider time, ILogger<ProviderProbe> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // A public gateway lists hundreds, and the list is reported every few seconds.
    const int MostModels = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (active.Connection is not { } connection)
        {
            LogUnconfigured(logger);
            return;
        }
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await ProbeAsync(connection, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task ProbeAsync(ProviderConnection connection, CancellationToken ct)
    {
        var asked = connection.Provider;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        var sentAt = time.GetTimestamp();
        try
        {
            var call = new RequestOptions { CancellationToken = limit.Token, ErrorOptions = ClientErrorBehaviors.NoThrow };
            var answer = await connection.Models.GetModelsAsync(call);
            using var response = answer.GetRawResponse();
            // Any answer but an error of the server's own says that it is there; a gateway may well have no list of models.
            if (response.Status >= 500)
            {
                Lost(asked, $"HTTP {response.Status}");
            }
            else if (active.State.Found(response.Status == 200 ? ModelsIn(response.Content) : [], time.GetElapsedTime(sentAt)))
            {
                LogFound(logger, asked);
                status.Announce();
            }
        }
        catch (Exception failure) when (failure is ClientResultException or HttpRequestException or IOException)
        {
            Lost(asked, failure.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Lost(asked, $"no answer within {Limit.TotalSeconds} s");
        }
    }

    void Lost(Provider asked, string reason)
    {
        if (active.State.Lost())
        {
            LogLost(logger, asked, asked.AddressSetting, reason);
            status.Announce();
        }
    }

    static IReadOnlyList<string> ModelsIn(BinaryData body)
    {
        try
        {
            var list = JsonSerializer.Deserialize(body, ChatJson.Default.ModelList);
            return [.. list?.Data?.Select(model => model.Id).OfType<string>().Take(MostModels) ?? []];
        }
        catch (JsonException)
        {
            // Not a list of models, yet an answer.
            return [];
        }
    }

    [LoggerMessage(4001, LogLevel.Warning,
        "No model provider is configured: chat jobs fail. Set LLM_BASE_URL, LMSTUDIO_BASE_URL, OLLAMA_BASE_URL or OPENCLAW_URL.")]
    static partial void LogUnconfigured(ILogger logger);

    [LoggerMessage(4002, LogLevel.Information, "{Provider} is reachable.")]
    static partial void LogFound(ILogger logger, Provider provider);

    [LoggerMessage(4003, LogLevel.Warning, "{Provider} is not reachable (its address is from {AddressSetting}): {Reason}")]
    static partial void LogLost(ILogger logger, Provider provider, string addressSetting, string reason);
}

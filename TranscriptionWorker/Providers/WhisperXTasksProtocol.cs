using System.Globalization;
using System.Text.Json;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>whisperX-FastAPI: a clip becomes a task, which is asked for again until it is done. It cannot be called off.</summary>
sealed class WhisperXTasksProtocol(ProviderHttp http) : IClipProtocol
{
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    public async Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        string? id = null;
        var started = await http.PostAsync(Route(clip), ClipForm.Of(clip, "file"), clip, patience, async response =>
        {
            var (body, tooLong) = await http.BodyAsync(response, patience);
            id = body is { } bytes ? Field(bytes, "identifier") : null;
            return tooLong ?? ProviderFailures.Malformed(http.Provider, "a task");
        });
        return id is null ? started : await ResultAsync(id, patience);
    }

    Uri Route(ClipRequest clip)
    {
        var speakers = clip.Diarize ? clip.NumSpeakers?.ToString(CultureInfo.InvariantCulture) : null;
        return ServerAddress.Route(http.Provider.Root, QueryText.Of(
            "/speech-to-text",
            ("model", http.Provider.Model),
            ("language", clip.Language),
            ("initial_prompt", clip.Prompt),
            ("diarize", clip.Diarize ? "true" : null),
            ("min_speakers", speakers),
            ("max_speakers", speakers)));
    }

    async Task<ClipAnswer> ResultAsync(string id, ClipPatience patience)
    {
        patience.Queued();
        var route = ServerAddress.Route(http.Provider.Root, "/task/" + Uri.EscapeDataString(id));
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            var (body, failure) = await http.GetAsync(route, patience);
            if (body is not { } bytes)
            {
                return failure!;
            }
            if (Read(bytes) is { } answer)
            {
                return answer;
            }
            await Task.Delay(wait, patience.Time, patience.Token);
        }
    }

    /// <returns>Null where it is not done.</returns>
    ClipAnswer? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var task = document.RootElement;
            return JsonFields.Text(task, "status") switch
            {
                "queued" or "processing" => default(ClipAnswer?),
                "failed" => ProviderFailures.OfError(http.Provider, JsonFields.Given(task, "error")?.Clone() ?? default),
                "completed" when JsonFields.Given(task, "result") is { } result =>
                    http.Answer(ServerAnswer.TryRead(result, out var error), error, []),
                _ => ProviderFailures.Malformed(http.Provider, "a task"),
            };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return ProviderFailures.Malformed(http.Provider, "a task");
        }
    }

    static string? Field(ReadOnlyMemory<byte> body, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return JsonFields.Text(document.RootElement, name);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

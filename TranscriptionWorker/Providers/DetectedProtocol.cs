using System.Text.Json;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>
/// A server whose protocol is found out from <c>/openapi.json</c>, once, and again after a failure, as another may have taken its place. One that
/// does not say is asked as OpenAI is.
/// </summary>
sealed class DetectedProtocol(ProviderHttp http) : IClipProtocol
{
    volatile IClipProtocol? known;

    public async Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience)
    {
        var protocol = known ?? Protocols.Of(await FindAsync(patience), http);
        ClipAnswer answer = default;
        try
        {
            answer = await protocol.AskAsync(clip, patience);
            return answer;
        }
        finally
        {
            // A clip that it would not take says nothing of the server.
            known = answer.Transcript is not null || (answer.Failure is { } failure && ClipRefusals.Of(failure) != ClipRefusal.None) ? protocol : null;
        }
    }

    async Task<ServerKind> FindAsync(ClipPatience patience)
    {
        var (body, failure) = await http.GetAsync(ServerAddress.Route(http.Provider.Root, "/openapi.json"), patience);
        return failure is null ? KindIn(body!.Value) : ServerKind.OpenAi;
    }

    internal static ServerKind KindIn(ReadOnlyMemory<byte> page)
    {
        try
        {
            using var document = JsonDocument.Parse(page);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || JsonFields.Given(document.RootElement, "paths") is not { ValueKind: JsonValueKind.Object } paths)
            {
                return ServerKind.OpenAi;
            }
            var routes = paths.EnumerateObject().Select(path => path.Name).ToList();
            // A server may have several; OpenAI's route is the one that holds no state.
            return routes.Any(route => route.EndsWith(ProviderHttp.Transcriptions, StringComparison.Ordinal))
                    ? (page.Span.IndexOf("\"diarize\""u8) >= 0 ? ServerKind.WhisperX : ServerKind.OpenAi)
                : routes.Contains("/speech-to-text") ? ServerKind.WhisperXTasks
                : routes.Contains("/asr") ? ServerKind.WhisperAsr
                : ServerKind.OpenAi;
        }
        catch (JsonException)
        {
            return ServerKind.OpenAi;
        }
    }
}

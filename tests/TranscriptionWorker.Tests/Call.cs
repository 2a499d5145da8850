using AiPlatform.TranscriptionWorker.Audio.Wav;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>One call to a server, with the worker's own client.</summary>
static class Call
{
    public static TranscriptionOptions Voxtral(Uri server) => new() { VoxtralBaseUrl = server };

    public static Task<CallResult> ToAsync(Uri server, string? language = null, string? prompt = null, CancellationToken? ct = null) =>
        WithAsync(Voxtral(server), language, prompt, ct);

    public static async Task<CallResult> WithAsync(
        TranscriptionOptions options, string? language = null, string? prompt = null, CancellationToken? ct = null)
    {
        var provider = ProviderChoice.Voxtral(options) ?? ProviderChoice.WhisperX(options);
        using var connection = new TranscriptionConnection(provider!, options.ConnectTimeout);
        var audio = WavReader.TryRead(Wav.Call, out var problem);
        Assert.Null(problem);
        return await new TranscriptionServer(connection, Options.Create(options), TimeProvider.System)
            .TranscribeAsync(new TranscriptionRequest("job-1", audio!, language, prompt, null), ct ?? TestContext.Current.CancellationToken);
    }

    public static ServerAnswer Answer(this CallResult result) => result is CallResult.Answered answered
        ? answered.Answer
        : throw new InvalidOperationException($"No answer: {result}");

    public static ProviderFailure Failure(this CallResult result) => Assert.IsType<CallResult.Failed>(result).Failure;
}

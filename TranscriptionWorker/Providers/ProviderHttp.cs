using System.Text;
using System.Text.Json;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Requests to a provider, and what in their answers all kinds of servers have in common.</summary>
sealed class ProviderHttp(TranscriptionConnection connection, TimeProvider time)
{
    public const string Transcriptions = "/audio/transcriptions";

    const int MostAnswerBytes = 16 * 1024 * 1024;
    const int MostErrorBytes = 64 * 1024;

    public Provider Provider => connection.Provider;

    /// <param name="read">Given an answer of a good status.</param>
    public async Task<ClipAnswer> PostAsync(
        Uri route, HttpContent content, ClipRequest clip, ClipPatience patience, Func<HttpResponseMessage, Task<ClipAnswer>> read)
    {
        patience.Asked();
        using var message = new HttpRequestMessage(HttpMethod.Post, route) { Content = content };
        message.Headers.Add("X-Request-Id", clip.Name);
        message.Headers.Accept.ParseAdd("application/json, text/event-stream, text/plain;q=0.5");
        using var response = await connection.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        return response.IsSuccessStatusCode ? await read(response) : await RefusalAsync(response, patience);
    }

    /// <returns>Its body; null with what is wrong where there is none of a good status, or it is too long.</returns>
    public async Task<(ReadOnlyMemory<byte>? Body, ProviderFailure? Failure)> GetAsync(Uri route, ClipPatience patience)
    {
        patience.Asked();
        using var response = await connection.Http.GetAsync(route, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        return response.IsSuccessStatusCode ? await BodyAsync(response, patience) : (null, await RefusalAsync(response, patience));
    }

    /// <summary>Reads an answer that comes as one JSON object, whatever its type says.</summary>
    public async Task<ClipAnswer> ReadAsync(HttpResponseMessage response, ClipPatience patience, params IReadOnlyList<string> warnings)
    {
        var (body, tooLong) = await BodyAsync(response, patience);
        return body is { } bytes ? Answer(ServerAnswer.TryRead(bytes, out var error), error, warnings) : tooLong!;
    }

    public ClipAnswer Answer(ServerAnswer? answer, JsonElement? error, IReadOnlyList<string> warnings) =>
        answer is not null ? answer.ToTranscript(warnings)
        : error is { } said ? ProviderFailures.OfError(Provider, said)
        : ProviderFailures.Malformed(Provider, "a transcription");

    public async Task<(ReadOnlyMemory<byte>? Body, ProviderFailure? Failure)> BodyAsync(HttpResponseMessage response, ClipPatience patience)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(patience.Token);
        return await BoundedBody.ReadAsync(stream, MostAnswerBytes, response.Content.Headers.ContentLength, patience.Heard, patience.Token) is { } body
            ? (body, null)
            : (null, ProviderFailures.TooLong(Provider, MostAnswerBytes, "bytes"));
    }

    async Task<ProviderFailure> RefusalAsync(HttpResponseMessage response, ClipPatience patience)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(patience.Token);
        var body = new byte[MostErrorBytes];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, patience.Token);
        return ProviderFailures.OfStatus(
            Provider,
            (int)response.StatusCode,
            ErrorText.In(Encoding.UTF8.GetString(body, 0, length), Provider),
            ProviderFailures.RetryAfter(response.Headers.RetryAfter?.ToString(), null, time.GetUtcNow()));
    }
}

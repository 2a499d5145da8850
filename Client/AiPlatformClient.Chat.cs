using System.Runtime.CompilerServices;
using System.Text.Json;
using AiPlatform.Client.Http;
using AiPlatform.Client.Streaming;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

public partial class AiPlatformClient
{
    const int LongestKey = 256;

    /// <summary>Asks a model and waits for the answer.</summary>
    /// <param name="call"><see cref="ChatCall.User"/>, or <see cref="ChatCall.Messages"/>; what else goes to the model server stands in <see cref="ChatCall.Options"/>.</param>
    /// <param name="idempotencyKey">Null: the chat ends when its caller leaves, and is not sent again where it may have begun. With a key, of 1 to 256 printable
    /// characters of ASCII, it goes on to its end, is sent again as any other call, and the same key from the same owner gets the same answer.</param>
    /// <exception cref="AiPlatformException">Such as <c>provider_error</c>, <c>provider_unconfigured</c>, <c>timeout</c>, <c>invalid</c>; <see cref="AiPlatformException.JobId"/>
    /// names the job, where there is one.</exception>
    public virtual Task<ChatAnswer> ChatAsync(ChatCall call, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        var request = Chat("chat", call, idempotencyKey, Options.ChatTimeout);
        return Api.SendAsync(
            request,
            async (response, ended) => new ChatAnswer(
                JobOf(request, response), await ApiConnection.ReadAsync(request, response, ClientJson.Wire.ChatResult, ended)),
            cancellationToken);
    }

    /// <summary>Asks a model and gives the answer as it comes. A connection that breaks is made again and goes on where it was; a caller who stops reading ends the
    /// chat, unless it has a key.</summary>
    /// <param name="idempotencyKey">As in <see cref="ChatAsync"/>; the same key gets the same chat from its beginning.</param>
    /// <returns>At least one step; the last one, and only it, has the result.</returns>
    /// <exception cref="AiPlatformException">As of <see cref="ChatAsync"/>, also in the middle of a stream.</exception>
    public virtual IAsyncEnumerable<ChatUpdate> ChatStreamAsync(ChatCall call, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        StreamAsync(Chat("chat/stream", call, idempotencyKey, Options.Timeout), cancellationToken);

    async IAsyncEnumerable<ChatUpdate> StreamAsync(ApiRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var response = await Api.OpenAsync(request, cancellationToken);
        Guid job;
        try
        {
            job = JobOf(request, response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
        await using var feed = new EventFeed(Api, job, after: null);
        await feed.BeginAsync(request.Name, response, cancellationToken);
        var text = new ChatText(job);
        while (await feed.NextAsync(cancellationToken) is { } next)
        {
            if (Step(request, text, feed, next) is { } update)
                yield return update;
        }
    }

    static ChatUpdate? Step(ApiRequest request, ChatText text, EventFeed feed, JobEvent next)
    {
        try
        {
            if (next.Type != JobEventTypes.State)
                return text.After(next);
            var state = feed.StateOf(next);
            if (!state.Status.IsFinal())
                return null;
            return state is { Status: JobStatus.Completed, Result: { } result }
                ? text.End(result.Deserialize(ClientJson.Wire.ChatResult) ?? throw new JsonException())
                : throw AiPlatformException.Of(state);
        }
        catch (JsonException)
        {
            throw AiPlatformException.Unexpected(request.Name, $"the data of an event '{next.Type}' is not in the form of a chat's.", 200, Trial.Useless);
        }
    }

    static ApiRequest Chat(string path, ChatCall call, string? idempotencyKey, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (idempotencyKey is not null && (idempotencyKey.Length is 0 or > LongestKey || idempotencyKey.Any(character => character is < ' ' or > '~')))
            throw new ArgumentException($"A key must have 1 to {LongestKey} printable characters of ASCII.", nameof(idempotencyKey));
        return ApiRequest.Post(path, call, ClientJson.Wire.ChatCall, timeout) with
        {
            IsIdempotent = idempotencyKey is not null,
            Headers = idempotencyKey is null ? [] : [("Idempotency-Key", idempotencyKey)],
        };
    }

    static Guid JobOf(ApiRequest request, HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Job-Id", out var ids) && Guid.TryParse(ids.First(), out var job)
            ? job
            : throw AiPlatformException.Unexpected(request.Name, "the answer has no X-Job-Id and is not from the API.", (int)response.StatusCode, Trial.Useless);
}

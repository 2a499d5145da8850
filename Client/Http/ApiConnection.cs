using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AiPlatform.Client.Http;

/// <summary>Sends requests with the caller's token, again where that is safe, and makes exceptions of what is no answer.</summary>
sealed class ApiConnection
{
    public const string NoAddress = $"{nameof(AiPlatformClientOptions.BaseAddress)} is required, such as https://ai.example.com/.";

    readonly HttpClient _http;
    readonly Uri _address;

    /// <exception cref="ArgumentException">A setting is wrong; the message names each.</exception>
    public ApiConnection(HttpClient http, AiPlatformClientOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        options = options.Copy();
        var faults = options.Faults();
        var address = options.BaseAddress ?? http.BaseAddress;
        if (address is null)
            faults = [.. faults, NoAddress];
        if (http.Timeout != Timeout.InfiniteTimeSpan && http.Timeout < options.LongestTimeout)
            faults = [.. faults, $"HttpClient.Timeout is {http.Timeout}; allowed: Timeout.InfiniteTimeSpan, or at least {options.LongestTimeout}, the longest of the timeouts here."];
        if (faults.Count > 0)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        (_http, Options, Time) = (http, options, time);
        _address = address!.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    public AiPlatformClientOptions Options { get; }

    public TimeProvider Time { get; }

    public Task<T> SendAsync<T>(ApiRequest request, JsonTypeInfo<T> answer, CancellationToken cancellationToken) =>
        SendAsync(request, (response, ended) => ReadAsync(request, response, answer, ended), cancellationToken);

    /// <param name="read">Takes what it needs of the answer, which is disposed of afterwards.</param>
    public async Task<T> SendAsync<T>(ApiRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        await RepeatAsync(request, async ended =>
        {
            using var response = await AttemptAsync(request, ended);
            return await OnTheWireAsync(request, () => read(response, ended));
        }, cancellationToken);

    /// <summary>The answer whose body is still to come; only its beginning is bounded by the request's time.</summary>
    public Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken cancellationToken) =>
        RepeatAsync(request, ended => AttemptAsync(request, ended), cancellationToken);

    /// <summary>The same, once.</summary>
    public Task<HttpResponseMessage> OpenOnceAsync(ApiRequest request, CancellationToken cancellationToken) =>
        RepeatAsync(request with { IsRepeated = false }, ended => AttemptAsync(request, ended), cancellationToken);

    public static async Task<T> ReadAsync<T>(ApiRequest request, HttpResponseMessage response, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(body, answer, cancellationToken) ?? throw new JsonException("It is null.");
        }
        catch (JsonException unreadable)
        {
            // Its message names a place of the answer and may show a value of it.
            throw AiPlatformException.Unexpected(request.Name, $"the answer cannot be read as {typeof(T).Name} (at {unreadable.Path ?? "$"}).", (int)response.StatusCode, Trial.Useless);
        }
    }

    async Task<T> RepeatAsync<T>(ApiRequest request, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(request.Timeout, Time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var pauses = new Pauses(Options, Time);
        AiPlatformException? last = null;
        try
        {
            while (true)
            {
                TimeSpan pause;
                try
                {
                    return await attempt(ended.Token);
                }
                catch (AiPlatformException failure) when (request.MayFollow(failure))
                {
                    last = failure;
                    if (pauses.Next(failure.RetryAfter) is not { } next)
                        throw;
                    pause = next;
                }
                await Task.Delay(pause, Time, ended.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && limit.IsCancellationRequested)
        {
            throw AiPlatformException.TimedOut(request.Name, request.Timeout, last);
        }
        catch (OperationCanceledException cancelled) when (cancellationToken.IsCancellationRequested && cancelled.CancellationToken != cancellationToken)
        {
            throw new OperationCanceledException(cancelled.Message, cancelled, cancellationToken);
        }
    }

    async Task<HttpResponseMessage> AttemptAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var token = await TokenAsync(cancellationToken);
        var response = await OnceAsync(request, token, cancellationToken);
        try
        {
            if (response.StatusCode == HttpStatusCode.Unauthorized && request.CanSendAgain && Options.TokenProvider is not null
                && await TokenAsync(cancellationToken) is { } fresh && fresh != token)
            {
                response.Dispose();
                response = await OnceAsync(request, fresh, cancellationToken);
            }
            return response.IsSuccessStatusCode ? response : throw await AnswerFaults.ReadAsync(request.Name, response, Time, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    async Task<HttpResponseMessage> OnceAsync(ApiRequest request, string? token, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, new Uri(_address, request.Path + request.Query)) { Content = Body(request) };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (token is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (request.AsksFirst)
            message.Headers.ExpectContinue = true;
        foreach (var (name, value) in request.Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        try
        {
            return await OnTheWireAsync(request, () => _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken));
        }
        catch (OperationCanceledException over) when (over.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // The time of the HttpClient given, which may have been changed since.
            throw AiPlatformException.TimedOut(request.Name, _http.Timeout);
        }
    }

    /// <summary>A request without a body may be sent again by the connections themselves, on a connection that the server had closed; one that may not come twice has an empty body.</summary>
    static HttpContent? Body(ApiRequest request) => request.Content?.Invoke() ?? (request.IsIdempotent ? null : new ByteArrayContent([]));

    /// <summary>Makes an exception of the client of one of the network; those of the caller's token provider stay what they are.</summary>
    static async Task<T> OnTheWireAsync<T>(ApiRequest request, Func<Task<T>> step)
    {
        try
        {
            return await step();
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw AnswerFaults.Of(request.Name, broken);
        }
    }

    async ValueTask<string?> TokenAsync(CancellationToken cancellationToken)
    {
        if (Options.TokenProvider is not { } provider)
            return Options.Token;
        var token = await provider(cancellationToken);
        return token is null || Tokens.IsSendable(token) ? token : throw new InvalidOperationException($"What {nameof(Options.TokenProvider)} gives {Tokens.Rule}");
    }
}

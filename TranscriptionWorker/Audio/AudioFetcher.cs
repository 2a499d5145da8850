using System.Net;
using AiPlatform.ServiceDefaults.Egress;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Fetches an <c>audio_url</c> into memory. The URL is the caller's: where it leads, how much comes and how long it takes are bounded.</summary>
sealed class AudioFetcher : IDisposable
{
    const int MostRedirects = 3;

    readonly TranscriptionOptions options;
    readonly AllowedHosts allowed;
    readonly TimeProvider time;
    readonly HttpClient http;

    public AudioFetcher(IOptions<TranscriptionOptions> options, HostResolver resolve, TimeProvider time)
    {
        this.options = options.Value;
        this.time = time;
        allowed = new AllowedHosts(this.options.AllowedHosts);
        http = Create(resolve, allowed);
    }

    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<AudioRead> FetchAsync(string text, CancellationToken ct)
    {
        var url = AudioUrlRules.TryParse(text, out var problem);
        if (url is null)
        {
            return new AudioRead.Failed(problem!);
        }
        using var patience = new FetchPatience(options, time, ct);
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            if (AudioUrlRules.Check(url, allowed) is { } refused)
            {
                return new AudioRead.Failed(refused);
            }
            var (read, next) = await TryGetAsync(url, patience, ct);
            if (next is null)
            {
                return read!;
            }
            if (url.Scheme == "https" && next.Scheme == "http")
            {
                return new AudioRead.Failed(
                    AudioProblem.Forbidden($"audio_url redirects from https to http at {url.IdnHost}, which is not allowed."));
            }
            url = next;
        }
        return new AudioRead.Failed(AudioProblem.Unreadable($"audio_url redirects more than {MostRedirects} times."));
    }

    public void Dispose() => http.Dispose();

    /// <returns>What was read, or where to go on.</returns>
    async Task<(AudioRead? Read, Uri? Next)> TryGetAsync(Uri url, FetchPatience patience, CancellationToken ct)
    {
        try
        {
            return await GetAsync(url, patience);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            return (new AudioRead.Failed(FetchProblems.OfFailure(url, failure, patience.Passed)), null);
        }
    }

    async Task<(AudioRead? Read, Uri? Next)> GetAsync(Uri url, FetchPatience patience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        patience.Heard();
        if (IsRedirect(response.StatusCode) && response.Headers.Location is { } location)
        {
            return Uri.TryCreate(url, location, out var next)
                ? (null, next)
                : (new AudioRead.Failed(AudioProblem.Unreadable($"{url.IdnHost} redirects audio_url to what is not a URL.")), null);
        }
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return (new AudioRead.Failed(FetchProblems.OfStatus(url, (int)response.StatusCode)), null);
        }
        var mostBytes = options.MaxMegabytes * 1024 * 1024;
        var announced = response.Content.Headers.ContentLength;
        if (announced > mostBytes)
        {
            return (new AudioRead.Failed(AudioProblem.TooLarge(announced, options.MaxMegabytes)), null);
        }
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        return await BoundedBody.ReadAsync(body, mostBytes, announced, patience.Heard, patience.Token) is { } bytes
            ? (new AudioRead.Bytes(bytes), null)
            : (new AudioRead.Failed(AudioProblem.TooLarge(null, options.MaxMegabytes)), null);
    }

    static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    static HttpClient Create(HostResolver resolve, AllowedHosts allowed)
    {
        var http = new HttpClient(GuardedHttp.CreateHandler(resolve, allowed)) { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("AiPlatform-TranscriptionWorker");
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
        return http;
    }
}

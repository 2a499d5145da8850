using System.Net;
using AiPlatform.ServiceDefaults.Egress;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Fetches an <c>audio_url</c>. The URL is the caller's: where it leads, how much comes and how long it takes are bounded.</summary>
sealed class AudioFetcher : IDisposable
{
    const int MostRedirects = 3;
    const int PieceBytes = 64 * 1024;

    readonly AudioOptions options;
    readonly AllowedHosts allowed;
    readonly TimeProvider time;
    readonly HttpClient http;

    public AudioFetcher(IOptions<AudioOptions> options, HostResolver resolve, TimeProvider time)
    {
        this.options = options.Value;
        this.time = time;
        allowed = new AllowedHosts(this.options.AllowedHosts);
        http = Create(resolve, allowed);
    }

    /// <returns>Null where all of it came.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired.</exception>
    public async Task<AudioProblem?> FetchAsync(string text, AudioIntake intake, CancellationToken ct)
    {
        var url = AudioUrlRules.TryParse(text, out var problem);
        if (url is null)
        {
            return problem;
        }
        using var patience = new FetchPatience(options, time, ct);
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            if (AudioUrlRules.Check(url, allowed) is { } refused)
            {
                return refused;
            }
            var (failed, next) = await TryGetAsync(url, intake, patience, ct);
            if (next is null)
            {
                return failed;
            }
            if (url.Scheme == "https" && next.Scheme == "http")
            {
                return AudioProblem.Forbidden($"audio_url redirects from https to http at {url.IdnHost}, which is not allowed.");
            }
            url = next;
        }
        return AudioProblem.Unreadable($"audio_url redirects more than {MostRedirects} times.");
    }

    public void Dispose() => http.Dispose();

    /// <returns>What went wrong, or where to go on; neither where the audio came.</returns>
    async Task<(AudioProblem? Failed, Uri? Next)> TryGetAsync(Uri url, AudioIntake intake, FetchPatience patience, CancellationToken ct)
    {
        try
        {
            return await GetAsync(url, intake, patience);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // However the closing of the connection showed itself.
            throw new OperationCanceledException(ct);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            return (FetchProblems.OfFailure(url, failure, patience.Passed), null);
        }
    }

    async Task<(AudioProblem? Failed, Uri? Next)> GetAsync(Uri url, AudioIntake intake, FetchPatience patience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        patience.Heard();
        if (IsRedirect(response.StatusCode) && response.Headers.Location is { } location)
        {
            return Uri.TryCreate(url, location, out var next)
                ? (null, next)
                : (AudioProblem.Unreadable($"{url.IdnHost} redirects audio_url to what is not a URL."), null);
        }
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return (FetchProblems.OfStatus(url, (int)response.StatusCode), null);
        }
        if (response.Content.Headers.ContentLength is { } announced && announced > options.MaxMegabytes * 1024L * 1024)
        {
            return (AudioProblem.TooLarge(announced, options.MaxMegabytes), null);
        }
        await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
        return (await CopyAsync(body, intake, patience), null);
    }

    static async Task<AudioProblem?> CopyAsync(Stream body, AudioIntake intake, FetchPatience patience)
    {
        var piece = new byte[PieceBytes];
        while (await body.ReadAsync(piece, patience.Token) is > 0 and var read)
        {
            patience.Brought(read);
            if (await intake.AppendAsync(piece.AsMemory(0, read), patience.Token) is { } refused)
            {
                return refused;
            }
        }
        return null;
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

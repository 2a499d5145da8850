using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Infra;

/// <summary>What all sidecars say, each asked at most every two seconds, however many callers want to know.</summary>
sealed class Sidecars
{
    /// <summary>How long an answer holds, a failure too: a sidecar that hangs holds up one question in a while and not each.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    readonly SidecarClient _client;
    readonly TimeProvider _time;
    readonly IReadOnlyList<Source> _sources;
    readonly HashSet<string> _names;

    public Sidecars(SidecarClient client, IOptions<ApiOptions> options, TimeProvider time)
    {
        _client = client;
        _time = time;
        _sources = [.. options.Value.SidecarUrls.Select(Parse).Select(address => new Source(address))];
        _names = [.. _sources.Select(source => source.Address.Name)];
    }

    public async Task<InfraReport> ReportAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(_sources.Select(CurrentAsync)).WaitAsync(cancellationToken);
        return InfraMerge.Of([.. _sources.Select(source => source.Address).Zip(answers)], _time);
    }

    Task<SidecarAnswer> CurrentAsync(Source source)
    {
        lock (source)
        {
            if (source.Last is { } last && _time.GetElapsedTime(last.At) < Fresh)
                return Task.FromResult(last);
            return source.Asking is { IsCompleted: false } asking ? asking : source.Asking = AskAsync(source);
        }
    }

    async Task<SidecarAnswer> AskAsync(Source source)
    {
        // Shared by its callers, so none of them may cancel it; the timeout bounds it.
        var answer = await _client.AskAsync(source.Address, _names, CancellationToken.None);
        lock (source)
            source.Last = answer;
        return answer;
    }

    static SidecarAddress Parse(string entry) =>
        SidecarAddress.TryParse(entry, out var sidecar) ? sidecar : throw new InvalidOperationException($"'{entry}' passed the check of the settings.");

    sealed class Source(SidecarAddress address)
    {
        public SidecarAddress Address => address;

        public SidecarAnswer? Last { get; set; }

        public Task<SidecarAnswer>? Asking { get; set; }
    }
}

using AiPlatform.Client.Http;

namespace AiPlatform.Client;

/// <summary>Where the API is, how a caller is known there, and how long it is waited for. Copied when the client is made: what is changed afterwards does not reach it.</summary>
public sealed class AiPlatformClientOptions
{
    static readonly TimeSpan MostTimeout = TimeSpan.FromDays(1);

    /// <summary>Absolute, such as <c>https://ai.example.com/</c>; a path in it stays in front of every route. No user and no password.</summary>
    /// <value>Default none: that of the <see cref="HttpClient"/> given, else required.</value>
    public Uri? BaseAddress { get; set; }

    /// <summary>Sent as <c>Authorization: Bearer</c>. Never in messages of this library.</summary>
    /// <value>Default none: for an API that asks for no token.</value>
    public string? Token { get; set; }

    /// <summary>Asked before every request, so that a token may be rotated while the client is in use; it should keep what it has read. After a 401 it is asked
    /// once more, and where it then gives another token, the request is sent again with that. What it throws reaches the caller as it is.</summary>
    /// <value>Default none. It and <see cref="Token"/> exclude each other.</value>
    public Func<CancellationToken, ValueTask<string?>>? TokenProvider { get; set; }

    /// <summary>How long a call may take, its repetitions included. What a call itself waits for (<c>wait</c>) comes on top; a stream has to begin within it.</summary>
    /// <value>Default 100 s; 1 ms to 24 h.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>The same for <see cref="AiPlatformClient.ChatAsync"/>, which waits for the answer: longer than the service's CHAT_TIMEOUT (5 min 30 s), which tells more.</summary>
    /// <value>Default 6 min; 1 ms to 24 h.</value>
    public TimeSpan ChatTimeout { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>The same for <see cref="AiPlatformClient.CancelManyAsync"/> and <see cref="AiPlatformClient.RetryManyAsync"/>, for which the service takes up to 10 min.</summary>
    /// <value>Default 11 min; 1 ms to 24 h.</value>
    public TimeSpan ManyTimeout { get; set; } = TimeSpan.FromMinutes(11);

    /// <summary>The same for an upload.</summary>
    /// <value>Default 15 min; 1 ms to 24 h.</value>
    public TimeSpan UploadTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a stream may be silent before its connection is given up and a new one made. The service sends something every EVENTS_HEARTBEAT (15 s).</summary>
    /// <value>Default 60 s; 1 ms to 24 h.</value>
    public TimeSpan StreamIdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>From its first failure on, how long a call is sent again, and a stream opened again from its last event on, where that is safe. A <c>Retry-After</c> that
    /// reaches its end or beyond is not waited for.</summary>
    /// <value>Default 30 s; 0 (never again) to 24 h.</value>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause before a call is sent again for the first time. Each one is twice as long as the one before, and up to a half of it is left to chance.</summary>
    /// <value>Default 200 ms; 1 ms to <see cref="LongestPause"/>.</value>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest such pause; a <c>Retry-After</c> may be longer.</summary>
    /// <value>Default 5 s; <see cref="FirstPause"/> to 24 h.</value>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a job that is submitted without an idempotency key gets one of the client's, so that it may be sent again after a broken connection and is
    /// one job all the same. Storing a key costs the service about as much as storing the job.</summary>
    /// <value>Default true. Otherwise such a job is sent again only where the first submission certainly did nothing.</value>
    public bool MakeIdempotencyKeys { get; set; } = true;

    /// <summary>The longest of the times that a request may take, without what it waits for.</summary>
    internal TimeSpan LongestTimeout => new[] { Timeout, ChatTimeout, ManyTimeout, UploadTimeout }.Max();

    internal AiPlatformClientOptions Copy() => (AiPlatformClientOptions)MemberwiseClone();

    /// <summary>What is wrong with the settings, each a sentence that names it; empty where nothing is. Never with a token in it.</summary>
    internal IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        if (BaseAddress is { IsAbsoluteUri: false })
            faults.Add($"{nameof(BaseAddress)} must be absolute, such as https://ai.example.com/.");
        else if (BaseAddress is { UserInfo.Length: > 0 })
            faults.Add($"{nameof(BaseAddress)} must have no user and no password; give a {nameof(Token)}.");
        else if (BaseAddress is { Query.Length: > 0 } or { Fragment.Length: > 0 })
            faults.Add($"{nameof(BaseAddress)} must have no query and no fragment.");
        if (Token is not null && TokenProvider is not null)
            faults.Add($"{nameof(Token)} and {nameof(TokenProvider)} exclude each other; give one of them.");
        if (Token is { } token && !Tokens.IsSendable(token))
            faults.Add($"{nameof(Token)} {Tokens.Rule}");
        foreach (var (name, value, least, most) in (ReadOnlySpan<(string, TimeSpan, TimeSpan, TimeSpan)>)
            [
                (nameof(Timeout), Timeout, TimeSpan.FromMilliseconds(1), MostTimeout),
                (nameof(ChatTimeout), ChatTimeout, TimeSpan.FromMilliseconds(1), MostTimeout),
                (nameof(ManyTimeout), ManyTimeout, TimeSpan.FromMilliseconds(1), MostTimeout),
                (nameof(UploadTimeout), UploadTimeout, TimeSpan.FromMilliseconds(1), MostTimeout),
                (nameof(StreamIdleTimeout), StreamIdleTimeout, TimeSpan.FromMilliseconds(1), MostTimeout),
                (nameof(RetryFor), RetryFor, TimeSpan.Zero, MostTimeout),
                (nameof(FirstPause), FirstPause, TimeSpan.FromMilliseconds(1), MostTimeout),
                (nameof(LongestPause), LongestPause, FirstPause, MostTimeout),
            ])
        {
            if (value < least || value > most)
                faults.Add($"{name} is {value}; allowed: {least} to {most}.");
        }
        return faults;
    }
}

using System.ComponentModel.DataAnnotations;
using AiPlatform.Api.Infra;
using AiPlatform.Contracts;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.Api;

/// <summary>Settings of the HTTP API.</summary>
public sealed class ApiOptions
{
    // What a job may wait for a free slot before its model call begins, when the whole budget is not given.
    static readonly TimeSpan QueueMargin = TimeSpan.FromSeconds(30);

    /// <summary>The token of an administrator, presented as <c>Authorization: Bearer</c>.</summary>
    /// <value>Default none: everybody is served, until the first caller is made.</value>
    [ConfigurationKeyName("AI_SERVICE_TOKEN"), DataType(DataType.Password)]
    public string? ServiceToken { get; set; }

    /// <summary>
    /// A JSON file of callers, each with the SHA-256 of its tokens, which are kept in the database as those made over the API are; it is read again when it changes.
    /// Every instance of the API has the same. See <c>docs/security.md</c>.
    /// </summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("CALLERS_FILE")]
    public string? CallersFile { get; set; }

    /// <summary>How long one model call may take; workers read the same name. Here it only gives <see cref="ChatTimeout"/> its default.</summary>
    /// <value>Default 5 min; 1 s to 24 h.</value>
    [ConfigurationKeyName("LLM_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LlmTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a synchronous chat waits for its answer, waiting in the queue included. Then its job is cancelled and the answer is 504.
    /// </summary>
    /// <value>Default LLM_TIMEOUT and 30 s for the queue; 1 s to 24 h.</value>
    [ConfigurationKeyName("CHAT_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan? ChatTimeout { get; set; }

    /// <summary>How long the job of a chat whose caller has left goes on, in case the caller asks again or somebody else waits for it. Then it is cancelled.
    /// </summary>
    /// <value>Default 2 s; 0 s to 1 h.</value>
    [ConfigurationKeyName("CHAT_LEFT_GRACE"), Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ChatLeftGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether the job of a chat whose caller has left goes on to its end, as it always does with an <c>Idempotency-Key</c>.</summary>
    /// <value>Default false: it is cancelled after <see cref="ChatLeftGrace"/>.</value>
    [ConfigurationKeyName("CHAT_KEEP_LEFT")]
    public bool ChatKeepLeft { get; set; }

    /// <summary>How often an event stream on which nothing happens sends a comment, so that proxies keep it open.</summary>
    /// <value>Default 15 s; 1 s to 5 min.</value>
    [ConfigurationKeyName("EVENTS_HEARTBEAT"), Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan EventsHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Addresses of the sidecars on the AI servers, comma-separated, each with a name in front where host and port say too little:
    /// <c>gpu1=http://10.0.0.1:8082,http://gpu2:8082</c>.
    /// </summary>
    /// <value>Default none: <c>infra/status</c> says that none is configured. At most 32.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_URL"), SidecarAddresses]
    public IReadOnlyList<string> SidecarUrls { get; set; } = [];

    /// <summary>The token the sidecars expect.</summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_TOKEN"), DataType(DataType.Password)]
    public string? SidecarToken { get; set; }

    /// <summary>
    /// A file with lines <c>name=token</c>, for each sidecar that has one of its own, and one for all others: <c>*=token</c>, or the token alone, which may
    /// end with <c>=</c>. Lines with names that are not configured, and those that begin with <c>#</c>, are left out. It is read again for each question,
    /// and what it holds wins over <c>INFRA_SIDECAR_TOKEN</c>.
    /// </summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_TOKEN_FILE")]
    public string? SidecarTokenFile { get; set; }

    /// <summary>A file in PEM with the authorities that may sign the certificates of the sidecars, where the system does not know them. A changed file holds for the
    /// connections after that.</summary>
    /// <value>Default none: those that the system trusts.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_CA_FILE"), AuthoritiesFile]
    public string? SidecarAuthoritiesFile { get; set; }

    /// <summary>How long a sidecar, which answers from memory, may take. Its answer, or that it gave none, holds for 2 s.</summary>
    /// <value>Default 2 s; 100 ms to 1 min.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan SidecarTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the whole body of a request in JSON may take to come, however steadily it does; a slower one is answered 408. Uploads may take as long as
    /// their size at <c>HTTP_MIN_BYTES_PER_SECOND</c>.</summary>
    /// <value>Default 60 s; 1 s to 1 h.</value>
    [ConfigurationKeyName("HTTP_BODY_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request may take in all until its answer begins, where its route does not wait for something by itself; then it is broken off and answered 503.
    /// A body may take <see cref="BodyTimeout"/> besides, and what a route waits for as long as that may (<c>docs/security.md</c>).</summary>
    /// <value>Default 30 s; 1 s to 1 h.</value>
    [ConfigurationKeyName("HTTP_REQUEST_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <c>POST /v1/audio/transcriptions</c> waits for its transcription, waiting in the queue included. Then its job is cancelled and the
    /// answer is 504. Longer audio is for jobs that nobody waits for.</summary>
    /// <value>Default 30 min; 1 s to 24 h.</value>
    [ConfigurationKeyName("TRANSCRIPTION_WAIT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TranscriptionWait { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long a caller who waits for a job of the task type waits.</summary>
    internal TimeSpan WaitFor(string taskType) =>
        TranscriptionInputs.IsTranscription(taskType) ? TranscriptionWait : ChatTimeout ?? LlmTimeout + QueueMargin;
}

using System.ComponentModel.DataAnnotations;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator;

/// <summary>How the simulated model servers behave. Every model is served by an engine of its own with these settings.</summary>
public sealed class SimulatorOptions : IValidatableObject
{
    internal const string FirstComeFirstServed = "fcfs";
    internal const string ByPriority = "priority";
    internal const string OwnCaCertificate = "own-ca";
    internal const string ExpiredCertificate = "expired";
    internal const string WrongNameCertificate = "wrong-name";

    /// <summary>The server it stands in for, where the address does not say which (<c>/ollama/v1/…</c>).</summary>
    /// <value>Default: vllm. One of vllm, ollama, lmstudio, openai, anthropic, mistral, whisperx, whisperxtasks, whisperasr.</value>
    [ConfigurationKeyName("SIMULATOR_PERSONALITY")]
    [AllowedValues("vllm", "ollama", "lmstudio", "openai", "anthropic", "mistral", "whisperx", "whisperxtasks", "whisperasr")]
    public string Personality { get; set; } = "vllm";

    /// <summary>Names of the chat models, separated by commas.</summary>
    /// <value>Default: qwen2.5-14b.</value>
    [ConfigurationKeyName("SIMULATOR_MODELS")]
    [MinLength(1)]
    public IReadOnlyList<string> Models { get; set; } = ["qwen2.5-14b"];

    /// <summary>Names of the models that also transcribe, separated by commas.</summary>
    /// <value>Default: mistralai/Voxtral-Small-24B-2507. Empty: none.</value>
    [ConfigurationKeyName("SIMULATOR_AUDIO_MODELS")]
    public IReadOnlyList<string> AudioModels { get; set; } = ["mistralai/Voxtral-Small-24B-2507"];

    /// <summary>Names of the models that turn text into vectors, separated by commas.</summary>
    /// <value>Default: BAAI/bge-m3. Empty: none.</value>
    [ConfigurationKeyName("SIMULATOR_EMBEDDING_MODELS")]
    public IReadOnlyList<string> EmbeddingModels { get; set; } = ["BAAI/bge-m3"];

    /// <summary>Length of an embedding, and the most that a request's <c>dimensions</c> may ask for.</summary>
    /// <value>Numbers. Default: 1024. Range: 1 to 16384.</value>
    [ConfigurationKeyName("SIMULATOR_EMBEDDING_DIMENSIONS")]
    [Range(1, 16_384)]
    public int EmbeddingDimensions { get; set; } = 1024;

    /// <summary>Time from the moment the engine takes a request to its first token.</summary>
    /// <value>Milliseconds. Default: 100. Range: 0 to 600000; 0 together with <see cref="InterTokenMs"/> 0 answers at once.</value>
    [ConfigurationKeyName("SIMULATOR_FIRST_TOKEN_MS")]
    [Range(0.0, 600_000.0)]
    public double FirstTokenMs { get; set; } = 100;

    /// <summary>How much that time differs from request to request: standard deviation of a normal distribution, never more than 70 % off the mean.</summary>
    /// <value>Percent of <see cref="FirstTokenMs"/>. Default: 0. Range: 0 to 30.</value>
    [ConfigurationKeyName("SIMULATOR_FIRST_TOKEN_STD_DEV")]
    [Range(0.0, 30.0)]
    public double FirstTokenStdDev { get; set; }

    /// <summary>
    /// What each token of a prompt adds to the time to the first token, unless it is in the cache (<see cref="PrefixCache"/>); the others in the
    /// batch wait meanwhile for their next token.
    /// </summary>
    /// <value>Milliseconds. Default: 0. Range: 0 to 1000.</value>
    [ConfigurationKeyName("SIMULATOR_PREFILL_TOKEN_MS")]
    [Range(0.0, 1000.0)]
    public double PrefillTokenMs { get; set; }

    /// <summary>What Ollama and LM Studio take to load a model that is not in memory, before the first token.</summary>
    /// <value>Milliseconds. Default: 0, it is always there. Range: 0 to 600000.</value>
    [ConfigurationKeyName("SIMULATOR_LOAD_MS")]
    [Range(0.0, 600_000.0)]
    public double LoadMs { get; set; }

    /// <summary>How long they keep a model in memory that nobody asks for.</summary>
    /// <value>Milliseconds. Default: 300000. Range: 0 to 86400000.</value>
    [ConfigurationKeyName("SIMULATOR_KEEP_ALIVE_MS")]
    [Range(0.0, 86_400_000.0)]
    public double KeepAliveMs { get; set; } = 300_000;

    /// <summary>Time of one engine step, which gives one token to every running request.</summary>
    /// <value>Milliseconds. Default: 12. Range: 0 to 60000; 0 gives all tokens with the first.</value>
    [ConfigurationKeyName("SIMULATOR_INTER_TOKEN_MS")]
    [Range(0.0, 60_000.0)]
    public double InterTokenMs { get; set; } = 12;

    /// <summary>How much steps differ in their time: standard deviation of a normal distribution, never more than 70 % off the mean.</summary>
    /// <value>Percent of <see cref="InterTokenMs"/>. Default: 0. Range: 0 to 30.</value>
    [ConfigurationKeyName("SIMULATOR_INTER_TOKEN_STD_DEV")]
    [Range(0.0, 30.0)]
    public double InterTokenStdDev { get; set; }

    /// <summary>How many times longer everything takes, first tokens and prompts as well as steps, with a full batch than with one request; linear between.</summary>
    /// <value>Factor. Default: 1. Range: 1 to 100.</value>
    [ConfigurationKeyName("SIMULATOR_LOAD_FACTOR")]
    [Range(1.0, 100.0)]
    public double LoadFactor { get; set; } = 1;

    /// <summary>Requests an engine runs at the same time; the others wait.</summary>
    /// <value>Requests. Default: 16. Range: 1 to 4096.</value>
    [ConfigurationKeyName("SIMULATOR_MAX_RUNNING")]
    [Range(1, 4096)]
    public int MaxRunning { get; set; } = 16;

    /// <summary>Requests that may wait for an engine; one more is answered 503.</summary>
    /// <value>Requests. Default: 1000. Range: 0 to 100000.</value>
    [ConfigurationKeyName("SIMULATOR_MAX_WAITING")]
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 1000;

    /// <summary>Tokens of one step, as vLLM's <c>--max-num-batched-tokens</c>: running answers take one each, prompts are read in parts of what is left.</summary>
    /// <value>Tokens. Default: 8192. Range: 1 to 1048576. Without effect while <see cref="PrefillTokenMs"/> is 0.</value>
    [ConfigurationKeyName("SIMULATOR_BATCH_TOKENS")]
    [Range(1, 1_048_576)]
    public int BatchTokens { get; set; } = 8192;

    /// <summary>Who gets a free place first, as vLLM's <c>--scheduling-policy</c>: the first to come, or the lowest <c>priority</c> of the request.</summary>
    /// <value>Default: fcfs, which refuses a <c>priority</c> other than 0. One of fcfs, priority.</value>
    [ConfigurationKeyName("SIMULATOR_SCHEDULING_POLICY")]
    [AllowedValues(FirstComeFirstServed, ByPriority)]
    public string SchedulingPolicy { get; set; } = FirstComeFirstServed;

    /// <summary>Longest context, prompt and answer together; <c>max_model_len</c> in <c>/v1/models</c>.</summary>
    /// <value>Tokens. Default: 32768. Range: 16 to 1048576.</value>
    [ConfigurationKeyName("SIMULATOR_MAX_MODEL_LEN")]
    [Range(16, 1_048_576)]
    public int MaxModelLen { get; set; } = 32_768;

    /// <summary>Size of an engine's KV cache. When it is full, requests wait and the last running one in the order of <see cref="SchedulingPolicy"/> is preempted.</summary>
    /// <value>Blocks of 16 tokens. Default: 16384. Range: 1 to 1048576, and at least one context of <see cref="MaxModelLen"/>.</value>
    [ConfigurationKeyName("SIMULATOR_KV_BLOCKS")]
    [Range(1, 1_048_576)]
    public int KvBlocks { get; set; } = 16_384;

    /// <summary>Whether the blocks of a prompt stay in the KV cache, to be found by the next one that begins alike, and usage tells of <c>cached_tokens</c>.</summary>
    /// <value>Default: false.</value>
    [ConfigurationKeyName("SIMULATOR_PREFIX_CACHE")]
    public bool PrefixCache { get; set; }

    /// <summary>What is answered in words: a sentence that says it is made up and quotes the prompt, the prompt itself, or words by chance.</summary>
    /// <value>Default: sentence. One of sentence, echo, random.</value>
    [ConfigurationKeyName("SIMULATOR_ANSWER_MODE")]
    [AllowedValues(AnswerWords.Sentence, AnswerWords.Echo, AnswerWords.Random, ErrorMessage = "{0} should be sentence, echo or random.")]
    public string AnswerMode { get; set; } = AnswerWords.Sentence;

    /// <summary>Length of every chat answer that is not JSON and not a tool call.</summary>
    /// <value>Tokens. Default: 0, as long as the answer's sentence is. Range: 0 to 100000.</value>
    [ConfigurationKeyName("SIMULATOR_ANSWER_TOKENS")]
    [Range(0, 100_000)]
    public int AnswerTokens { get; set; }

    /// <summary>Starts the made up chance of deviations and failures: the same seed and requests in the same order have the same times and failures.</summary>
    /// <value>Default: 1. Range: 0 to 2147483647.</value>
    [ConfigurationKeyName("SIMULATOR_SEED")]
    [Range(0, int.MaxValue)]
    public int Seed { get; set; } = 1;

    /// <summary>How many of the requests to models fail by chance.</summary>
    /// <value>Percent. Default: 0. Range: 0 to 100.</value>
    [ConfigurationKeyName("SIMULATOR_FAILURE_RATE")]
    [Range(0.0, 100.0)]
    public double FailureRate { get; set; }

    /// <summary>In which ways they fail, each as often as the others.</summary>
    /// <value>
    /// Default: none named, all of them. Of rate_limit, invalid_api_key, context_length, server_error, invalid_request, model_not_found, separated by commas.
    /// </value>
    [ConfigurationKeyName("SIMULATOR_FAILURE_TYPES")]
    [Faults.FailureTypes]
    public IReadOnlyList<string> FailureTypes { get; set; } = [];

    /// <summary>How long after the start <c>/health/ready</c> answers 503.</summary>
    /// <value>Milliseconds. Default: 0. Range: 0 to 86400000.</value>
    [ConfigurationKeyName("SIMULATOR_STARTUP_MS")]
    [Range(0.0, 86_400_000.0)]
    public double StartupMs { get; set; }

    /// <summary>What <c>/metrics</c> tells as <c>vllm:num_requests_running</c> in place of the truth, for callers that act on it.</summary>
    /// <value>Requests. Default: none, the truth. Range: 0 to 1000000.</value>
    [ConfigurationKeyName("SIMULATOR_FAKE_RUNNING")]
    [Range(0, 1_000_000)]
    public int? FakeRunning { get; set; }

    /// <summary>The same for <c>vllm:num_requests_waiting</c>.</summary>
    /// <value>Requests. Default: none, the truth. Range: 0 to 1000000.</value>
    [ConfigurationKeyName("SIMULATOR_FAKE_WAITING")]
    [Range(0, 1_000_000)]
    public int? FakeWaiting { get; set; }

    /// <summary>The same for <c>vllm:kv_cache_usage_perc</c>.</summary>
    /// <value>Part of the cache. Default: none, the truth. Range: 0 to 1.</value>
    [ConfigurationKeyName("SIMULATOR_FAKE_KV_USAGE")]
    [Range(0.0, 1.0)]
    public double? FakeKvUsage { get; set; }

    /// <summary>Requests that <c>GET /admin/requests</c> remembers; older ones are forgotten.</summary>
    /// <value>Requests. Default: 1000. Range: 0 to 100000.</value>
    [ConfigurationKeyName("SIMULATOR_REQUEST_LOG")]
    [Range(0, 100_000)]
    public int RequestLog { get; set; } = 1000;

    /// <summary>Multiplies the waiting times of the models <c>fb-s06</c>, <c>fb-s07</c>, <c>fb-s09</c> and <c>fb-s15</c>.</summary>
    /// <value>Factor. Default: 1. Range: 0.001 to 10.</value>
    [ConfigurationKeyName("SIMULATOR_WALL_TIME_FACTOR")]
    [Range(0.001, 10.0)]
    public double WallTimeFactor { get; set; } = 1;

    /// <summary>The certificate of https addresses, made at every start: good for this host, expired since yesterday, or for another name.</summary>
    /// <value>Default: own-ca. One of own-ca, expired, wrong-name.</value>
    [ConfigurationKeyName("SIMULATOR_TLS_CERTIFICATE")]
    [AllowedValues(OwnCaCertificate, ExpiredCertificate, WrongNameCertificate)]
    public string TlsCertificate { get; set; } = OwnCaCertificate;

    /// <summary>File in which to leave the CA that signed the certificate of https addresses, for callers that shall trust it.</summary>
    /// <value>Path of a PEM file. Default: none.</value>
    [ConfigurationKeyName("SIMULATOR_TLS_CA_FILE")]
    public string? TlsCaFile { get; set; }

    /// <summary>Key that <c>/v1/*</c> then asks for as <c>Authorization: Bearer</c>, as vLLM's <c>--api-key</c> does.</summary>
    /// <value>Secret. Default: none, every request is served.</value>
    [ConfigurationKeyName("SIMULATOR_API_KEY")]
    public string? ApiKey { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((long)KvBlocks * Engine.KvCache.BlockTokens < MaxModelLen)
        {
            var held = (long)KvBlocks * Engine.KvCache.BlockTokens;
            yield return new ValidationResult($"SIMULATOR_KV_BLOCKS {KvBlocks} holds {held} tokens, fewer than SIMULATOR_MAX_MODEL_LEN {MaxModelLen}");
        }

        if (Models.Concat(AudioModels).Concat(EmbeddingModels).GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            yield return new ValidationResult($"SIMULATOR_MODELS, SIMULATOR_AUDIO_MODELS and SIMULATOR_EMBEDDING_MODELS name {twice.Key} more than once");
    }
}

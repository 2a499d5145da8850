using AiPlatform.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
builder.AddDeploymentTarget();

// What only you can know. Each is an environment variable, or Parameters:<name> in configuration; empty means not configured.
var serviceToken = builder.AddSetting("AI_SERVICE_TOKEN", secret: true);
var sidecarToken = builder.AddSetting("INFRA_SIDECAR_TOKEN", secret: true);
var sidecarUrl = builder.AddSetting("INFRA_SIDECAR_URL");
Setting[] tokens = [serviceToken, sidecarToken];
var callbacks = builder.AddCallbackSettings();
var front = builder.AddApiSettings();
var chat = builder.AddChatSettings();
var speech = builder.AddSpeechSettings();

// Stores: Postgres is the truth, Redis is the order and the doorbell; nothing of Redis needs to be kept.
var postgres = builder.AddPostgres("postgres");
if (builder.KeepsData())
    postgres.WithDataVolume();
var jobs = postgres.AddDatabase("jobs");
var redis = builder.AddRedis("redis");

// Model servers: yours where they are configured, otherwise the simulator, or vLLM on GPUs in a deployment.
var models = builder.AddModelServers(chat, speech, [.. callbacks, .. tokens]);

// The GPUs, containers and model servers of the AI server, unless it already has a sidecar.
var sidecar = sidecarUrl.IsConfigured
    ? null
    : builder.AddProject<Projects.InfraSidecar>("infra-sidecar")
        .WithHttpEndpoint()
        .WithSetting(sidecarToken)
        .WithEnvironment("VLLM_METRICS_URLS", models.Chat, builder.AddSetting("VLLM_METRICS_URLS"))
        .WithoutSecretsOf(chat, speech, callbacks, [serviceToken])
        .WithHttpHealthCheck("/readyz")
        .WithGpus();

// The only part callers see. It never gets a model key.
var api = builder.AddProject<Projects.Api>("api")
    .WithHttpEndpoint(port: builder.ApiPort())
    .WithExternalHttpEndpoints()
    .WithReference(jobs).WaitFor(jobs)
    .WithReference(redis).WaitFor(redis)
    .WithSetting(serviceToken)
    .WithSetting(sidecarToken)
    .WithSettings([.. callbacks, .. front])
    .WithSetting(speech.Named("AUDIO_URL_ALLOWED_HOSTS"))
    .WithEnvironment("INFRA_SIDECAR_URL", sidecar?.GetEndpoint("http"), sidecarUrl)
    .WithoutSecretsOf(chat, speech)
    .WithHttpHealthCheck("/readyz")
    .WithUrlForEndpoint("http", url => url.DisplayText = "API")
    .WithUrlForEndpoint("http", _ => new() { Url = "/docs", DisplayText = "API documentation" })
    .WithQueueCommand("pause", "Pause the queue", "Pause", serviceToken)
    .WithQueueCommand("resume", "Resume the queue", "Play", serviceToken)
    .WithQueueCommand("stop", "Stop the queue when the jobs in hand are done", "Stop", serviceToken)
    .WithQueueCommand("start", "Start the queue", "PlayCircle", serviceToken);

// Workers take jobs from the stores, not from the API, and may run in any number.
builder.AddProject<Projects.LlmWorker>("llm-worker")
    .WithHttpEndpoint()
    .WithReplicas(builder.Replicas("LLM_WORKER_REPLICAS"))
    .WithReference(jobs).WaitFor(jobs)
    .WithReference(redis).WaitFor(redis)
    .WithSettings(chat)
    .WithModelServer("LLM_BASE_URL", models.Chat)
    .WithoutSecretsOf(speech, callbacks, tokens)
    .WithHttpHealthCheck("/readyz");

builder.AddProject<Projects.TranscriptionWorker>("transcription-worker")
    .WithHttpEndpoint()
    .WithReplicas(builder.Replicas("TRANSCRIPTION_WORKER_REPLICAS"))
    .WithReference(jobs).WaitFor(jobs)
    .WithReference(redis).WaitFor(redis)
    .WithSettings(speech)
    .WithSetting(chat.Named("LLM_API_KEY"))
    .WithModelServer("VOXTRAL_BASE_URL", models.Speech)
    .WithoutSecretsOf(chat.Except([chat.Named("LLM_API_KEY")]), callbacks, tokens)
    .WithHttpHealthCheck("/readyz");

builder.Build().Run();

using AiPlatform.ModelSimulator.Admin;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Audio;
using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Completions;
using AiPlatform.ModelSimulator.Embeddings;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Messages;
using AiPlatform.ModelSimulator.Operations;
using AiPlatform.ModelSimulator.Personalities;
using AiPlatform.ModelSimulator.Responses;
using AiPlatform.ModelSimulator.Tokens;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator;

/// <summary>Builds the whole server, for the process and for tests that host it themselves.</summary>
public static partial class SimulatorApp
{
    /// <summary>Largest request body; beyond it the answer is 413.</summary>
    internal const long MaxRequestBytes = 64 * 1024 * 1024;

    const string DefaultUrl = "http://localhost:8000";
    static readonly string[] AddressKeys = ["urls", "http_ports", "https_ports"];

    /// <summary>The server, ready to start. Settings come from the environment and from <c>--SIMULATOR_…=</c> arguments.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong; the message lists every one.</exception>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var options = SimulatorSettings.Read(builder.Configuration);
        if (AddressKeys.All(key => string.IsNullOrEmpty(builder.Configuration[key])))
            builder.WebHost.UseUrls(DefaultUrl);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
            Wire.Use(kestrel);
            if (IsSecure(builder.Configuration))
                ServerCertificate.Use(kestrel, options, TimeProvider.System.GetUtcNow());
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services
            .AddSingleton(Options.Create(options))
            .AddSingleton(TimeProvider.System)
            .AddSingleton<ServedModels>()
            .AddSingleton<ModelLoading>()
            .AddSingleton<FaultBook>()
            .AddSingleton<FaultWall>()
            .AddSingleton<RandomFailures>()
            .AddSingleton<RequestFaults>()
            .AddSingleton<LiveSettings>()
            .AddSingleton<ConfigEndpoints>()
            .AddSingleton<ServerSleep>()
            .AddSingleton<SleepEndpoints>()
            .AddSingleton<LoraEndpoints>()
            .AddSingleton<RequestLog>()
            .AddSingleton<InferenceRunner>()
            .AddSingleton<ChatRequestReader>()
            .AddSingleton<ChatEndpoint>()
            .AddSingleton<CompletionRequestReader>()
            .AddSingleton<CompletionEndpoint>()
            .AddSingleton<ResponseRequestReader>()
            .AddSingleton<ResponseEndpoint>()
            .AddSingleton<MessagesRequestReader>()
            .AddSingleton<MessagesEndpoint>()
            .AddSingleton<EmbeddingRequestReader>()
            .AddSingleton<EmbeddingEndpoint>()
            .AddSingleton<TokenizeEndpoint>()
            .AddSingleton<TranscriptBook>()
            .AddSingleton<TranscriptionForm>()
            .AddSingleton<TranscriptionTasks>()
            .AddSingleton<TranscriptionEndpoint>()
            .AddSingleton<TranscriptEndpoints>()
            .AddSingleton<AdminEndpoints>();

        var app = builder.Build();
        Map(app, options);
        return app;
    }

    static bool IsSecure(ConfigurationManager configuration) =>
        configuration["urls"]?.Contains("https:", StringComparison.OrdinalIgnoreCase) == true || !string.IsNullOrEmpty(configuration["https_ports"]);

    static void Map(WebApplication app, SimulatorOptions options)
    {
        PersonalityRouting.Use(app, Personality.Of(options.Personality));
        if (options.ApiKey is { Length: > 0 } key)
            ApiKey.Require(app, key);
        ProbeFaults.Use(
            app,
            app.Services.GetRequiredService<FaultBook>(),
            app.Services.GetRequiredService<TimeProvider>(),
            ChatEndpoint.Path,
            CompletionEndpoint.Path,
            ResponseEndpoint.Path,
            MessagesEndpoint.Path,
            TranscriptionEndpoint.Path,
            TranscriptionEndpoint.TaskPath,
            TranscriptionEndpoint.AsrPath,
            EmbeddingEndpoint.Path);
        app.MapServer();
        app.MapPost(ChatEndpoint.Path, app.Services.GetRequiredService<ChatEndpoint>().HandleAsync);
        app.MapPost(CompletionEndpoint.Path, app.Services.GetRequiredService<CompletionEndpoint>().HandleAsync);
        app.MapPost(ResponseEndpoint.Path, app.Services.GetRequiredService<ResponseEndpoint>().HandleAsync);
        app.MapPost(MessagesEndpoint.Path, app.Services.GetRequiredService<MessagesEndpoint>().HandleAsync);
        app.MapPost(EmbeddingEndpoint.Path, app.Services.GetRequiredService<EmbeddingEndpoint>().HandleAsync);
        app.MapPost(TokenizeEndpoint.Path, app.Services.GetRequiredService<TokenizeEndpoint>().HandleAsync);
        app.Services.GetRequiredService<TranscriptionEndpoint>().Map(app);
        app.Services.GetRequiredService<TranscriptEndpoints>().Map(app);
        app.Services.GetRequiredService<SleepEndpoints>().Map(app);
        app.Services.GetRequiredService<LoraEndpoints>().Map(app);
        app.Services.GetRequiredService<ConfigEndpoints>().Map(app);
        app.Services.GetRequiredService<AdminEndpoints>().Map(app);

        var models = app.Services.GetRequiredService<ServedModels>();
        app.Lifetime.ApplicationStopping.Register(models.Stop);
        app.Lifetime.ApplicationStarted.Register(() => LogStarted(
            app.Logger,
            string.Join(", ", models.All.Select(model => model.Name)),
            string.Join(", ", app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [])));
    }

    [LoggerMessage(7000, LogLevel.Information, "Serving {Models} on {Addresses}; every answer is simulated")]
    private static partial void LogStarted(ILogger logger, string models, string addresses);
}

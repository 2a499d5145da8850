using AiPlatform.Api.Access;
using AiPlatform.Api.Admin;
using AiPlatform.Api.Audio;
using AiPlatform.Api.Callbacks;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Docs;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Infra;
using AiPlatform.Api.OpenAi;
using AiPlatform.Api.OpenAi.Batches;
using AiPlatform.Api.OpenAi.Files;
using AiPlatform.Api.OpenAi.Transcriptions;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Api.Submission;
using AiPlatform.Jobs;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.Api;

/// <summary>The whole API; tests start it in their own process.</summary>
static class ApiHost
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddSettings<ApiOptions>();
        builder.AddSettings<JobsOptions>();
        builder.UseHttpAddress<HttpOptions>();
        builder.WebHost.ConfigureKestrel(Limits.Apply);

        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs", configureDataSourceBuilder: JobConnections.Describe);
        builder.AddRedisClient("redis", configureOptions: builder.TrustOfRedis());
        builder.AddJobs();
        builder.AddJobMaintenance();
        builder.AddCallbacks();
        builder.AddBatches();
        builder.AddAudio();

        builder.AddAccess();
        builder.Services.AddSingleton<LateRequests>().AddRouteTimeouts();
        builder.Services.ConfigureHttpJsonOptions(ApiJson.Apply);
        builder.Services.AddExceptionHandler<ExceptionProblems>();
        builder.Services.AddSingleton<NewJobs>().AddSingleton<LiveWorkers>().AddSingleton<ExpectedWait>().AddSingleton<ChatDesk>().AddSingleton<ClientRetries>()
            .AddSingleton<CallDesk>().AddSingleton<Submissions>().AddSingleton<SubmissionRules>().AddSingleton<OwnerWaits>();
        builder.Services.AddSingleton<LeftJobs>().AddHostedService(services => services.GetRequiredService<LeftJobs>());
        builder.Services.AddSingleton<SidecarClient>().AddSingleton<Sidecars>();
        builder.Services.AddApiDocument();

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseExceptionHandler(new ExceptionHandlerOptions());
        app.UseStatusCodePages(StatusProblems.AnswerAsync);
        app.Use(RequestBounds.CheckAsync);
        app.Use(LateRequests.BeginAsync);
        app.UseRequestTimeouts();
        app.UseMiddleware<BearerToken>();
        app.MapApiDocument();

        var routes = app.MapGroup("").AddEndpointFilter<LateRequests>().AddEndpointFilter<StillLetIn>().AddEndpointFilter<RequestPartsFilter>();
        routes.MapHealth();
        routes.MapChat();
        routes.MapCompletions();
        routes.MapEmbeddings();
        routes.MapTranscriptions();
        routes.MapModels();
        routes.MapFiles();
        routes.MapAudio();
        routes.MapBatches();
        routes.MapQueue();
        routes.MapShares();
        routes.MapQueuedChats();
        var jobs = routes.MapGroup("/api/v1/jobs").WithTags("Jobs");
        jobs.MapJobs();
        jobs.MapJobEvents();
        jobs.MapJobChanges();
        jobs.MapLeases();
        jobs.MapTranscripts();
        routes.MapGroup("/api/v1").MapStatus();
        var admin = routes.MapGroup("/api/v1/admin");
        admin.MapAdmin();
        admin.MapTenants();
        return app;
    }
}

using AiPlatform.Jobs;
using AiPlatform.ServiceDefaults;
using AiPlatform.TranscriptionWorker;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Pipeline;
using AiPlatform.WorkerRuntime;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.UseHttpAddress<WorkerHttpOptions>();
builder.AddSettings<JobsOptions>().AddSettings<WorkerOptions>().AddSettings<TranscriptionOptions>().AddSettings<PipelineOptions>().AddSettings<AudioOptions>();
builder.AddJobConnections();
builder.AddNpgsqlDataSource("jobs", configureDataSourceBuilder: JobConnections.Describe);
builder.AddRedisClient("redis", configureOptions: builder.TrustOfRedis());
builder.AddJobs().AddJobMaintenance();
builder.AddTranscription().AddWorker<TranscriptionJobHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapWorkerEndpoints();
app.Run();

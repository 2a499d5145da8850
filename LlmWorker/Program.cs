using AiPlatform.Jobs;
using AiPlatform.LlmWorker;
using AiPlatform.LlmWorker.Agents;
using AiPlatform.ServiceDefaults;
using AiPlatform.WorkerRuntime;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.UseHttpAddress<WorkerHttpOptions>();
builder.AddSettings<JobsOptions>().AddSettings<WorkerOptions>().AddSettings<LlmOptions>().AddSettings<AgentOptions>();
builder.AddJobConnections();
builder.AddNpgsqlDataSource("jobs", configureDataSourceBuilder: JobConnections.Describe);
builder.AddRedisClient("redis", configureOptions: builder.TrustOfRedis());
builder.AddJobs().AddJobMaintenance();
builder.AddLlm().AddWorker<LlmJobHandler>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapWorkerEndpoints();
app.Run();

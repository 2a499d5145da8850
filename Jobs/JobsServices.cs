using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Maintenance;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AiPlatform.Jobs;

public static class JobsServices
{
    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Adds <see cref="JobQueue"/>, <see cref="JobEvents"/>, <see cref="RecentCalls"/> and <see cref="WorkerDirectory"/>, and brings the schema up to date before
        /// the process serves. Needs the data source and the Redis client that <c>AddNpgsqlDataSource</c> and <c>AddRedisClient</c> register.</summary>
        public IHostApplicationBuilder AddJobs()
        {
            var services = builder.Services;
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<PinnedPlans>();
            services.AddSingleton<ReservedConnection>();
            services.AddSingleton<Database>();
            services.AddSingleton<LaneDirectory>();
            services.AddSingleton<OwnerDirectory>();
            services.AddSingleton<JobStore>();
            services.AddSingleton<JobWrites>();
            services.AddSingleton<QueueKeys>();
            services.AddSingleton(provider => new RedisConnection(
                provider.GetRequiredService<IConnectionMultiplexer>(), () => Connect(services, provider)));
            services.AddSingleton<RedisLink>();
            services.AddSingleton<RedisHealth>();
            services.PostConfigure<HealthCheckServiceOptions>(options =>
            {
                foreach (var check in options.Registrations.Where(check => check.Name == RedisHealth.Name))
                {
                    check.Factory = provider => provider.GetRequiredService<RedisHealth>();
                }
            });
            services.AddSingleton<EvictionCheck>();
            services.AddSingleton<ReadyIndex>();
            services.AddSingleton<QueueSurvey>();
            services.AddSingleton<JobBell>();
            services.AddSingleton<IndexRepair>();
            services.AddSingleton<JobsTelemetry>();
            services.AddSingleton<OutcomeLog>();
            services.AddSingleton(provider => new JobEvents(provider.GetRequiredService<RedisLink>(), provider.GetRequiredService<QueueKeys>()));
            services.AddSingleton(provider => new RecentCalls(
                provider.GetRequiredService<RedisLink>(), provider.GetRequiredService<QueueKeys>(), provider.GetRequiredService<JobBell>(),
                provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => new WorkerDirectory(provider.GetRequiredService<Database>()));
            services.AddSingleton(provider => new CallbackOutbox(provider.GetRequiredService<Database>()));
            services.AddSingleton(provider => new FileStore(provider.GetRequiredService<Database>(), provider.GetRequiredService<OwnerDirectory>()));
            services.AddSingleton(provider => new JobCheckpoints(provider.GetRequiredService<Database>()));
            services.AddSingleton(provider => new CallerStore(
                provider.GetRequiredService<Database>(), new Database(provider.GetRequiredService<ReservedConnection>().Source, provider.GetRequiredService<PinnedPlans>()),
                provider.GetRequiredService<OwnerDirectory>()));
            services.AddSingleton(provider => new TenantStore(provider.GetRequiredService<Database>()));
            services.AddSingleton(provider => new RequestRates(
                provider.GetRequiredService<RedisLink>(), provider.GetRequiredService<QueueKeys>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton(provider => new BatchStore(provider.GetRequiredService<Database>(), provider.GetRequiredService<OwnerDirectory>()));
            services.AddSingleton(provider => new JobQueue(
                provider.GetRequiredService<JobStore>(), provider.GetRequiredService<JobWrites>(), provider.GetRequiredService<LaneDirectory>(), provider.GetRequiredService<ReadyIndex>(),
                provider.GetRequiredService<QueueSurvey>(), provider.GetRequiredService<IndexRepair>(), provider.GetRequiredService<JobBell>(), provider.GetRequiredService<RedisLink>(),
                provider.GetRequiredService<JobEvents>(), provider.GetRequiredService<JobsTelemetry>(), provider.GetRequiredService<OutcomeLog>(),
                provider.GetRequiredService<IOptions<JobsOptions>>(), provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<JobQueue>>()));
            services.AddSingleton<Migrator>();
            services.AddHostedService(provider => provider.GetRequiredService<Migrator>());
            services.AddHostedService<JobsStart>();
            return builder;
        }

        /// <summary>Adds the maintenance loops. Every process may have them; one at a time runs them.</summary>
        public IHostApplicationBuilder AddJobMaintenance()
        {
            var services = builder.Services;
            services.AddSingleton<IMaintenanceLoop, IndexBuilder>();
            services.AddSingleton<IMaintenanceLoop, IndexSweeper>();
            services.AddSingleton<IMaintenanceLoop, IndexAuditor>();
            services.AddSingleton<IMaintenanceLoop, SubmitReconciler>();
            services.AddSingleton<IMaintenanceLoop, LeaseReaper>();
            services.AddSingleton<IMaintenanceLoop, DeadlineKeeper>();
            services.AddSingleton<IMaintenanceLoop, HaltKeeper>();
            services.AddSingleton<IMaintenanceLoop, ShareKeeper>();
            services.AddSingleton<IMaintenanceLoop, Janitor>();
            services.AddSingleton<IMaintenanceLoop, PartitionKeeper>();
            services.AddSingleton<IMaintenanceLoop, FileKeeper>();
            services.AddSingleton<IMaintenanceLoop, BatchKeeper>();
            services.AddSingleton<IMaintenanceLoop, CheckpointKeeper>();
            services.AddSingleton<IMaintenanceLoop, TallyKeeper>();
            services.AddSingleton<IMaintenanceLoop, QueueReporter>();
            services.AddHostedService<MaintenanceLeader>();
            return builder;
        }
    }

    /// <summary>Another connection in every way like the one that <c>AddRedisClient</c> has registered.</summary>
    static IConnectionMultiplexer Connect(IServiceCollection services, IServiceProvider provider)
    {
        var client = services.Last(service => service.ServiceType == typeof(IConnectionMultiplexer) && !service.IsKeyedService);
        return (IConnectionMultiplexer)(client.ImplementationFactory ?? throw new InvalidOperationException("The Redis client was not registered by AddRedisClient."))(provider);
    }
}

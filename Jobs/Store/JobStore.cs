using Microsoft.Extensions.Options;

namespace AiPlatform.Jobs.Store;

/// <summary>The truth about jobs. One method a transition, each one statement or one visible transaction, guarded in the SQL;
/// no row is an outcome with a name. Every method throws <see cref="StoreUnavailableException"/> when Postgres is away.</summary>
sealed partial class JobStore(Database database, LaneDirectory lanesKnown, OwnerDirectory ownersKnown, IOptions<JobsOptions> options);

using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>How every wire type is written: snake_case, enums as words, unknown fields refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.Unspecified,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(WordConverter<JobStatus>), typeof(WordConverter<JobPriority>), typeof(WordConverter<HaltKind>)])]
[JsonSerializable(typeof(CreateJob))]
[JsonSerializable(typeof(CreateJobs))]
[JsonSerializable(typeof(CreatedJobs))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(JobFilter))]
[JsonSerializable(typeof(BulkAnswer))]
[JsonSerializable(typeof(ClaimJobs))]
[JsonSerializable(typeof(ClaimedJobs))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(HeartbeatAnswer))]
[JsonSerializable(typeof(CompleteJob))]
[JsonSerializable(typeof(FailJob))]
[JsonSerializable(typeof(JobEvent))]
[JsonSerializable(typeof(TokenEvent))]
[JsonSerializable(typeof(PreemptedEvent))]
[JsonSerializable(typeof(ContinuedEvent))]
[JsonSerializable(typeof(RestartEvent))]
[JsonSerializable(typeof(QueueStats))]
[JsonSerializable(typeof(WorkerReport))]
[JsonSerializable(typeof(ProvidersStatus))]
[JsonSerializable(typeof(ProviderHealth))]
[JsonSerializable(typeof(ChatCall))]
[JsonSerializable(typeof(CompletionCall))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(OpenAiError))]
[JsonSerializable(typeof(AudioView))]
[JsonSerializable(typeof(TranscriptionAnswer))]
[JsonSerializable(typeof(TranscriptEvent))]
[JsonSerializable(typeof(FileView))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(FileRemoved))]
[JsonSerializable(typeof(CreateBatch))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(BatchList))]
[JsonSerializable(typeof(BatchErrors))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(EmbeddingCall))]
[JsonSerializable(typeof(EmbeddingResult))]
[JsonSerializable(typeof(ChatResult))]
[JsonSerializable(typeof(AgentResult))]
[JsonSerializable(typeof(TranscriptionResult))]
[JsonSerializable(typeof(IReadOnlyList<TranscriptSegment>))]
[JsonSerializable(typeof(QueuedChat))]
[JsonSerializable(typeof(QueueStatus))]
[JsonSerializable(typeof(QueueScope))]
[JsonSerializable(typeof(CallerSettings))]
[JsonSerializable(typeof(CreateCaller))]
[JsonSerializable(typeof(FileCallers))]
[JsonSerializable(typeof(FileCaller))]
[JsonSerializable(typeof(CreateToken))]
[JsonSerializable(typeof(CallerView))]
[JsonSerializable(typeof(CallerPage))]
[JsonSerializable(typeof(TenantPage))]
[JsonSerializable(typeof(IssuedToken))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(QueueShares))]
[JsonSerializable(typeof(SetOwnerShare))]
[JsonSerializable(typeof(SetFairness))]
[JsonSerializable(typeof(RecordedOutcome))]
[JsonSerializable(typeof(InfraReport))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(int))]
public sealed partial class ContractsJson : JsonSerializerContext;

/// <summary>An enum by its snake_case name; numbers are refused.</summary>
public sealed class WordConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>Every Redis key and channel, its type and its lifetime. All of them can be lost: what they say can be read again from Postgres,
/// except a job's token events, which are there for whoever is watching. One hash tag keeps them on one node of a cluster.</summary>
sealed class QueueKeys(IOptions<JobsOptions> options)
{
    readonly string _prefix = $"{{{options.Value.KeyPrefix}}}:";

    /// <summary>String; no expiry. There while the index is complete; when it is missing, the index is rebuilt from Postgres.</summary>
    public RedisKey Epoch => _prefix + "epoch";

    /// <summary>String; a build long. Mark of the build that runs; when it is missing at the end, the build counts for nothing.</summary>
    public RedisKey Building => _prefix + "building";

    /// <summary>Sorted set a lane; no expiry. Member: job id. Score: see <see cref="Score"/>.</summary>
    public RedisKey Lane(int lane) => $"{_prefix}ready:{lane}";

    /// <summary>String; no expiry. The highest lane id, so that a worker notices lanes it does not know; every build says it anew.</summary>
    public RedisKey Lanes => _prefix + "lanes";

    /// <summary>Sorted set; no expiry. Member: id of a job that was handed out and is not finished, is about to become pending, or
    /// failed a moment ago. Score: when to check on it (ms).</summary>
    public RedisKey Taken => _prefix + "taken";

    /// <summary>Sorted set; no expiry. Member: id of a job that may not start yet. Score: when it may (ms).</summary>
    public RedisKey Delayed => _prefix + "delayed";

    /// <summary>Set; no expiry. Members: ids of lanes in which nothing may start, paused or stopped, or '*' for all.</summary>
    public RedisKey Paused => _prefix + "paused";

    /// <summary>Hash; no expiry. Which lanes are split into the lines of their owners. Field: lane id, or '*' for later ones. Value: 'fair', 'fifo' or '-', with a
    /// '?' behind it until all jobs stand in lines. The fields mark and run are of who says so. Absent where no lane is split. The other keys of the lines are
    /// made of this one's prefix in Lua/lines.lua, which names them: lines, line, heads, turns, idle, clock, parked, parks, held, running, limits and weights, none of which
    /// is there without this one, and none of which expires.</summary>
    public RedisKey Split => _prefix + "split";

    /// <summary>Sets a lane; no expiry. Members: priority and id of owners that wait for one of their jobs to end.</summary>
    public RedisKey Parked(int lane) => $"{_prefix}parked:{lane}";

    /// <summary>String; expires after a minute. Written to see whether Redis takes writes; nobody reads it.</summary>
    public RedisKey Probe => _prefix + "probe";

    /// <summary>Stream a job, bounded; expires after the last event. Fields: type, data.</summary>
    public RedisKey Events(Guid id) => $"{_prefix}events:{id}";

    /// <summary>String a job; expires with its events. Start of the latest claim that wrote events, in microseconds.</summary>
    public RedisKey EventsFence(Guid id) => $"{_prefix}events:{id}:fence";

    /// <summary>Hash a call of a client that may make it again; expires when it no longer would. Field: id of a job that the call has made. Value: the process that
    /// serves its caller, or that nobody does. One field more has the last job whose caller got an answer.</summary>
    public RedisKey Call(string print) => $"{_prefix}calls:{print}";

    /// <summary>String a caller with a request rate; expires when it says nothing more. The moment until which its requests are paid for, in microseconds.</summary>
    public RedisKey Rate(string caller) => $"{_prefix}rate:{caller}";

    /// <summary>Channel: the lanes whose ids are the message, as in "3,14", have new jobs; any other message is for all lanes.</summary>
    public RedisChannel Wake => new(_prefix + "wake", RedisChannel.PatternMode.Literal);

    /// <summary>Channel: the job whose id is the message was cancelled or taken back while it ran.</summary>
    public RedisChannel Stopped => new(_prefix + "stopped", RedisChannel.PatternMode.Literal);

    /// <summary>Channel of one job: something about it changed, or it has a new event.</summary>
    public RedisChannel Bell(Guid id) => new($"{_prefix}bell:{id}", RedisChannel.PatternMode.Literal);

    /// <summary>Priority first, then order of submission: exact in a double up to 2^44 submissions, as 5 × 2^44 is below 2^53.</summary>
    public static double Score(short priority, long seq) => priority * (double)(1L << 44) + seq;
}

using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>One embedded Lua script.</summary>
/// <param name="with">A script that stands before it: functions that it uses.</param>
sealed class LuaFile(string file, string? with = null)
{
    /// <summary>The functions of the scripts that move jobs.</summary>
    public const string Lines = "lines";

    readonly string _text = (with is null ? "" : EmbeddedText.Get(with + ".lua")) + EmbeddedText.Get(file + ".lua");

    public Task<RedisResult> RunAsync(IDatabase redis, RedisKey[] keys, RedisValue[] arguments) => RunAsync(redis, keys, arguments, answer => answer);

    /// <param name="read">Reads the answer; what it cannot be read as is not the answer of this script.</param>
    /// <exception cref="RedisAnswerException">It is not.</exception>
    public async Task<T> RunAsync<T>(IDatabase redis, RedisKey[] keys, RedisValue[] arguments, Func<RedisResult, T> read)
    {
        var answer = await EvaluateAsync(redis, keys, arguments);
        try
        {
            return read(answer ?? throw new InvalidCastException("There is none."));
        }
        catch (Exception wrong) when (wrong is InvalidCastException or FormatException or OverflowException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            throw new RedisAnswerException($"The answer to {file}.lua is not one of this script.", wrong);
        }
    }

    async Task<RedisResult?> EvaluateAsync(IDatabase redis, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await redis.ScriptEvaluateAsync(_text, keys, arguments);
        }
        catch (RedisServerException forgotten) when (forgotten.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // The server restarted and the client still believed that it knew the script; the failure has taught it otherwise.
            return await redis.ScriptEvaluateAsync(_text, keys, arguments);
        }
    }
}

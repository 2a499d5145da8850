using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>One embedded Lua script.</summary>
sealed class LuaFile(string file)
{
    readonly string _text = EmbeddedText.Get(file + ".lua");

    public async Task<RedisResult> RunAsync(IDatabase redis, RedisKey[] keys, RedisValue[] arguments)
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

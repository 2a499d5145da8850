using StackExchange.Redis;

namespace AiPlatform.Jobs.Index;

/// <summary>What the index says of itself: whether it is complete, which lanes there are, where nothing may start.</summary>
sealed partial class ReadyIndex
{
    static readonly LuaFile BeginBuild = new("begin_build");
    static readonly LuaFile EndBuild = new("end_build");
    static readonly LuaFile Distrust = new("distrust");
    static readonly LuaFile Pause = new("pause");

    /// <summary>Whether the index is complete; null when Redis is away.</summary>
    public async Task<bool?> IsBuiltAsync()
    {
        var (done, built) = await link.TryAsync(redis => redis.KeyExistsAsync(keys.Epoch), writes: false);
        return done ? built : null;
    }

    /// <summary>Begins a build: from here on everything that may be lost is noticed by its end. Without a built index the highest lane is forgotten,
    /// for what is pushed from now on to say.</summary>
    /// <param name="mark">Unique for the build.</param>
    public async Task<bool> BeginBuildAsync(string mark) =>
        (await link.TryAsync(redis => BeginBuild.RunAsync(redis, [keys.Building, keys.Lanes, keys.Epoch], [mark]), writes: false)).Done;

    /// <summary>Declares the index complete; false when it has to be built again.</summary>
    /// <param name="highest">The highest lane id in Postgres, read after the build began.</param>
    public async Task<bool> EndBuildAsync(string mark, int highest)
    {
        var (done, complete) = await link.TryAsync(
            redis => EndBuild.RunAsync(redis, [keys.Epoch, keys.Building, keys.Lanes], [mark, highest], answer => (int)answer == 1), writes: false);
        return done && complete;
    }

    /// <summary>Has the index built anew because it names a lane that Postgres does not have: it is of another database, or of another time.</summary>
    /// <param name="highest">What it said, should another process not have put it right meanwhile.</param>
    public Task DistrustAsync(int highest) => link.TryAsync(
        redis => Distrust.RunAsync(redis, [keys.Epoch, keys.Building, keys.Lanes], [highest]), writes: false);

    /// <summary>Makes Redis say in which lanes nothing may start: lane ids, or '*'. Answers whether it said something else.</summary>
    public async Task<bool> SetPausedAsync(IReadOnlyList<RedisValue> members)
    {
        var (done, changed) = await link.TryAsync(
            redis => Pause.RunAsync(redis, [keys.Paused], [(string)keys.Wake!, .. members], answer => (int)answer == 1), writes: true);
        return done && changed;
    }
}

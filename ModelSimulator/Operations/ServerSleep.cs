namespace AiPlatform.ModelSimulator.Operations;

/// <summary>vLLM's sleep mode, of all engines of this process.</summary>
sealed class ServerSleep(ServedModels models)
{
    public const string Weights = "weights";
    public const string KvCache = "kv_cache";

    readonly Lock gate = new();
    readonly HashSet<string> asleep = [];
    int level;

    /// <summary>0: awake; 1: the weights are in the host's memory; 2: they are gone as well.</summary>
    public int Level => Volatile.Read(ref level);

    public void Sleep(int wanted)
    {
        lock (gate)
        {
            asleep.UnionWith([Weights, KvCache]);
            Volatile.Write(ref level, wanted);
            foreach (var model in models.All.Append(models.Wall))
                model.Engine.Sleep();
        }
    }

    /// <summary>Brings back these parts; the engines answer again when none is missing.</summary>
    public void Wake(IReadOnlyCollection<string> parts)
    {
        lock (gate)
        {
            asleep.ExceptWith(parts);
            if (asleep.Count > 0)
                return;
            Volatile.Write(ref level, 0);
            foreach (var model in models.All.Append(models.Wall))
                model.Engine.Wake();
        }
    }
}

namespace AiPlatform.ModelSimulator.Engine;

/// <summary>Counts the blocks that running sequences hold, as vLLM's paged KV cache does. Used under the engine's lock.</summary>
sealed class KvCache(int blocks)
{
    public const int BlockTokens = 16;

    int used;

    public int Blocks => blocks;

    public double Usage => (double)used / blocks;

    /// <summary>Takes the blocks that <paramref name="tokens"/> need beyond those the sequence holds; false when too few are free.</summary>
    public bool TryHold(Sequence sequence, int tokens)
    {
        var more = ((tokens + BlockTokens - 1) / BlockTokens) - sequence.Blocks;
        if (more <= 0)
            return true;
        if (more > blocks - used)
            return false;
        used += more;
        sequence.Blocks += more;
        return true;
    }

    public void Free(Sequence sequence)
    {
        used -= sequence.Blocks;
        sequence.Blocks = 0;
    }
}

namespace AiPlatform.ModelSimulator.Engine;

/// <summary>
/// Counts the blocks that running sequences hold, as vLLM's paged KV cache does. Full blocks of prompts that have a name are shared by all
/// that begin alike, and stay when nobody holds them until their place is needed. Used under the engine's lock.
/// </summary>
sealed class KvCache(int blocks)
{
    public const int BlockTokens = 16;

    readonly Dictionary<ulong, NamedBlock> named = [];
    readonly LinkedList<NamedBlock> idle = [];
    int used;

    public int Blocks => blocks;

    public double Usage => (double)used / blocks;

    /// <summary>Takes the blocks of a sequence that holds none, those of its prompt from the cache where they are; false when too few are free.</summary>
    public bool TryEnter(Sequence sequence, int tokens)
    {
        var names = sequence.Plan.PromptBlocks;
        if (names.Count == 0)
            return TryHold(sequence, tokens);

        // The last token of a prompt is always computed: the first of the answer comes from it.
        var hits = Hits(names, (sequence.Plan.PromptTokens - 1) / BlockTokens);
        var held = 0;
        for (var index = 0; index < hits; index++)
            held += named[names[index]].Holders > 0 ? 1 : 0;
        var needed = BlocksOf(tokens);
        if (needed - held > blocks - used)
            return false;
        for (var index = 0; index < hits; index++)
            Hold(named[names[index]]);
        sequence.SharedBlocks = hits;
        sequence.CachedTokens = hits * BlockTokens;
        sequence.Blocks = needed;
        used += needed - hits;
        Name(sequence, names, Math.Min(names.Count, sequence.Plan.PromptTokens / BlockTokens));
        Evict();
        return true;
    }

    /// <summary>Takes the blocks that <paramref name="tokens"/> need beyond those the sequence holds; false when too few are free.</summary>
    public bool TryHold(Sequence sequence, int tokens)
    {
        var more = BlocksOf(tokens) - sequence.Blocks;
        if (more <= 0)
            return true;
        if (more > blocks - used)
            return false;
        used += more;
        sequence.Blocks += more;
        Evict();
        return true;
    }

    public void Free(Sequence sequence)
    {
        used -= sequence.Blocks - sequence.SharedBlocks;

        // The end of a prompt first, so that it is the first to go: a beginning serves more prompts.
        for (var index = sequence.SharedBlocks - 1; index >= 0; index--)
            Release(named[sequence.Plan.PromptBlocks[index]]);
        (sequence.Blocks, sequence.SharedBlocks) = (0, 0);
    }

    /// <summary>Nothing stays of prompts that nobody holds.</summary>
    public void Forget()
    {
        while (idle.Count > 0)
            EvictOldest();
    }

    static int BlocksOf(int tokens) => (tokens + BlockTokens - 1) / BlockTokens;

    int Hits(IReadOnlyList<ulong> names, int most)
    {
        var hits = 0;
        while (hits < Math.Min(most, names.Count) && named.ContainsKey(names[hits]))
            hits++;
        return hits;
    }

    void Name(Sequence sequence, IReadOnlyList<ulong> names, int most)
    {
        // A name that is taken ends it: that block is there already, and the sequence keeps one of its own.
        while (sequence.SharedBlocks < most && named.TryAdd(names[sequence.SharedBlocks], new NamedBlock(names[sequence.SharedBlocks]) { Holders = 1 }))
            sequence.SharedBlocks++;
    }

    void Hold(NamedBlock block)
    {
        if (block.Holders++ > 0)
            return;
        idle.Remove(block.Place);
        used++;
    }

    void Release(NamedBlock block)
    {
        if (--block.Holders > 0)
            return;
        idle.AddLast(block.Place);
        used--;
    }

    void Evict()
    {
        while (used + idle.Count > blocks)
            EvictOldest();
    }

    void EvictOldest()
    {
        named.Remove(idle.First!.Value.Name);
        idle.RemoveFirst();
    }

    sealed class NamedBlock
    {
        public NamedBlock(ulong name)
        {
            Name = name;
            Place = new LinkedListNode<NamedBlock>(this);
        }

        public ulong Name { get; }

        public LinkedListNode<NamedBlock> Place { get; }

        public int Holders { get; set; }
    }
}

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>Faults armed through <c>POST /admin/faults</c>; the oldest that fits a request hits it.</summary>
sealed class FaultBook
{
    public const int MaxArmed = 1000;

    readonly Lock gate = new();
    ArmedFault[] armed = [];

    public IReadOnlyList<ArmedFault> All => Volatile.Read(ref armed);

    public bool IsEmpty => Volatile.Read(ref armed).Length == 0;

    /// <summary>False: as many as it keeps are already armed.</summary>
    public bool TryArm(ArmedFault fault)
    {
        lock (gate)
        {
            if (armed.Length >= MaxArmed)
                return false;
            Volatile.Write(ref armed, [.. armed, fault]);
            return true;
        }
    }

    public void Clear()
    {
        lock (gate)
            Volatile.Write(ref armed, []);
    }

    /// <summary>The fault for this request, counted as used. <paramref name="named"/>: only one that names the path.</summary>
    public ArmedFault? Take(string path, string? model, bool named)
    {
        if (IsEmpty)
            return null;
        lock (gate)
        {
            var index = Array.FindIndex(armed, candidate => candidate.Hits(path, model, named));
            if (index < 0)
                return null;
            var hit = armed[index];
            ArmedFault[] next = hit.Left == 1 ? [.. armed[..index], .. armed[(index + 1)..]] : [.. armed];
            if (hit.Left > 1)
                next[index] = hit with { Left = hit.Left - 1 };
            Volatile.Write(ref armed, next);
            return hit;
        }
    }
}

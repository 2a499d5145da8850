namespace AiPlatform.Jobs.Maintenance;

/// <summary>One chore of the queue, run again and again by the one process that leads.</summary>
interface IMaintenanceLoop
{
    /// <summary>Pause between two runs.</summary>
    TimeSpan Period { get; }

    /// <summary>This process begins to lead, maybe again: what was seen in an earlier time counts for nothing.</summary>
    void BeginToLead()
    {
    }

    /// <summary>Runs once; answers how many items it changed. Logs at information only what it changed. Must be safe to run beside another instance
    /// for a moment: leadership changes hands without ceremony.</summary>
    Task<int> RunAsync(CancellationToken ct);
}

namespace AiPlatform.Jobs.Index;

/// <summary>Waits for one sign of new work in lanes of interest. There may be very many signs for others: they cost a look into a short list.</summary>
sealed class WorkListener(int[] lanes, int highest, Action<WorkListener> end) : IDisposable
{
    readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the first sign.</summary>
    public Task Heard => _heard.Task;

    public void Hear(int[] rung)
    {
        if (rung.Any(lane => lane > highest || lanes.Contains(lane)))
        {
            _heard.TrySetResult();
        }
    }

    public void Dispose() => end(this);
}

namespace AiPlatform.InfraSidecar.Gpu.Nvml;

/// <summary>
/// A thread of its own for calls that may never come back: a driver that is wedged holds its caller in the kernel, and no thread can be killed. A
/// call that takes too long is given up and keeps its thread; until it comes back no other is made, so that nothing piles up behind it. Not for
/// concurrent use.
/// </summary>
sealed class GuardedThread(string name, TimeProvider time)
{
    Task _last = Task.CompletedTask;

    /// <summary>A call that was given up has not come back yet.</summary>
    public bool IsHeld => !_last.IsCompleted;

    /// <returns>False when the call was given up, or an earlier one has not come back yet.</returns>
    public async Task<bool> TryRunAsync(Action work, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IsHeld)
            return false;
        var call = Start(work);
        _last = call;
        try
        {
            await call.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException) when (!call.IsCompleted)
        {
            return false;
        }
        catch (TimeoutException)
        {
            // It ended just as it was given up: its own fault, if it has one, is told and not the lateness.
            await call;
            return true;
        }
    }

    Task Start(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A background thread: one that the driver holds does not keep the process from ending.
        new Thread(Run) { IsBackground = true, Name = name }.Start();
        return done.Task;

        void Run()
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        }
    }
}

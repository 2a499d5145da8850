using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>Bounds the calls that are under way over all jobs of the process. Who waits comes in by priority, then by the age of the job, so that a long
/// recording lets a more urgent one pass at its next chunk.</summary>
sealed class CallGate(IOptions<PipelineOptions> options)
{
    readonly Lock gate = new();
    readonly PriorityQueue<TaskCompletionSource, (JobPriority Priority, Guid Job, long Arrival)> waiting = new();
    int free = options.Value.MaxCalls;
    long arrivals;

    /// <returns>The place; disposing it lets the next one in.</returns>
    public async Task<IDisposable> EnterAsync(JobPriority priority, Guid job, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (free > 0)
            {
                free--;
                return new Place(this);
            }
            waiting.Enqueue(turn, (priority, job, arrivals++));
        }
        await using var left = ct.UnsafeRegister(state => ((TaskCompletionSource)state!).TrySetCanceled(), turn);
        await turn.Task;
        return new Place(this);
    }

    void Leave()
    {
        lock (gate)
        {
            // Who left the line meanwhile cannot be let in.
            while (waiting.TryDequeue(out var turn, out _))
            {
                if (turn.TrySetResult())
                {
                    return;
                }
            }
            free++;
        }
    }

    sealed class Place(CallGate gate) : IDisposable
    {
        bool left;

        public void Dispose()
        {
            if (!left)
            {
                left = true;
                gate.Leave();
            }
        }
    }
}

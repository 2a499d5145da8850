using System.Collections.Concurrent;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>Preparing audio of any length takes little memory.</summary>
public sealed class BoundedMemoryTests
{
    const int Hours = 4;
    const long MostBytes = 150L * 1024 * 1024;

    [Fact]
    public async Task Four_hours_are_prepared_with_less_than_150_MiB_allocated_in_all()
    {
        await using var host = new AudioHost();
        using var spooled = Assert.IsType<AudioRead.Spooled>(await host.SpoolAsync(Call())).Audio;

        var (allocated, result) = await OnOneThread.RunAsync(() => host.Preparation().PrepareAsync(spooled, new(), TestContext.Current.CancellationToken));

        await using var audio = Assert.IsType<PreparationResult.Prepared>(result).Audio;
        Assert.InRange(allocated, 1, MostBytes);
        Assert.Equal(Hours * 3600.0, audio.Facts.Duration);
        Assert.Equal(Hours * 6, audio.Tracks[0].Speech.Count);
    }

    /// <summary>µ-law at 16 kHz; somebody speaks for five seconds in every ten minutes. Made as it is written.</summary>
    static IEnumerable<byte[]> Call()
    {
        var minute = Sound.Bytes(7, 8, Sound.Silence(60));
        var spoken = Sound.Bytes(7, 8, Sound.Join(Sound.Silence(30), Sound.Speech(5), Sound.Silence(25)));
        yield return [.. "RIFF"u8, .. Wav.Bytes(uint.MaxValue), .. "WAVE"u8, .. Wav.Chunk("fmt ", Wav.Format(7, 1, 16_000, 8)), .. "data"u8, .. Wav.Bytes(uint.MaxValue)];
        for (var i = 0; i < Hours * 60; i++)
        {
            yield return i % 10 == 0 ? spoken : minute;
        }
    }

    /// <summary>Runs all parts of a task on one thread of its own, so that what it allocates can be told from what other tests do.</summary>
    sealed class OnOneThread : SynchronizationContext
    {
        readonly BlockingCollection<(SendOrPostCallback Work, object? State)> parts = [];

        public static async Task<(long Allocated, T Result)> RunAsync<T>(Func<Task<T>> work)
        {
            var ended = new TaskCompletionSource<(long, Task<T>)>(TaskCreationOptions.RunContinuationsAsynchronously);
            var thread = new Thread(() =>
            {
                var context = new OnOneThread();
                SetSynchronizationContext(context);
                var start = GC.GetAllocatedBytesForCurrentThread();
                var running = work();
                running.ContinueWith(_ => context.parts.CompleteAdding(), TaskScheduler.Default);
                foreach (var (part, state) in context.parts.GetConsumingEnumerable())
                {
                    part(state);
                }
                ended.SetResult((GC.GetAllocatedBytesForCurrentThread() - start, running));
            })
            { IsBackground = true };
            thread.Start();
            var (allocated, result) = await ended.Task;
            return (allocated, await result);
        }

        public override void Post(SendOrPostCallback d, object? state) => parts.Add((d, state));
    }
}

using System.Diagnostics;

namespace AiPlatform.Testing;

/// <summary>Repeats an assertion until it holds, for effects that no signal announces.</summary>
public static class Eventually
{
    static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);
    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Returns when the assertion passes; after two minutes, which only a failure takes, its last failure is thrown as it is.</summary>
    public static async Task That(Func<Task> assertion, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception exception) when (Stopwatch.GetElapsedTime(start) < _limit && exception is not OperationCanceledException)
            {
                await Task.Delay(_pause, cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="That(Func{Task}, CancellationToken)"/>
    public static Task That(Action assertion, CancellationToken cancellationToken) => That(
        () =>
        {
            assertion();
            return Task.CompletedTask;
        },
        cancellationToken);
}

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Asks again until the answer is right; the last answer stands in the failure.</summary>
static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public static async Task<T> IsAsync<T>(Func<Task<T>> ask, Func<T, bool> right)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (right(answer))
                return answer;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, $"still {answer} after {Limit}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }
}

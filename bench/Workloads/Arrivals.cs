namespace AiPlatform.Bench.Workloads;

static class Arrivals
{
    /// <summary>Milliseconds from the start, with exponential gaps: many callers who know nothing of each other.</summary>
    public static double[] At(int rate, TimeSpan time, int seed)
    {
        var random = new Random(seed);
        var at = new double[(int)(rate * time.TotalSeconds)];
        var now = 0.0;
        foreach (var i in Enumerable.Range(0, at.Length))
        {
            now += -Math.Log(1 - random.NextDouble()) * 1_000 / rate;
            at[i] = now;
        }
        return at;
    }
}

namespace AiPlatform.ModelSimulator.Engine;

/// <summary>How long an engine takes for what it does, in ticks of its clock. Used under the engine's lock; reads the settings as they are now.</summary>
sealed class EnginePace
{
    const double MostDeviation = 0.7;

    readonly SimulatorOptions options;
    readonly double ticksPerMs;
    Random random;
    double stepMs;

    public EnginePace(SimulatorOptions options, long frequency)
    {
        this.options = options;
        ticksPerMs = frequency / 1000.0;
        random = new Random(options.Seed);
        NextStep();
    }

    /// <summary>Draws the same times again as from the start on.</summary>
    public void Restart()
    {
        random = new Random(options.Seed);
        NextStep();
    }

    /// <summary>A step takes no time, so one step gives all tokens.</summary>
    public bool IsInstant => options.InterTokenMs == 0;

    public bool ReadsPromptsAtOnce => options.PrefillTokenMs == 0;

    /// <summary>Draws the time of the step that comes.</summary>
    public void NextStep() => stepMs = Vary(options.InterTokenMs, options.InterTokenStdDev);

    public long Step(int running) => Ticks(stepMs, running);

    public long Prefill(int tokens, int running) => Ticks(tokens * options.PrefillTokenMs, running);

    public long FirstToken(int running) => Ticks(Vary(options.FirstTokenMs, options.FirstTokenStdDev), running);

    long Ticks(double milliseconds, int running) => (long)(milliseconds * Factor(running) * ticksPerMs);

    double Factor(int running) => options.LoadFactor == 1 || options.MaxRunning == 1
        ? 1
        : 1 + ((options.LoadFactor - 1) * Math.Min(1, (running - 1.0) / (options.MaxRunning - 1)));

    double Vary(double mean, double percent)
    {
        if (percent == 0 || mean == 0)
            return mean;

        // Box and Muller; 1 - x, because the logarithm of 0 is none.
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return mean * (1 + Math.Clamp(normal * percent / 100, -MostDeviation, MostDeviation));
    }
}

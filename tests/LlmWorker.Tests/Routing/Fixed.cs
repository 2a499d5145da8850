namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>Chance that always says the same.</summary>
sealed class Fixed(double value) : Random(0)
{
    public override double NextDouble() => value;

    public override int Next(int maxValue) => (int)(value * maxValue);
}

namespace AiPlatform.Bench;

static class Progress
{
    static readonly long Start = TimeProvider.System.GetTimestamp();

    public static TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(Start);

    public static void Say(string line) => Console.WriteLine($"{Elapsed:mm\\:ss} {line}");
}

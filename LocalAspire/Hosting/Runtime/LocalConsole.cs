namespace Aspire.Hosting.Runtime;

/// <summary>What the person at the terminal sees: nothing unless the AppHost was started with Run.</summary>
sealed class LocalConsole
{
    readonly Lock _lock = new();

    public TextWriter Out { get; set; } = TextWriter.Null;

    /// <summary>LOCAL_ASPIRE_LOGS=all: every line of every resource, not only warnings.</summary>
    public bool ShowAll { get; init; }

    public void Line(string text)
    {
        lock (_lock)
            Out.WriteLine(text);
    }

    public void Line(string resource, string text) => Line($"{resource,-20} | {text}");
}

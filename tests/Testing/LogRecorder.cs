using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Testing;

/// <summary>What a host logs, as an operator would read it.</summary>
public sealed class LogRecorder : ILoggerProvider
{
    readonly ConcurrentQueue<Line> _lines = new();

    public sealed record Line(LogLevel Level, int Event, string Message);

    public IReadOnlyCollection<Line> Lines => _lines;

    public IReadOnlyList<Line> Of(int eventId) => [.. _lines.Where(line => line.Event == eventId)];

    public ILogger CreateLogger(string categoryName) => new Recorder(_lines);

    public void Dispose()
    {
    }

    sealed class Recorder(ConcurrentQueue<Line> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(new(logLevel, eventId.Id, formatter(state, exception)));
    }
}

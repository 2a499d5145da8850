using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AiPlatform.Fuzz.Tests;

/// <summary>What the service logged as an error: a defect even where the answer shows none.</summary>
sealed class ErrorLog : ILoggerProvider, ILogger
{
    readonly ConcurrentQueue<string> _errors = new();

    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Those since it was asked last, so that each test answers for its own.</summary>
    public IReadOnlyList<string> Take()
    {
        List<string> errors = [];
        while (_errors.TryDequeue(out var error))
            errors.Add(error);
        return errors;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _errors.Enqueue($"{formatter(state, exception)}\n{exception}");
    }

    public void Dispose()
    {
    }
}

namespace Aspire.Hosting.Runtime;

/// <summary>One process' output: everything to its file, warnings to the terminal, the last lines kept for a failure report.</summary>
sealed class ResourceLog(Resource resource, string name, RunContext context) : IDisposable
{
    const int TailLines = 20;
    const long LimitBytes = 64 * 1024 * 1024;

    readonly Lock _lock = new();
    readonly Queue<string> _tail = new(TailLines);
    readonly StreamWriter _file = new(Path.Combine(context.Data.Logs, $"{name}.log")) { AutoFlush = true };
    bool _loud;

    public void Write(string line)
    {
        lock (_lock)
        {
            // A system left running for weeks must not fill the disk.
            if (_file.BaseStream.Length > LimitBytes)
                _file.BaseStream.SetLength(0);
            _file.WriteLine(line);
            if (_tail.Count == TailLines)
                _tail.Dequeue();
            _tail.Enqueue(line);
            if (context.ShowsAll || IsLoud(line))
                context.Show(name, line);
        }
    }

    public string Tail()
    {
        lock (_lock)
            return string.Join(Environment.NewLine, _tail.Select(line => $"    {line}"));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>.NET's simple console format heads a message with its level and indents the rest. What servers log stays in their file.</summary>
    bool IsLoud(string line)
    {
        if (line.StartsWith("Unhandled exception", StringComparison.Ordinal))
            _loud = true;
        else if (line is { Length: > 5 } && line[4] == ':' && !char.IsWhiteSpace(line[0]))
            _loud = line[..4] is "warn" or "fail" or "crit";
        return _loud && resource is ProjectResource && !line.AsSpan().TrimStart().StartsWith("at ");
    }
}

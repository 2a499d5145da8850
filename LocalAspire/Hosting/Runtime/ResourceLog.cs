namespace Aspire.Hosting.Runtime;

/// <summary>One process' output: everything to its file, warnings to the terminal, the last lines kept for a failure report.</summary>
sealed class ResourceLog(string name, string file, bool isServer, LocalConsole console) : IDisposable
{
    const int TailLines = 20;
    const long LimitBytes = 64 * 1024 * 1024;

    readonly Lock _lock = new();
    readonly Queue<string> _tail = new(TailLines);
    StreamWriter? _writer = Open(file);
    bool _loud;

    public string File => file;

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_writer is null)
                return;
            // A system left running for weeks must not fill the disk.
            if (_writer.BaseStream.Length > LimitBytes)
                _writer.BaseStream.SetLength(0);
            _writer.WriteLine(line);
            if (_tail.Count == TailLines)
                _tail.Dequeue();
            _tail.Enqueue(line);
            if (console.ShowAll || (IsLoud(line) && !IsStackFrame(line)))
                console.Line(name, line);
        }
    }

    public string Tail()
    {
        lock (_lock)
            return string.Join(Environment.NewLine, _tail.Select(line => $"    {line}"));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    static StreamWriter Open(string file) =>
        new(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

    static bool IsStackFrame(string line) => line.AsSpan().TrimStart() is var text && (text.StartsWith("at ") || text.StartsWith("--- "));

    /// <summary>.NET's simple console format heads a message with its level and indents the rest. What servers log stays in their file.</summary>
    bool IsLoud(string line)
    {
        if (isServer)
            return false;
        if (line.StartsWith("Unhandled exception", StringComparison.Ordinal))
            return _loud = true;
        if (line is { Length: > 5 } && line[4] == ':' && !char.IsWhiteSpace(line[0]))
            _loud = line[..4] is "warn" or "fail" or "crit";
        return _loud;
    }
}

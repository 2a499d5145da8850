using System.Security.Cryptography;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>What can go wrong with files that hold certificates.</summary>
static class ReloadedFile
{
    /// <summary>Whether the failure is one of what the files hold.</summary>
    public static bool IsOfFile(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or InvalidDataException or NotSupportedException;
}

/// <summary>What files hold, read again when one of them has changed. Files that cannot be used leave what was read before, and are tried again each time until they
/// can: the fault may be mended without a change that is seen, such as a right to read them.</summary>
/// <param name="before">For as long as the files have never been used; null to fail until then.</param>
/// <param name="changed">Is told what is read in place of something else.</param>
/// <param name="unusable">Is told why it is not; each reason once in a row.</param>
sealed class ReloadedFile<T>(string[] files, Func<T> read, T? before, Action<T> changed, Action<string> unusable) where T : class
{
    readonly Lock _lock = new();
    DateTime[] _seen = [];
    T? _current = before;
    string? _told;

    /// <summary>That of now. Costs a look at the times of the files.</summary>
    public T Current()
    {
        lock (_lock)
        {
            DateTime[] seen = [.. files.Select(Changed)];
            if (!seen.SequenceEqual(_seen))
                Read(seen);
            return _current!;
        }
    }

    void Read(DateTime[] seen)
    {
        try
        {
            var next = read();
            if (_seen.Length > 0)
                changed(next);
            (_current, _seen, _told) = (next, seen, null);
        }
        catch (Exception fault) when (_current is not null && ReloadedFile.IsOfFile(fault))
        {
            if (_told != fault.Message)
                unusable(fault.Message);
            _told = fault.Message;
        }
    }

    /// <summary>Of what the path leads to in the end: where secrets are mounted, the links stay and what is behind them changes.</summary>
    static DateTime Changed(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.LastWriteTimeUtc : file.LastWriteTimeUtc;
    }
}

using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>A program that is killed, with all that it started, when it is disposed before its end. What it complains of is read beside its output,
/// or it would wait for ever for somebody to read it.</summary>
sealed partial class GuardedProcess : IDisposable
{
    const int MostComplaint = 4096;

    readonly Process process;
    readonly Task<string> complaint;

    public GuardedProcess(Process process)
    {
        this.process = process;
        process.StandardInput.Close();
        complaint = ReadAsync(process.StandardError, MostComplaint, CancellationToken.None);
    }

    /// <summary>Fills the buffer with its output, but for what lies behind the end.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired; the program is killed then.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        // Not every system can end a read of a pipe; the death of its writer does.
        await using var killing = ct.Register(Kill);
        var read = await process.StandardOutput.BaseStream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        ct.ThrowIfCancellationRequested();
        return read;
    }

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public async Task<string> ReadTextAsync(int most, CancellationToken ct)
    {
        await using var killing = ct.Register(Kill);
        var text = await ReadAsync(process.StandardOutput, most, ct);
        ct.ThrowIfCancellationRequested();
        return text;
    }

    /// <summary>Waits until it ends by itself.</summary>
    public async Task<Ending> EndAsync(CancellationToken ct)
    {
        await process.WaitForExitAsync(ct);
        return new Ending(process.ExitCode, await complaint.WaitAsync(ct));
    }

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    void Kill()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Keeps the beginning and reads on to the end.</summary>
    static async Task<string> ReadAsync(StreamReader reader, int most, CancellationToken ct)
    {
        var (kept, piece) = (new StringBuilder(), new char[4096]);
        try
        {
            while (await reader.ReadAsync(piece, ct) is > 0 and var read)
            {
                kept.Append(piece, 0, Math.Min(read, most - kept.Length));
            }
        }
        catch (Exception failure) when (failure is ObjectDisposedException or IOException)
        {
            // The process was ended in the middle of it; what it said so far is enough.
        }
        return kept.ToString();
    }

    /// <param name="Complaint">What it wrote to its error output, or the beginning of it.</param>
    public sealed partial record Ending(int ExitCode, string Complaint)
    {
        const int MostCharacters = 200;

        /// <summary>Its last line for people, without what is only of this machine; null where it said nothing.</summary>
        public string? Line(string path)
        {
            var text = Complaint.Replace("file:" + path, "the file", StringComparison.Ordinal).Replace(path, "the file", StringComparison.Ordinal);
            var line = text.Split('\n').Select(part => NotPrintable.Replace(Origin.Replace(part, ""), " ").Trim()).LastOrDefault(part => part.Length > 0);
            return line is null or { Length: <= MostCharacters } ? line : line[..MostCharacters] + "…";
        }

        /// <summary>Which part of ffmpeg says it, and where in its memory that is.</summary>
        [GeneratedRegex(@"^\s*(\[[^\]]*\]\s*)+")]
        static partial Regex Origin { get; }

        [GeneratedRegex(@"[\s\p{C}]+")]
        static partial Regex NotPrintable { get; }
    }
}

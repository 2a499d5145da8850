using AiPlatform.TranscriptionWorker.Input;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Gets a job's audio, from the job itself or from where it says.</summary>
sealed class AudioSource(AudioFetcher fetcher, IOptions<TranscriptionOptions> options)
{
    int MostMegabytes => options.Value.MaxMegabytes;

    public async Task<AudioRead> ReadAsync(TranscriptionInput input, CancellationToken ct) =>
        input.AudioUrl is { } url ? await fetcher.FetchAsync(url, ct) : Decode(input.AudioBase64!);

    AudioRead Decode(string text)
    {
        var encoded = WithoutDataPrefix(text);
        if (encoded.Length / 4L * 3 > (MostMegabytes + 1L) * 1024 * 1024)
        {
            return new AudioRead.Failed(AudioProblem.TooLarge(encoded.Length / 4L * 3, MostMegabytes));
        }
        var bytes = new byte[(encoded.Length * 3L / 4) + 3];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length))
        {
            return new AudioRead.Failed(AudioProblem.Forbidden("audio_base64 is not base64."));
        }
        return length > MostMegabytes * 1024L * 1024
            ? new AudioRead.Failed(AudioProblem.TooLarge(length, MostMegabytes))
            : new AudioRead.Bytes(bytes.AsMemory(0, length));
    }

    /// <summary>Takes off <c>data:audio/wav;base64,</c>; what kind of audio it is, the bytes say.</summary>
    static ReadOnlySpan<char> WithoutDataPrefix(string text)
    {
        const string Marker = ";base64,";
        var head = text.AsSpan(0, Math.Min(text.Length, 200));
        var marker = head.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? head.IndexOf(Marker, StringComparison.OrdinalIgnoreCase) : -1;
        return marker < 0 ? text : text.AsSpan(marker + Marker.Length);
    }
}

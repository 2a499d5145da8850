using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>
/// Opens with ffmpeg what is not WAV. The file is a stranger's: ffmpeg gets no URL, may open nothing but this file, and knows only containers of
/// sound (a playlist in it would otherwise be followed to files and servers); its environment holds no secrets, and its time and memory are bounded.
/// </summary>
sealed class Ffmpeg(IOptions<AudioOptions> options, TimeProvider time)
{
    const int MostProbeCharacters = 64 * 1024;

    static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(60);

    static readonly string[] Guards =
    [
        "-hide_banner", "-v", "error", "-max_alloc", "268435456", "-protocol_whitelist", "file,pipe",
        "-format_whitelist", "wav,mp3,mov,matroska,ogg,flac,aac,amr,asf,aiff",
    ];

    // All that a program needs to start. Keys of model servers are in the environment too.
    static readonly string[] Kept = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "TMPDIR"];

    string ProgramPath => options.Value.FfmpegPath;

    string ProbePath => Path.Combine(Path.GetDirectoryName(ProgramPath) ?? "", "ffprobe" + Path.GetExtension(ProgramPath));

    /// <param name="what">What the file seems to be, as the rest of a sentence that begins "The audio is".</param>
    public async Task<(IFrameSource? Source, AudioProblem? Problem)> OpenAsync(SpooledAudio audio, string what, CancellationToken ct)
    {
        try
        {
            var (found, problem) = await ProbeAsync(audio, what, ct);
            return found is not null ? (Start(audio, found), null)
                : (null, File.Exists(audio.Path) ? problem : AudioProblem.OfWorker("The audio was taken away from the worker's temp folder (AUDIO_TEMP_DIR) before it was decoded."));
        }
        catch (Win32Exception)
        {
            return (null, AudioProblem.Unreadable(
                $"The audio is {what}; without ffmpeg only WAV (PCM, float, A-law, µ-law) is read, and '{ProgramPath}' (AUDIO_FFMPEG_PATH) with ffprobe beside it is not there."));
        }
    }

    FfmpegFrames Start(SpooledAudio audio, ProbedStream found)
    {
        // A second more than is accepted shows that there is more.
        var most = (options.Value.MaxDuration + TimeSpan.FromSeconds(1)).TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return new FfmpegFrames(
            Process.Start(Described(ProgramPath,
            [
                "-nostdin", "-nostats", "-threads", "1", .. Guards,
                // A container may skip time in which nothing was recorded. It stays in as silence, or all that follows would be told too early.
                "-dts_delta_threshold", most, "-i", "file:" + audio.Path, "-map", "0:a:0", "-vn", "-sn", "-dn", "-af", "aresample=async=1:first_pts=0",
                "-t", most, "-ar", SampleRange.Rate.ToString(CultureInfo.InvariantCulture),
                "-ac", found.Channels.ToString(CultureInfo.InvariantCulture), "-f", "s16le", "pipe:1",
            ]))!,
            found, audio.Path, time);
    }

    async Task<(ProbedStream? Found, AudioProblem? Problem)> ProbeAsync(SpooledAudio audio, string what, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(ProbeTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var process = new GuardedProcess(Process.Start(Described(ProbePath,
        [
            .. Guards, "-select_streams", "a:0", "-show_entries", "stream=channels,sample_rate,codec_name:format=duration", "-of", "json",
            "file:" + audio.Path,
        ]))!);
        try
        {
            var json = await process.ReadTextAsync(MostProbeCharacters, either.Token);
            var said = await process.EndAsync(either.Token);
            return ProbedStream.TryRead(json) is { } found
                ? Check(found)
                : (null, AudioProblem.Unreadable($"The audio is {what}, and no sound is found in it{Saying(said.Line(audio.Path))}."));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return (null, AudioProblem.Unreadable($"The audio is {what}, and ffprobe could not say within {ProbeTime.TotalSeconds} s what is in it."));
        }
    }

    (ProbedStream?, AudioProblem?) Check(ProbedStream found) => found.Seconds > options.Value.MaxDuration.TotalSeconds
        ? (null, AudioProblem.TooLong(found.Seconds, options.Value.MaxDuration))
        : (found, null);

    public static string Saying(string? line) => line is null ? "" : $" (ffmpeg: {line})";

    static ProcessStartInfo Described(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Except(Kept).ToList())
        {
            start.Environment.Remove(name);
        }
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    /// <summary>What ffprobe says of the first stream of sound.</summary>
    /// <param name="Seconds">As the container says; null where it does not.</param>
    public sealed record ProbedStream(string Codec, int Channels, int Rate, double? Seconds)
    {
        const int MostChannels = 64;

        public static ProbedStream? TryRead(string json)
        {
            try
            {
                using var read = JsonDocument.Parse(json);
                var stream = read.RootElement.GetProperty("streams")[0];
                var found = new ProbedStream(
                    stream.GetProperty("codec_name").GetString()!, stream.GetProperty("channels").GetInt32(),
                    int.Parse(stream.GetProperty("sample_rate").GetString()!, CultureInfo.InvariantCulture),
                    read.RootElement.GetProperty("format").TryGetProperty("duration", out var text)
                        && double.TryParse(text.GetString(), CultureInfo.InvariantCulture, out var seconds) ? seconds : null);
                return found is { Channels: >= 1 and <= MostChannels, Rate: > 0 } ? found : null;
            }
            catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
                or OverflowException or IndexOutOfRangeException)
            {
                return null;
            }
        }
    }
}

using System.Diagnostics;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>What is not WAV: with ffmpeg, and where there is none.</summary>
public sealed class FfmpegTests
{
    static readonly bool IsThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg")));

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[]> Foreign => new()
    {
        { "MP3", [.. "ID3"u8, 4, 0] },
        { "MP3", [0xFF, 0xFB, 0x90, 0x00] },
        { "AAC", [0xFF, 0xF1, 0x50, 0x80] },
        { "Ogg", [.. "OggS"u8, 0] },
        { "FLAC", [.. "fLaC"u8, 0] },
        { "MP4 or M4A", [0, 0, 0, 32, .. "ftypM4A "u8] },
        { "WebM or Matroska", [0x1A, 0x45, 0xDF, 0xA3, 1] },
        { "AMR", [.. "#!AMR\n"u8] },
        { "of no known format", [9, 9, 9, 9] },
        {
            "a WAV file, and its encoding is GSM 6.10",
            Wav.Riff(Wav.Chunk("fmt ", Wav.Format(0x31, 1, 8000, 0)), Wav.Chunk("data", new byte[65]))
        },
        {
            "a WAV file, and its encoding is one of a vendor's own",
            Wav.Riff(Wav.Chunk("fmt ", Wav.Extensible(1, 1, 8000, 16, new byte[14])), Wav.Chunk("data", new byte[65]))
        },
    };

    [Theory, MemberData(nameof(Foreign))]
    public async Task Without_ffmpeg_the_file_and_the_program_are_named(string what, byte[] file)
    {
        await using var host = new AudioHost(options => options.FfmpegPath = "/nowhere/ffmpeg");

        Assert.Equal(
            AudioProblem.Unreadable(
                $"The audio is {what}; without ffmpeg only WAV (PCM, float, A-law, µ-law) is read, and '/nowhere/ffmpeg' (AUDIO_FFMPEG_PATH) with ffprobe beside it is not there."),
            await host.ProblemAsync(file));
    }

    /// <summary>ffmpeg has a decoder for GSM.</summary>
    public static IEnumerable<TheoryDataRow<string, byte[]>> NoAudio => Foreign.Where(row => !row.Data.Item1.Contains("GSM", StringComparison.Ordinal));

    [Theory, MemberData(nameof(NoAudio))]
    public async Task With_ffmpeg_what_is_no_audio_is_named(string what, byte[] file)
    {
        SkipWithoutFfmpeg();
        await using var host = new AudioHost();

        var problem = await host.ProblemAsync(file);

        Assert.Equal(("audio_unreadable", false), (problem.Category, problem.IsPassing));
        Assert.True(
            problem.Message.StartsWith($"The audio is {what}, and no sound is found in it", StringComparison.Ordinal)
            || problem.Message.StartsWith("The audio could not be decoded: no sound came of its ", StringComparison.Ordinal), problem.Message);
        Assert.DoesNotContain(host.Folder.Shared, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mp3", "mp3")]
    [InlineData("flac", "flac")]
    [InlineData("ogg", "vorbis")]
    [InlineData("m4a", "aac")]
    [InlineData("mka", "pcm_s16le")]
    [InlineData("aiff", "pcm_s16be")]
    [InlineData("wav", "adpcm_ms")]
    public async Task Other_formats_give_the_same_speech_and_channels(string extension, string codec)
    {
        SkipWithoutFfmpeg();
        await using var host = new AudioHost();
        float[][] channels =
        [
            Sound.Join(Sound.Sine(1, 300, rate: 8000), Sound.Silence(1, 8000), Sound.Speech(3, 1, rate: 8000)),
            Sound.Join(Sound.Silence(1, 8000), Sound.Speech(3, 2, rate: 8000), Sound.Silence(1, 8000)),
        ];
        var file = await EncodeAsync(Sound.File(8000, channels), extension, codec);
        await using var audio = await host.PrepareAsync(file);

        Assert.Equal((2, 8000, codec), (audio.Facts.Channels, audio.Facts.SampleRate, audio.Facts.Codec));
        Assert.InRange(audio.Facts.Duration, 4.9, 5.3);
        Assert.Equal([0, 1], audio.Tracks.Select(track => track.Channel));
        Assert.InRange(audio.Tracks[1].Speech[0].StartSeconds, 0.8, 1.1);
        Assert.InRange(audio.LevelDb(0, SampleRange.OfSeconds(0.2, 0.8)), -10, -8);
    }

    [Theory]
    [InlineData("mka", "pcm_s16le", 5)]
    [InlineData("mka", "pcm_s16le", 50)]
    [InlineData("ogg", "flac", 5)]
    [InlineData("ogg", "flac", 50)]
    public async Task Time_that_a_container_skips_is_silence(string extension, string codec, int gap)
    {
        SkipWithoutFfmpeg();
        await using var host = new AudioHost();
        var sound = Sound.Join(Sound.Speech(3, 1, rate: 8000), Sound.Silence(1, 8000), Sound.Speech(3, 2, rate: 8000));
        var file = await EncodeAsync(Sound.File(8000, sound), extension, codec, $"asetpts='if(gte(T,3.5),PTS+{gap}/TB,PTS)'");
        await using var audio = await host.PrepareAsync(file);

        Assert.InRange(audio.Facts.Duration, gap + 6.9, gap + 7.1);
        Assert.InRange(audio.Tracks[0].Speech[0].StartSeconds, 0, 0.2);
        Assert.InRange(audio.Tracks[0].Speech[^1].StartSeconds, gap + 3.7, gap + 4.2);
    }

    [Fact]
    public async Task Of_a_damaged_file_what_could_be_decoded_is_used_and_that_is_said()
    {
        SkipWithoutFfmpeg();
        await using var host = new AudioHost();
        var file = await EncodeAsync(Sound.File(16_000, Sound.Speech(10)), "flac", "flac");
        await using var audio = await host.PrepareAsync(file[..(file.Length / 2)]);

        Assert.InRange(audio.Facts.Duration, 1, 9);
        Assert.StartsWith("The audio is damaged; what could be decoded was used (ffmpeg: ", Assert.Single(audio.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_grows_without_end_is_given_up_at_the_longest_duration()
    {
        SkipWithoutFfmpeg();
        await using var host = new AudioHost(options => options.MaxDuration = TimeSpan.FromSeconds(30));
        // Silence of ten minutes is a few kB.
        var file = await EncodeAsync(Wav.File(Wav.Format(7, 1, 8000, 8), [.. Enumerable.Repeat((byte)0xFF, 4_800_000)]), "flac", "flac");
        // As of a file that was written into a pipe, whose header says nothing of the length.
        file[21] &= 0xF0;
        file.AsSpan(22, 4).Clear();

        Assert.Equal("audio_too_long", (await host.ProblemAsync(file)).Category);
    }

    [Fact]
    public async Task A_program_that_hangs_is_killed_with_what_it_started_when_the_job_is_cancelled()
    {
        var folder = Directory.CreateTempSubdirectory("audio-ffmpeg-").FullName;
        var started = Path.Combine(folder, "started");
        // Waits for ever in a child of its own, as a decoder that hangs would.
        await ScriptAsync(folder, "ffprobe", $"sleep 100000 & echo $! > {started}.new; mv {started}.new {started}; wait");
        await ScriptAsync(folder, "ffmpeg", "exit 1");
        await using var host = new AudioHost(options => options.FfmpegPath = Path.Combine(folder, "ffmpeg"));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var preparing = host.TryPrepareAsync([.. "ID3"u8, 4, 0], ct: cancel.Token);
        await Testing.Eventually.That(() => Assert.True(File.Exists(started)), Ct);
        var child = int.Parse(await File.ReadAllTextAsync(started, Ct), System.Globalization.CultureInfo.InvariantCulture);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => preparing);
        await Testing.Eventually.That(() => Assert.False(IsRunning(child)), Ct);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_program_that_complains_without_end_does_not_hang_and_its_words_are_cut()
    {
        var folder = Directory.CreateTempSubdirectory("audio-ffmpeg-").FullName;
        await ScriptAsync(folder, "ffprobe", "yes \"[mp3 @ 0x55] $(env | wc -l) bad $0\" | head -c 1000000 >&2; exit 1");
        await ScriptAsync(folder, "ffmpeg", "exit 1");
        await using var host = new AudioHost(options => options.FfmpegPath = Path.Combine(folder, "ffmpeg"));

        var problem = await host.ProblemAsync([.. "ID3"u8, 4, 0]);

        Assert.StartsWith("The audio is MP3, and no sound is found in it (ffmpeg: ", problem.Message, StringComparison.Ordinal);
        Assert.InRange(problem.Message.Length, 60, 300);
        Directory.Delete(folder, recursive: true);
    }

    static void SkipWithoutFfmpeg() => Assert.SkipUnless(
        IsThere || Environment.GetEnvironmentVariable("REQUIRE_FFMPEG") == "true", "ffmpeg is not installed; REQUIRE_FFMPEG=true makes that a failure.");

    static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            // A killed child of nobody is a zombie until the system collects it.
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is ArgumentException or IOException)
        {
            return false;
        }
    }

    static async Task ScriptAsync(string folder, string name, string body)
    {
        var path = Path.Combine(folder, name);
        // By a program of its own: a file that this process has open for writing cannot be started, and others are started meanwhile.
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod +x \"$2\"", "sh", body, path]))!;
        await process.WaitForExitAsync(Ct);
    }

    static async Task<byte[]> EncodeAsync(byte[] wav, string extension, string codec, string filter = "anull")
    {
        var folder = Directory.CreateTempSubdirectory("audio-encode-").FullName;
        var (from, to) = (Path.Combine(folder, "in.wav"), Path.Combine(folder, "out." + extension));
        await File.WriteAllBytesAsync(from, wav, Ct);
        using var process = Process.Start(new ProcessStartInfo(
            "ffmpeg", ["-nostdin", "-v", "error", "-i", from, "-af", filter, "-strict", "-2", "-c:a", codec == "mp3" ? "libmp3lame" : codec, to]))!;
        await process.WaitForExitAsync(Ct);
        Assert.Equal(0, process.ExitCode);
        var file = await File.ReadAllBytesAsync(to, Ct);
        Directory.Delete(folder, recursive: true);
        return file;
    }
}

using System.Buffers.Binary;
using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Tests.Audio;

/// <summary>What is said of audio that cannot be used. Nothing of it stays behind.</summary>
public sealed class BadAudioTests
{
    const string Broken = "The audio is a WAV file that cannot be read: ";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], string> Unusable => new()
    {
        { "empty", [], "The audio is empty: it has 0 bytes." },
        { "no sound", Wav.File(Wav.Format(1, 1, 8000, 16), []), "The audio is a WAV file without any sound: its length is 0 s." },
        { "less than a frame", Wav.File(Wav.Format(1, 2, 8000, 16), [1, 2, 3]), "The audio is a WAV file without any sound: its length is 0 s." },
        {
            "cut before its sound", Wav.Riff(Wav.Chunk("fmt ", Wav.Format(1, 1, 8000, 16)), Wav.Chunk("data", [], 1000)),
            "The audio is truncated: its header announces 1,000 bytes of sound and 0 are there."
        },
        { "no data", Wav.Riff(Wav.Chunk("fmt ", Wav.Format(1, 1, 8000, 16))), Broken + "it ends after 36 bytes without a sound block." },
        { "no format", Wav.Riff(Wav.Chunk("data", new byte[10])), Broken + "it ends after 30 bytes without a format block." },
        { "absurd chunk", Wav.Riff(Wav.Chunk("junk", new byte[10], 0xFFFF_FFF0)), Broken + "it ends after 30 bytes without a format block." },
        {
            "endless chunks", Wav.Riff([.. Enumerable.Repeat(Wav.Chunk("junk", []), 2000)]),
            Broken + "it has more than 1000 blocks before its sound."
        },
        { "short format", WithFormat([1, 0, 1, 0]), Broken + "its format block has 4 bytes, fewer than 16." },
        { "no channels", WithFormat(Wav.Format(1, 0, 8000, 16)), Broken + "it says that it has 0 channels; 1 to 64 are accepted." },
        { "many channels", WithFormat(Wav.Format(1, 4000, 8000, 16)), Broken + "it says that it has 4000 channels; 1 to 64 are accepted." },
        { "no rate", WithFormat(Wav.Format(1, 1, 0, 16)), Broken + "it says that it has 0 samples a second; 1 to 768000 are accepted." },
        { "odd bits", WithFormat(Wav.Format(1, 1, 8000, 13)), Broken + "its samples of PCM have 13 bits, which nothing can play." },
        { "NaN", Floats(float.NaN), Broken + "after second 1 of its float samples one is not a number or infinite." },
        { "infinity", Floats(float.NegativeInfinity), Broken + "after second 1 of its float samples one is not a number or infinite." },
        { "gzip", [0x1F, 0x8B, 8, 0], "The audio is compressed with gzip; a file of sound, such as WAV, is expected." },
        { "avi", [.. "RIFF"u8, 4, 0, 0, 0, .. "AVI "u8], "The audio is a RIFF file that holds no WAV; a file of sound, such as WAV, is expected." },
        { "cut off", [.. "RIFF"u8, 4, 0], "The audio is a WAV file cut off after 6 bytes; a file of sound, such as WAV, is expected." },
        { "page", [.. "\r\n<!DOCTYPE html>"u8], "The audio is a web page or XML; a file of sound, such as WAV, is expected." },
        { "json", [.. "{\"error\":1}"u8], "The audio is JSON; a file of sound, such as WAV, is expected." },
        { "playlist", [.. "#EXTM3U\nfile:///etc/passwd"u8], "The audio is a playlist; a file of sound, such as WAV, is expected." },
        { "concat", [.. "ffconcat version 1.0\nfile /etc/passwd"u8], "The audio is a playlist; a file of sound, such as WAV, is expected." },
    };

    [Theory, MemberData(nameof(Unusable))]
    public async Task What_cannot_be_used_is_named(string name, byte[] file, string message)
    {
        await using var host = new AudioHost();

        var problem = await host.ProblemAsync(file);

        Assert.True(AudioProblem.Unreadable(message) == problem, $"{name}: {problem}");
        Assert.Equal("audio_unreadable", problem.Category);
    }

    [Fact]
    public async Task Longer_audio_than_is_accepted_is_refused_with_its_length()
    {
        await using var host = new AudioHost();

        Assert.Equal(
            new AudioProblem("audio_too_long", "The audio lasts 36000 s; at most 14400 s (AUDIO_MAX_DURATION) are accepted."),
            await host.ProblemAsync(Wav.File(Wav.Format(7, 1, 10, 8), new byte[360_000])));
    }

    [Fact]
    public async Task Audio_of_the_longest_duration_is_accepted_and_a_frame_more_is_not()
    {
        await using var host = new AudioHost(options => options.MaxDuration = TimeSpan.FromSeconds(2));
        await using var audio = await host.PrepareAsync(Sound.File(8000, Sound.Silence(2, 8000)));

        Assert.Equal(2.0, audio.Facts.Duration);
        Assert.Equal("audio_too_long", (await host.ProblemAsync(Sound.File(8000, new float[16_001]))).Category);
    }

    [Fact]
    public async Task Base64_is_taken_in_any_form_and_anything_else_is_not()
    {
        await using var host = new AudioHost();
        byte[] file = [.. Enumerable.Range(0, 200_002).Select(i => (byte)(i * 7))];
        var text = Convert.ToBase64String(file);

        foreach (var given in new[] { text, "data:audio/x-wav;base64," + Convert.ToBase64String(file, Base64FormattingOptions.InsertLineBreaks), "\n " + text + "\r\n" })
        {
            using var spooled = Assert.IsType<AudioRead.Spooled>(await host.ReadBase64Async(given)).Audio;
            Assert.Equal(file, await File.ReadAllBytesAsync(spooled.Path, Ct));
        }
        foreach (var wrong in new[] { "***", text[..^1], text + "AAAA", text.Insert(65_535, "="), text.Insert(100_000, "!"), "A" })
        {
            Assert.Equal(AudioProblem.Invalid("audio_base64 is not base64."), Assert.IsType<AudioRead.Failed>(await host.ReadBase64Async(wrong)).Problem);
        }
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_is_refused_or_used_and_never_breaks_the_reader()
    {
        await using var host = new AudioHost();
        var file = Wav.Riff(Wav.Chunk("LIST", [1, 2, 3]), Wav.Chunk("fmt ", Wav.Extensible(1, 2, 8000, 16)), Wav.Chunk("data", new byte[40]));
        for (var length = 0; length < file.Length; length++)
        {
            var result = await host.TryPrepareAsync(file[..length]);
            if (result is PreparationResult.Prepared prepared)
            {
                await using var audio = prepared.Audio;
                Assert.Single(audio.Warnings);
            }
        }
    }

    [Fact]
    public async Task Any_byte_may_be_wrong_without_breaking_the_reader()
    {
        const int Seed = 20261121;
        await using var host = new AudioHost(options => options.FfmpegPath = "/nowhere/ffmpeg");
        var random = new Random(Seed);
        var file = Wav.Riff(Wav.Chunk("fmt ", Wav.Extensible(1, 2, 8000, 16)), Wav.Chunk("data", new byte[40]));
        for (var round = 0; round < 300; round++)
        {
            var broken = file.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }
            var result = await host.TryPrepareAsync(broken);
            (result as PreparationResult.Prepared)?.Audio.Dispose();
            Assert.True(
                result is PreparationResult.Prepared or PreparationResult.Failed { Problem.Category: "audio_unreadable" or "audio_too_long" },
                $"Round {round} of seed {Seed}: {result}");
        }
    }

    [Fact]
    public async Task A_cancelled_preparation_leaves_nothing()
    {
        await using var host = new AudioHost();
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.TryPrepareAsync(Wav.Call, ct: cancel.Token));
    }

    static byte[] WithFormat(byte[] format) => Wav.Riff(Wav.Chunk("fmt ", format), Wav.Chunk("data", new byte[160]));

    static byte[] Floats(float wrong)
    {
        var data = Sound.Bytes(3, 32, Sound.Sine(3, 400, rate: 8000));
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8200 * 4), wrong);
        return Wav.File(Wav.Format(3, 1, 8000, 32), data);
    }
}

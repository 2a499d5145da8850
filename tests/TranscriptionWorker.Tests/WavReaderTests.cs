using AiPlatform.TranscriptionWorker.Audio.Wav;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Which WAV files are read, and what is said of those that are not.</summary>
public sealed class WavReaderTests
{
    [Theory]
    [InlineData(1, 1, 8000, 16, 1.5)]
    [InlineData(1, 2, 44_100, 8, 0.25)]
    [InlineData(1, 1, 16_000, 24, 2)]
    [InlineData(1, 6, 48_000, 32, 0.1)]
    [InlineData(3, 1, 48_000, 32, 0.5)]
    [InlineData(3, 2, 16_000, 64, 0.5)]
    [InlineData(6, 1, 8000, 8, 3)]
    [InlineData(7, 2, 8000, 8, 3)]
    public void Every_encoding_that_servers_decode_is_read_plain_and_extensible(int tag, int channels, int rate, int bits, double seconds)
    {
        var samples = Numbered((int)Math.Round(seconds * rate) * channels * bits / 8);

        foreach (var format in new[] { Wav.Format(tag, channels, rate, bits), Wav.Extensible(tag, channels, rate, bits) })
        {
            var file = Read(Wav.File(format, samples));

            Assert.Equal(new WavFormat((WavEncoding)tag, channels, rate, bits), file.Format);
            Assert.Equal(seconds, file.Duration.TotalSeconds, 6);
            Assert.Equal(samples, file.Samples.ToArray());
        }
    }

    [Fact]
    public void Chunks_are_found_in_any_order_and_behind_odd_ones()
    {
        var (format, samples) = (Wav.Chunk("fmt ", Wav.Format(1, 1, 8000, 16)), Numbered(16_000));
        byte[] note = [1, 2, 3];

        foreach (var file in new[]
        {
            Wav.Riff(Wav.Chunk("LIST", note), format, Wav.Chunk("fact", new byte[4]), Wav.Chunk("data", samples), Wav.Chunk("LIST", note)),
            Wav.Riff(Wav.Chunk("data", samples), Wav.Chunk("junk", note), format),
        })
        {
            Assert.Equal(samples, Read(file).Samples.ToArray());
        }
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(0xFFFF_FFFFu, 0xFFFF_FFFFu)]
    [InlineData(0x7FFF_F024u, 0x7FFF_F000u)]
    [InlineData(0u, 0x7FFF_FFFFu)]
    public void A_length_left_open_means_to_the_end(uint riffSize, uint dataSize)
    {
        var samples = Numbered(8000);

        var file = Read(Wav.Riff("RIFF", riffSize, Wav.Chunk("fmt ", Wav.Format(7, 1, 8000, 8)), Wav.Chunk("data", samples, dataSize)));

        Assert.Equal(samples, file.Samples.ToArray());
        Assert.Equal(TimeSpan.FromSeconds(1), file.Duration);
    }

    [Theory]
    [InlineData("RF64")]
    [InlineData("BW64")]
    public void Lengths_of_64_bits_are_read(string magic)
    {
        var samples = Numbered(8000);
        var lengths = Wav.Chunk("ds64", Wav.Bytes(0ul, (ulong)samples.Length, 8000ul, 0u));

        var file = Read(Wav.Riff(
            magic, uint.MaxValue, lengths, Wav.Chunk("fmt ", Wav.Format(6, 1, 8000, 8)),
            Wav.Chunk("data", samples, uint.MaxValue), Wav.Chunk("LIST", new byte[50])));

        Assert.Equal(samples, file.Samples.ToArray());
    }

    [Fact]
    public void A_frame_that_is_not_whole_is_left_out() =>
        Assert.Equal(8, Read(Wav.File(Wav.Format(1, 2, 8000, 16), Numbered(11))).Samples.Length);

    [Fact]
    public void What_is_sent_is_a_plain_file_with_the_same_samples()
    {
        foreach (var (tag, bits) in new[] { (1, 8), (1, 16), (3, 32), (6, 8), (7, 8) })
        {
            var samples = Numbered(99 * bits / 8);
            var given = Wav.Riff(Wav.Chunk("LIST", [1, 2]), Wav.Chunk("fmt ", Wav.Extensible(tag, 1, 8000, bits)), Wav.Chunk("data", samples));

            byte[] sent = [.. Read(given).Header(), .. samples, .. new byte[samples.Length & 1]];

            Assert.Equal((uint)sent.Length - 8, BitConverter.ToUInt32(sent, 4));
            Assert.Equal(tag == 1 ? 44 : 58, sent.Length - samples.Length - (samples.Length & 1));
            Assert.Equal(Read(given).Format, Read(sent).Format);
            Assert.Equal(samples, Read(sent).Samples.ToArray());
        }
    }

    public static TheoryData<string, byte[], string> Unusable => new()
    {
        { "empty", [], "The audio is empty: it has 0 bytes." },
        { "no sound", Wav.File(Wav.Format(1, 1, 8000, 16), []), "The audio is a WAV file without any sound: its length is 0 s." },
        {
            "less than a frame", Wav.File(Wav.Format(1, 2, 8000, 16), [1, 2, 3]), "The audio is a WAV file without any sound: its length is 0 s."
        },
        {
            "truncated", Wav.Riff(Wav.Chunk("fmt ", Wav.Format(1, 1, 8000, 16)), Wav.Chunk("data", new byte[600], 1000)),
            "The audio is truncated: its header announces 1,000 bytes of sound and 600 are there."
        },
        {
            "no data", Wav.Riff(Wav.Chunk("fmt ", Wav.Format(1, 1, 8000, 16))),
            "The audio is a WAV file that cannot be read: it ends after 36 bytes without a sound block."
        },
        {
            "no format", Wav.Riff(Wav.Chunk("data", new byte[10])),
            "The audio is a WAV file that cannot be read: it ends after 30 bytes without a format block."
        },
        {
            "absurd chunk", Wav.Riff(Wav.Chunk("junk", new byte[10], 0xFFFF_FFF0)),
            "The audio is a WAV file that cannot be read: it ends after 30 bytes without a format block."
        },
        { "short format", WithFormat([1, 0, 1, 0]), "The audio is a WAV file that cannot be read: its format block has 4 bytes, fewer than 16." },
        {
            "no channels", WithFormat(Wav.Format(1, 0, 8000, 16)),
            "The audio is a WAV file that cannot be read: it says that it has 0 channels; 1 to 64 are accepted."
        },
        {
            "no rate", WithFormat(Wav.Format(1, 1, 0, 16)),
            "The audio is a WAV file that cannot be read: it says that it has 0 samples a second; 1 to 768000 are accepted."
        },
        {
            "odd bits", WithFormat(Wav.Format(1, 1, 8000, 13)),
            "The audio is a WAV file that cannot be read: its samples of PCM have 13 bits, which nothing can play."
        },
        {
            "gsm", WithFormat(Wav.Format(0x31, 1, 8000, 0)),
            "The audio is a WAV file that cannot be read: its encoding is GSM 6.10; PCM, float, A-law and µ-law are accepted."
        },
        {
            "unknown", WithFormat(Wav.Format(0x1234, 1, 8000, 16)),
            "The audio is a WAV file that cannot be read: its encoding is number 0x1234; PCM, float, A-law and µ-law are accepted."
        },
        {
            "vendor", WithFormat(Wav.Extensible(1, 1, 8000, 16, new byte[14])),
            "The audio is a WAV file that cannot be read: its encoding is one of a vendor's own; PCM, float, A-law and µ-law are accepted."
        },
        { "mp3 with tags", [.. "ID3"u8, 4, 0], "The audio is MP3; a WAV file is accepted." },
        { "mp3", [0xFF, 0xFB, 0x90, 0x00], "The audio is MP3; a WAV file is accepted." },
        { "aac", [0xFF, 0xF1, 0x50, 0x80], "The audio is AAC; a WAV file is accepted." },
        { "ogg", [.. "OggS"u8, 0], "The audio is Ogg; a WAV file is accepted." },
        { "flac", [.. "fLaC"u8, 0], "The audio is FLAC; a WAV file is accepted." },
        { "m4a", [0, 0, 0, 32, .. "ftypM4A "u8], "The audio is MP4 or M4A; a WAV file is accepted." },
        { "webm", [0x1A, 0x45, 0xDF, 0xA3, 1], "The audio is WebM or Matroska; a WAV file is accepted." },
        { "gzip", [0x1F, 0x8B, 8, 0], "The audio is compressed with gzip; a WAV file is accepted." },
        { "avi", [.. "RIFF"u8, 4, 0, 0, 0, .. "AVI "u8], "The audio is a RIFF file that holds no WAV; a WAV file is accepted." },
        { "cut off", [.. "RIFF"u8, 4, 0], "The audio is a WAV file cut off after 6 bytes; a WAV file is accepted." },
        { "page", [.. "\r\n<!DOCTYPE html>"u8], "The audio is a web page or XML; a WAV file is accepted." },
        { "json", [.. "{\"error\":1}"u8], "The audio is JSON; a WAV file is accepted." },
        { "noise", [9, 9, 9, 9], "The audio is of no known format; a WAV file is accepted." },
    };

    [Theory, MemberData(nameof(Unusable))]
    public void What_cannot_be_used_is_named(string name, byte[] file, string message)
    {
        Assert.Null(WavReader.TryRead(file, out var problem));
        Assert.True(message == problem, $"{name}: {problem}");
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused_and_never_breaks_the_reader()
    {
        var file = Wav.Riff(Wav.Chunk("LIST", [1, 2, 3]), Wav.Chunk("fmt ", Wav.Extensible(1, 2, 8000, 16)), Wav.Chunk("data", Numbered(400)));
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Null(WavReader.TryRead(file.AsMemory(0, length), out var problem));
            Assert.NotNull(problem);
        }
    }

    [Fact]
    public void Any_byte_may_be_wrong_without_breaking_the_reader()
    {
        const int Seed = 20260317;
        var random = new Random(Seed);
        var file = Wav.Riff(Wav.Chunk("fmt ", Wav.Extensible(1, 2, 8000, 16)), Wav.Chunk("data", Numbered(40)));
        for (var round = 0; round < 20_000; round++)
        {
            var broken = file.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            }
            var read = WavReader.TryRead(broken, out var problem);
            Assert.True(read is null != problem is null, $"Round {round} of seed {Seed}");
        }
    }

    static WavFile Read(byte[] file)
    {
        var read = WavReader.TryRead(file, out var problem);
        Assert.Null(problem);
        return read!;
    }

    static byte[] WithFormat(byte[] format) => Wav.Riff(Wav.Chunk("fmt ", format), Wav.Chunk("data", new byte[160]));

    static byte[] Numbered(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7))];
}

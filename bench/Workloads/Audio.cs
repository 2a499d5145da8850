using System.Diagnostics;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Decoding;
using AiPlatform.TranscriptionWorker.Audio.Temp;
using Microsoft.Extensions.Options;

namespace AiPlatform.Bench.Workloads;

/// <summary>From a recording on disk to its chunk plan, before any model is asked: how much audio does a second of one core prepare, and does memory grow with
/// its length?</summary>
sealed class Audio : IWorkload
{
    const int MuLaw = 7;
    const int Pcm = 1;

    public static readonly (string Name, int Tag, int Rate, int Bits)[] Kinds =
        [("8 kHz µ-law stereo", MuLaw, 8000, 8), ("44.1 kHz 16-bit stereo", Pcm, 44_100, 16)];

    public string Name => "audio";

    public bool IsOnlyByName => true;

    /// <summary>By processor time, of which one core has a second each second: other work on the machine does not count.</summary>
    public const string Speed = "× real time, of one core";

    public const string Memory = "most memory of the process, MiB";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        using var folder = new AudioTempFolder(Options.Create(Settings));
        foreach (var (name, tag, rate, bits) in Kinds)
        {
            using var audio = await SpoolAsync(folder, tag, rate, bits, round.Sizes.AudioTime, ct);
            using var process = Process.GetCurrentProcess();
            var start = process.TotalProcessorTime;
            var result = await Preparation(folder).PrepareAsync(audio, new ChannelPlanOptions(), ct);
            process.Refresh();
            using var prepared = (result as PreparationResult.Prepared ?? throw new BenchException($"The audio was not prepared: {result}")).Audio;

            round.Results.Add(Tables.Audio, Speed, name, prepared.Facts.Duration / (process.TotalProcessorTime - start).TotalSeconds);
            round.Results.Add(Tables.Audio, "chunks", name, prepared.Chunks.Count);
            round.Results.Add(Tables.Audio, Memory, name, process.PeakWorkingSet64 / 1024.0 / 1024);
        }
    }

    static AudioOptions Settings => new() { MaxMegabytes = 4000, TempMegabytes = 20_000, TempFolder = Path.Combine(Path.GetTempPath(), "aiplatform-bench-audio") };

    static AudioPreparation Preparation(AudioTempFolder folder)
    {
        var options = Options.Create(Settings);
        return new AudioPreparation(new AudioOpener(new Ffmpeg(options, TimeProvider.System), options), new AudioDecoder(folder, options), folder);
    }

    static async Task<SpooledAudio> SpoolAsync(AudioTempFolder folder, int tag, int rate, int bits, TimeSpan length, CancellationToken ct)
    {
        var minute = Minute(rate, bits);
        var read = await new AudioSpool(folder, Options.Create(Settings)).ReadAsync(async intake =>
        {
            var problem = await intake.AppendAsync(Header(tag, rate, bits), ct);
            for (var i = 0; i < length.TotalMinutes && problem is null; i++)
            {
                problem = await intake.AppendAsync(minute, ct);
            }
            return problem;
        });
        return (read as AudioRead.Spooled ?? throw new BenchException($"The audio was not kept: {read}")).Audio;
    }

    /// <summary>Two that speak in turns: noise in the rhythm of syllables.</summary>
    static byte[] Minute(int rate, int bits)
    {
        const int Seed = 7;
        var random = new Random(Seed);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        for (var i = 0; i < rate * 60 * 2; i++)
        {
            var (second, channel) = (i / 2 / (double)rate, i % 2);
            var isLoud = (int)(second / 8) % 2 == channel && second % 0.25 < 0.19;
            var sample = isLoud ? random.Next(-9000, 9000) : random.Next(-20, 20);
            if (bits == 8)
            {
                // Of µ-law any byte is a sample; those next to 0xFF are quiet.
                writer.Write((byte)(isLoud ? random.Next(256) : 0xFF - random.Next(2)));
            }
            else
            {
                writer.Write((short)sample);
            }
        }
        return stream.ToArray();
    }

    static byte[] Header(int tag, int rate, int bits)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("RIFF"u8);
        writer.Write(uint.MaxValue);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)tag);
        writer.Write((short)2);
        writer.Write(rate);
        writer.Write(rate * 2 * bits / 8);
        writer.Write((short)(2 * bits / 8));
        writer.Write((short)bits);
        writer.Write("data"u8);
        writer.Write(uint.MaxValue);
        return stream.ToArray();
    }
}

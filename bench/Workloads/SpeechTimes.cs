using System.Diagnostics;
using AiPlatform.Bench.Speech;
using AiPlatform.Bench.Systems;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Decoding;
using AiPlatform.TranscriptionWorker.Audio.Temp;
using Microsoft.Extensions.Options;

namespace AiPlatform.Bench.Workloads;

/// <summary>Calls of a synthesizer, whose every word has a known time: how far off do segments start, and is the speaker the right one?</summary>
sealed class SpeechTimes : IWorkload
{
    public const string Mean = "start error, mean s";
    public const string Most = "start error, most s";
    public const string Told = "words told, % of those said";
    public const string Speakers = "words of the right speaker, %";

    public const string TwoChannels = "all: two channels";
    public const string OneChannel = "all: one channel";
    public const string Echo = "all: two channels with an audible echo";

    const string Near = "within 0.5 s, %";

    public string Name => "speech";

    /// <summary>The same calls give the same numbers.</summary>
    public int MostRounds => 1;

    public bool IsOnlyByName => true;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        var calls = Directory.CreateTempSubdirectory("aiplatform-bench-speech-").FullName;
        try
        {
            await SynthesizeAsync(calls, ct);
            var heard = await HearAsync(calls, ct);
            foreach (var some in heard.GroupBy(call => call.Call.Name).Concat(heard.GroupBy(Kind)))
            {
                var errors = some.SelectMany(call => call.StartErrors()).Select(start => start.Error).ToList();
                round.Results.Add(Tables.Speech, "segments", some.Key, errors.Count);
                round.Results.Add(Tables.Speech, Mean, some.Key, errors.Average());
                round.Results.Add(Tables.Speech, Near, some.Key, 100.0 * errors.Count(error => error <= 0.5) / errors.Count);
                round.Results.Add(Tables.Speech, Most, some.Key, errors.Max());
                round.Results.Add(Tables.Speech, Told, some.Key, 100.0 * some.Sum(call => call.WordsTold) / some.Sum(call => call.WordsSaid));
                round.Results.Add(Tables.Speech, Speakers, some.Key, 100 * some.Average(call => call.SpeakerAccuracy()));
            }
        }
        finally
        {
            Directory.Delete(calls, recursive: true);
        }
    }

    static string Kind(Heard heard) => heard.Words.Count == 1 ? OneChannel : heard.Call.HasEcho ? Echo : TwoChannels;

    static async Task SynthesizeAsync(string folder, CancellationToken ct)
    {
        // NumPy of the system's packages is the system's Python's.
        var python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        using var synthesizer = Process.Start(python, [Path.Combine(Own.Root, "bench", "Speech", "synthesize.py"), folder]);
        await synthesizer.WaitForExitAsync(ct);
        if (synthesizer.ExitCode != 0)
        {
            throw new BenchException("The calls cannot be made: bench/Speech/synthesize.py needs eSpeak NG and NumPy (apt-get install espeak-ng python3-numpy).");
        }
    }

    static async Task<List<Heard>> HearAsync(string calls, CancellationToken ct)
    {
        var options = Options.Create(new AudioOptions { TempFolder = Path.Combine(calls, "temp") });
        using var folder = new AudioTempFolder(options);
        var spool = new AudioSpool(folder, options);
        var preparation = new AudioPreparation(new AudioOpener(new Ffmpeg(options, TimeProvider.System), options), new AudioDecoder(folder, options), folder);
        List<Heard> heard = [];
        foreach (var call in KnownCall.In(calls))
        {
            var read = await spool.ReadAsync(async intake => await intake.AppendAsync(await File.ReadAllBytesAsync(call.Path, ct), ct));
            using var audio = (read as AudioRead.Spooled ?? throw new BenchException($"{call.Name} was not kept: {read}")).Audio;
            var result = await preparation.PrepareAsync(audio, new ChannelPlanOptions(), ct);
            using var prepared = (result as PreparationResult.Prepared ?? throw new BenchException($"{call.Name} was not prepared: {result}")).Audio;
            heard.Add(await KnownTranscriber.TranscribeAsync(call, prepared, numSpeakers: null, ct));
        }
        return heard;
    }
}

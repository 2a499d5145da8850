using AiPlatform.TranscriptionWorker.Audio.Wav;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>Finds out by its first bytes what a file is, and who decodes it. Names and content types of it say nothing.</summary>
sealed class AudioOpener(Ffmpeg ffmpeg, IOptions<AudioOptions> options)
{
    const int SniffedBytes = 512;

    public async Task<(IFrameSource? Source, AudioProblem? Problem)> OpenAsync(SpooledAudio audio, CancellationToken ct)
    {
        var buffer = new byte[SniffedBytes];
        var head = buffer.AsMemory(0, await audio.ReadAsync(buffer, 0, ct));
        return head switch
        {
            { IsEmpty: true } => (null, AudioProblem.Unreadable("The audio is empty: it has 0 bytes.")),
            _ when WavHeadReader.IsWav(head.Span) => await OpenWavAsync(audio, ct),
            _ when AudioKind.IsNoAudio(head.Span) =>
                (null, AudioProblem.Unreadable($"The audio is {AudioKind.Of(head.Span)}; a file of sound, such as WAV, is expected.")),
            _ => await ffmpeg.OpenAsync(audio, AudioKind.Of(head.Span), ct),
        };
    }

    async Task<(IFrameSource?, AudioProblem?)> OpenWavAsync(SpooledAudio audio, CancellationToken ct) => await new WavHeadReader(audio).ReadAsync(ct) switch
    {
        WavHead.Broken broken => (null, AudioProblem.Unreadable(broken.Message)),
        WavHead.Foreign foreign => await ffmpeg.OpenAsync(audio, $"a WAV file, and {foreign.Encoding}", ct),
        WavHead.Readable readable when Seconds(readable) > options.Value.MaxDuration.TotalSeconds =>
            (null, AudioProblem.TooLong(Seconds(readable), options.Value.MaxDuration)),
        var readable => (new WavFrames(audio, (WavHead.Readable)readable), null),
    };

    static double Seconds(WavHead.Readable head) => (double)head.Frames / head.Format.SampleRate;
}

using System.Net.Http.Headers;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

public partial class AiPlatformClient
{
    /// <summary>Uploads audio for transcriptions, as it is read: no more than a piece of it is in memory.</summary>
    /// <param name="audio">Read from where it stands to its end, and left open. At most AUDIO_UPLOAD_MAX_MB (500 MiB). One that can seek may be sent again where nothing was
    /// stored, from where it stood; another one is sent once.</param>
    /// <param name="fileName">What it is called in answers, 1 to 255 characters; null for <c>upload</c>.</param>
    /// <param name="ownerService">Whose quota it counts for; null for the first of the caller's own, or <c>openai</c>. A job reads audio of its own owner service.</param>
    /// <returns>Its <see cref="AudioView.AudioRef"/> stands as <c>audio_ref</c> in the input of jobs. It is kept for AUDIO_UPLOAD_TTL (24 h).</returns>
    /// <exception cref="AiPlatformException">Such as <c>too_large</c>, <c>over_quota</c>.</exception>
    public virtual Task<AudioView> UploadAudioAsync(Stream audio, string? fileName = null, string? ownerService = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audio);
        var start = audio.CanSeek ? audio.Position : 0;
        var request = new ApiRequest(HttpMethod.Post, "api/v1/audio", Options.UploadTimeout)
        {
            Content = () => Body(audio, start, fileName),
            CanSendAgain = audio.CanSeek,
            AsksFirst = true,
            Headers = ownerService is null ? [] : [("X-Owner-Service", ownerService)],
        };
        return Api.SendAsync(request, ClientJson.Wire.AudioView, cancellationToken);
    }

    /// <summary>What is known of audio that is kept.</summary>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is none, or no longer.</exception>
    public virtual Task<AudioView> GetAudioAsync(Guid audioRef, CancellationToken cancellationToken = default) =>
        Api.SendAsync(ApiRequest.Get($"api/v1/audio/{audioRef}", Options.Timeout), ClientJson.Wire.AudioView, cancellationToken);

    /// <summary>Removes audio. Jobs that name it and have not read it yet fail. Not repeated where it may have been done.</summary>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is none, or no longer.</exception>
    public virtual Task DeleteAudioAsync(Guid audioRef, CancellationToken cancellationToken = default) => Api.SendAsync(
        new ApiRequest(HttpMethod.Delete, $"api/v1/audio/{audioRef}", Options.Timeout), (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>The transcript of a transcription job. Of one that runs it is what there is so far, with <see cref="TranscriptionResult.Partial"/>.</summary>
    /// <exception cref="AiPlatformException"><c>not_finished</c> where nothing is transcribed yet, <c>invalid_state</c> where the job failed or was cancelled.</exception>
    public virtual Task<TranscriptionResult> GetTranscriptAsync(Guid id, CancellationToken cancellationToken = default) =>
        Api.SendAsync(Transcript(id, "json"), ClientJson.Wire.TranscriptionResult, cancellationToken);

    /// <summary>The same as text or subtitles.</summary>
    /// <exception cref="AiPlatformException"><c>not_finished</c>, <c>invalid_state</c>; the latter also where the result is an external worker's in another form.</exception>
    public virtual Task<string> GetTranscriptAsync(Guid id, TranscriptFormat format, CancellationToken cancellationToken = default)
    {
        var name = format switch
        {
            TranscriptFormat.Text => "text",
            TranscriptFormat.Srt => "srt",
            TranscriptFormat.Vtt => "vtt",
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Allowed: Text, Srt, Vtt."),
        };
        return Api.SendAsync(Transcript(id, name), (response, ended) => response.Content.ReadAsStringAsync(ended), cancellationToken);
    }

    ApiRequest Transcript(Guid id, string format) => ApiRequest.Get($"api/v1/jobs/{id}/transcript", Options.Timeout) with { Query = $"?format={format}" };

    static UploadContent Body(Stream audio, long start, string? fileName)
    {
        var body = new UploadContent(audio, start) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        if (fileName is not null)
            body.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = fileName };
        return body;
    }
}

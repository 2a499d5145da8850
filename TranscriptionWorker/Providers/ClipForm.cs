using System.Net.Http.Headers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The multipart form of a clip and what is asked of it.</summary>
static class ClipForm
{
    /// <param name="file">The name of the field that holds the audio.</param>
    /// <param name="fields">Those without a value are left out.</param>
    public static MultipartFormDataContent Of(ClipRequest clip, string file, params IReadOnlyList<(string Name, string? Value)> fields)
    {
        var form = new MultipartFormDataContent();
        // Text before the file: a server that reads the form as it comes knows then what to do with it.
        foreach (var (name, value) in fields)
        {
            if (value is not null)
            {
                var part = new StringContent(value);
                part.Headers.ContentType = null;
                part.Headers.ContentDisposition = Disposition(name);
                form.Add(part);
            }
        }
        var audio = new ByteArrayContent(clip.Wav);
        audio.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        audio.Headers.ContentDisposition = Disposition(file);
        audio.Headers.ContentDisposition.FileName = $"\"{clip.Name}.wav\"";
        form.Add(audio);
        return form;
    }

    // .NET writes names without quotes, which some servers cannot read.
    static ContentDispositionHeaderValue Disposition(string name) => new("form-data") { Name = $"\"{name}\"" };
}

using System.Globalization;
using System.Net.Http.Headers;
using AiPlatform.TranscriptionWorker.Audio.Wav;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The multipart form of OpenAI's transcription route.</summary>
static class TranscriptionForm
{
    public static MultipartFormDataContent Of(TranscriptionRequest request, Provider provider, bool withTimes)
    {
        var form = new MultipartFormDataContent();
        // Text before the file: a server that reads the form as it comes knows then what to do with it.
        Add(form, "model", provider.Model);
        Add(form, "language", request.Language);
        Add(form, "prompt", request.Prompt);
        Add(form, "temperature", request.Temperature?.ToString(CultureInfo.InvariantCulture));
        Add(form, "response_format", withTimes ? "verbose_json" : "json");
        Add(form, "timestamp_granularities[]", withTimes ? "segment" : null);

        var file = new WavContent(request.Audio);
        file.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        file.Headers.ContentDisposition = Disposition("file");
        file.Headers.ContentDisposition.FileName = "\"audio.wav\"";
        form.Add(file);
        return form;
    }

    static void Add(MultipartFormDataContent form, string name, string? value)
    {
        if (value is null)
        {
            return;
        }
        var part = new StringContent(value);
        part.Headers.ContentType = null;
        part.Headers.ContentDisposition = Disposition(name);
        form.Add(part);
    }

    // .NET writes names without quotes, which some servers cannot read.
    static ContentDispositionHeaderValue Disposition(string name) => new("form-data") { Name = $"\"{name}\"" };
}

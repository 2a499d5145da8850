using AiPlatform.Api.Uploads;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.Api.Audio;

static class AudioServices
{
    /// <summary>Adds what keeps audio and looks at the inputs of transcription jobs.</summary>
    public static WebApplicationBuilder AddAudio(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AudioSettings>();
        builder.Services.AddSingleton<UploadReader>().AddSingleton<UploadQuotas>().AddSingleton<AudioFiles>().AddSingleton<AudioInputs>();
        return builder;
    }
}

using System.Globalization;

namespace AiPlatform.TranscriptionWorker.Speakers;

static class SpeakerNames
{
    public static string Of(int number) => string.Create(CultureInfo.InvariantCulture, $"SPEAKER_{number:00}");
}

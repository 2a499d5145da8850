using System.Globalization;
using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Why there is no audio to transcribe.</summary>
/// <param name="Category">One of <see cref="ErrorCategories"/>.</param>
/// <param name="Message">For people. Never an address that a name stands for, nor the path or query of a URL, which may be secret.</param>
/// <param name="IsPassing">Another try may go better.</param>
sealed record AudioProblem(string Category, string Message, bool IsPassing = false)
{
    public static AudioProblem Unreadable(string message) => new(ErrorCategories.AudioUnreadable, message);

    /// <summary>Such as a store that is down: the audio may be there in a minute.</summary>
    public static AudioProblem Passing(string message) => new(ErrorCategories.AudioUnreadable, message, IsPassing: true);

    public static AudioProblem Forbidden(string message) => new(ErrorCategories.InvalidInput, message);

    public static AudioProblem TooLarge(long? bytes, int mostMegabytes) => Unreadable(bytes is { } size
        ? string.Create(
            CultureInfo.InvariantCulture, $"The audio has {size / 1024d / 1024:0.0} MiB; at most {mostMegabytes} MiB (AUDIO_MAX_MB) are accepted.")
        : $"The audio has more than {mostMegabytes} MiB (AUDIO_MAX_MB), the most that is accepted.");
}

using System.Globalization;
using AiPlatform.Contracts;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Why there is no audio to transcribe.</summary>
/// <param name="Category">One of <see cref="ErrorCategories"/>.</param>
/// <param name="Message">For people. Never an address that a name stands for, nor the path or query of a URL, which may be secret.</param>
/// <param name="IsPassing">Another try may go better.</param>
/// <param name="IsWantOfRoom">It is nothing but room on disk that is wanting, and others held some of it then.</param>
sealed record AudioProblem(string Category, string Message, bool IsPassing = false, bool IsWantOfRoom = false)
{
    public static AudioProblem Unreadable(string message) => new(ErrorCategories.AudioUnreadable, message);

    /// <summary>Such as a store that is down: the audio may be there in a minute.</summary>
    public static AudioProblem Passing(string message) => new(ErrorCategories.AudioUnreadable, message, IsPassing: true);

    /// <summary>Of this worker and not of the audio, such as a full disk.</summary>
    public static AudioProblem OfWorker(string message) => new(ErrorCategories.WorkerError, message, IsPassing: true);

    public static AudioProblem WantOfRoom(string message) => OfWorker(message) with { IsWantOfRoom = true };

    /// <summary>An <c>audio_url</c> that leads where it may not.</summary>
    public static AudioProblem Forbidden(string message) => new(ErrorCategories.AudioUrlForbidden, message);

    public static AudioProblem Invalid(string message) => new(ErrorCategories.InvalidInput, message);

    public static AudioProblem TooLarge(long? bytes, int mostMegabytes) => Unreadable(bytes is { } size
        ? string.Create(
            CultureInfo.InvariantCulture, $"The audio has {size / 1024d / 1024:0.0} MiB; at most {mostMegabytes} MiB (AUDIO_MAX_MB) are accepted.")
        : $"The audio has more than {mostMegabytes} MiB (AUDIO_MAX_MB), the most that is accepted.");

    /// <param name="seconds">Null where only so much is known that it is longer.</param>
    public static AudioProblem TooLong(double? seconds, TimeSpan most) => new(ErrorCategories.AudioTooLong, seconds is { } given
        ? string.Create(CultureInfo.InvariantCulture, $"The audio lasts {given:0.###} s; at most {most.TotalSeconds} s (AUDIO_MAX_DURATION) are accepted.")
        : string.Create(CultureInfo.InvariantCulture, $"The audio lasts more than {most.TotalSeconds} s (AUDIO_MAX_DURATION), the most that is accepted."));
}

using AiPlatform.TranscriptionWorker.Audio.Temp;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Puts audio on disk as it comes.</summary>
sealed class AudioSpool(AudioTempFolder folder, IOptions<AudioOptions> options)
{
    public int MostMegabytes => options.Value.MaxMegabytes;

    /// <param name="bring">Appends all of it, and gives back what went wrong, if anything did.</param>
    /// <exception cref="OperationCanceledException"><paramref name="bring"/> was cancelled.</exception>
    public async Task<AudioRead> ReadAsync(Func<AudioIntake, Task<AudioProblem?>> bring)
    {
        AudioProblem? problem;
        try
        {
            using var intake = new AudioIntake(folder, MostMegabytes);
            problem = await bring(intake);
            if (problem is null)
            {
                return new AudioRead.Spooled(intake.End());
            }
        }
        catch (DiskException failure)
        {
            problem = failure.Problem;
        }
        return new AudioRead.Failed(folder.Judged(problem, own: 0));
    }
}

using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>Writes a streamed answer in the form of its route.</summary>
interface IAnswerWriter
{
    /// <param name="isFirst">Whether nothing of the answer was said before.</param>
    Task SayAsync(string text, bool isFirst);

    /// <summary>Says what is still to be said of a completed job, and the end.</summary>
    /// <param name="said">The text so far.</param>
    /// <returns>False where that is not the beginning of the job's answer: the stream is broken then.</returns>
    Task<bool> FinishAsync(JobView completed, string said);

    Task ErrorAsync(Problem problem);
}

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>Gives the samples of a file block by block: of a WAV file, or of what ffmpeg makes of any other.</summary>
interface IFrameSource : IAsyncDisposable
{
    int Channels { get; }

    /// <summary>Frames a second of what it gives.</summary>
    int Rate { get; }

    /// <summary>Frames a second of the file itself.</summary>
    int SourceRate { get; }

    /// <summary>As ffmpeg calls it.</summary>
    string Codec { get; }

    /// <summary>Why it ended before all of the audio came; null where it did not.</summary>
    AudioProblem? Problem { get; }

    /// <summary>What is to be told of the audio, though it could be read.</summary>
    IReadOnlyList<string> Warnings { get; }

    /// <param name="block">For each channel, samples from -1 to 1.</param>
    /// <returns>Frames read; 0 at the end.</returns>
    ValueTask<int> ReadAsync(float[][] block, CancellationToken ct);
}

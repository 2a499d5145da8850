namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>What the chunks of a file say of it.</summary>
abstract record WavHead
{
    WavHead()
    {
    }

    /// <param name="Start">Of the sound, in bytes from the start of the file.</param>
    /// <param name="Bytes">Of the sound that is there, in whole frames.</param>
    /// <param name="Warning">What is not as the header says; null where all is.</param>
    public sealed record Readable(WavFormat Format, long Start, long Bytes, string? Warning) : WavHead
    {
        public long Frames => Bytes / Format.BytesPerFrame;
    }

    /// <summary>A WAV file with a codec inside that is not read here.</summary>
    /// <param name="Encoding">Such as <c>its encoding is GSM 6.10</c>.</param>
    public sealed record Foreign(string Encoding) : WavHead;

    /// <param name="Message">In a whole sentence what was found and what is accepted.</param>
    public sealed record Broken(string Message) : WavHead;
}

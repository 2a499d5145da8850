namespace AiPlatform.ModelSimulator.Audio;

/// <summary>A stretch of audio in which somebody speaks, in seconds from its start.</summary>
readonly record struct SpeechIsland(double Start, double End)
{
    public double Seconds => End - Start;
}

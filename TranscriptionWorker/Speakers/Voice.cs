namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>How somebody sounds in a stretch of speech, each number in units of what it differs by from sentence to sentence of one person.</summary>
/// <param name="Pitch">Of the voice; null where none was found, as in a whisper.</param>
/// <param name="Loudness">Of the speech.</param>
/// <param name="Brightness">How much of its energy is in high tones: the line, the microphone and the mouth.</param>
/// <param name="Weight">Seconds that it was heard for.</param>
readonly record struct Voice(double? Pitch, double Loudness, double Brightness, double Weight)
{
    const double PitchSemitones = 2;
    const double LoudnessDb = 3;
    const double BrightnessDb = 2;
    const double ReferenceHz = 100;

    /// <param name="hertz">Null where no pitch was found.</param>
    public static Voice Of(double? hertz, double loudnessDb, double brightnessDb, double seconds) => new(
        hertz is { } pitch ? 12 * Math.Log2(pitch / ReferenceHz) / PitchSemitones : null,
        loudnessDb / LoudnessDb,
        brightnessDb / BrightnessDb,
        seconds);

    /// <summary>Square of the distance. What one of them lacks does not count.</summary>
    public double Distance(Voice other) =>
        (Pitch is { } own && other.Pitch is { } theirs ? Square(own - theirs) : 0) + Square(Loudness - other.Loudness) + Square(Brightness - other.Brightness);

    /// <summary>Mean of several, by weight.</summary>
    public static Voice Mean(IReadOnlyCollection<Voice> voices)
    {
        var weight = voices.Sum(voice => voice.Weight);
        var pitched = voices.Where(voice => voice.Pitch is not null).ToList();
        var pitchWeight = pitched.Sum(voice => voice.Weight);
        return new Voice(
            pitchWeight > 0 ? pitched.Sum(voice => voice.Pitch!.Value * voice.Weight) / pitchWeight : null,
            voices.Sum(voice => voice.Loudness * voice.Weight) / weight,
            voices.Sum(voice => voice.Brightness * voice.Weight) / weight,
            weight);
    }

    static double Square(double value) => value * value;
}

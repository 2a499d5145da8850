namespace AiPlatform.TranscriptionWorker.Audio.Analysis;

/// <summary>How the loudness of two channels goes together over some frames.</summary>
/// <param name="Correlation">From -1 to 1; 0 where one does not change.</param>
readonly record struct EnvelopeSums(double OwnEnergy, double OtherEnergy, double Correlation)
{
    /// <param name="own">The root of the energy of each frame, as <paramref name="other"/>: of energies a single loud frame would decide.</param>
    public static EnvelopeSums Of(ReadOnlySpan<float> own, ReadOnlySpan<float> other)
    {
        var (sumOwn, sumOther, ownEnergy, otherEnergy, both) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < own.Length; i++)
        {
            var (a, b) = ((double)own[i], (double)other[i]);
            sumOwn += a;
            sumOther += b;
            ownEnergy += a * a;
            otherEnergy += b * b;
            both += a * b;
        }
        var spread = (ownEnergy - (sumOwn * sumOwn / own.Length)) * (otherEnergy - (sumOther * sumOther / own.Length));
        var together = both - (sumOwn * sumOther / own.Length);
        return new EnvelopeSums(ownEnergy, otherEnergy, spread > 0 ? together / Math.Sqrt(spread) : 0);
    }
}

namespace AiPlatform.InfraSidecar.Vllm;

static class Figure
{
    /// <summary>No JSON can hold what numbers beyond all measure come to.</summary>
    public static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>One line of a metrics page.</summary>
readonly record struct PrometheusSample(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value)
{
    /// <summary>The label's value; empty where the line has no such label, as Prometheus itself sees it.</summary>
    public string Label(string name)
    {
        foreach (var (key, value) in Labels)
        {
            if (key == name)
                return value;
        }
        return "";
    }
}

namespace AiPlatform.InfraSidecar.Gpu;

/// <summary>What the driver asks for to get a card well again, under the same names from the library and from nvidia-smi.</summary>
static class GpuRecovery
{
    const string None = "none", Unknown = "unknown";

    // By their numbers in nvml.h.
    static readonly string[] Names =
        [None, "gpu_reset", "node_reboot", "drain_p2p", "drain_and_reset", "recover_imex_domain", "bus_reset", "system_reboot"];

    // Nothing more runs on the card before that.
    static readonly string[] Resets = ["gpu_reset", "node_reboot", "bus_reset", "system_reboot"];

    public static string OfNumber(uint action) => action < Names.Length ? Names[action] : Unknown;

    /// <summary>Of the words of nvidia-smi: <c>None | Reset | Reboot | Drain P2P | Drain and Reset</c>; some drivers say <c>GPU Reset</c>, <c>Node Reboot</c>.</summary>
    public static string OfWords(string words) => words.ToLowerInvariant().Replace(' ', '_') switch
    {
        "reset" => "gpu_reset",
        "reboot" => "node_reboot",
        var name => Names.Contains(name) ? name : Unknown,
    };

    public static bool IsAsked(string? name) => name is not (null or None);

    public static bool IsReset(string? name) => Resets.Contains(name);
}

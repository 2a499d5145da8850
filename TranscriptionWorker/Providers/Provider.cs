namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>A server that transcribes, and how to reach it.</summary>
/// <param name="Name">In results, status and metrics: <c>voxtral</c> or <c>whisperx</c>.</param>
/// <param name="BaseAddress">Ends with the version, such as <c>/v1</c>, without a slash.</param>
/// <param name="AddressSetting">The variable that gave the address, for messages.</param>
/// <param name="ApiKey">Null where the server asks for none.</param>
/// <param name="KeySetting">The variable that holds the key, for messages.</param>
/// <param name="Model">The model requests go to; null for the server's own choice.</param>
/// <param name="GivesTimes">Whether it is asked for segments with their times. Voxtral has none, and vLLM refuses to be asked.</param>
/// <param name="HeedsPrompt">Whether a prompt has any effect.</param>
sealed record Provider(
    string Name, Uri BaseAddress, string AddressSetting, string? ApiKey, string KeySetting, string? Model, bool GivesTimes, bool HeedsPrompt)
{
    /// <summary>Scheme, host and port: an address may hold a password or a path that says too much.</summary>
    public string Endpoint => BaseAddress.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    // A record writes all its properties: not the key.
    public override string ToString() => $"{Name} at {Endpoint}";
}

using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>Why a provider gave no answer.</summary>
/// <param name="Category">One of <see cref="ErrorCategories"/>.</param>
/// <param name="Message">For people; never a key.</param>
/// <param name="Type">For telemetry: an HTTP status or one of few words.</param>
/// <param name="Pause">How long the provider asked to be left alone.</param>
public sealed record ProviderFailure(string Category, string Message, string Type, TimeSpan? Pause = null)
{
    /// <summary>What of the message are the server's own words; null for nothing. They may repeat the request.</summary>
    public string? Said { get; init; }

    /// <summary>Of what is <see cref="ErrorCategories.ProviderRejected"/>: whether it is what was sent, and not the key, the model's name or the address.</summary>
    public bool IsOfTheInput { get; init; }

    /// <summary>What the job ends with.</summary>
    public JobError Error => new(IsOfTheInput ? ErrorCategories.InputRejected : Category, Message);

    /// <summary>The message without the server's words.</summary>
    public string ForLog => Said is { Length: > 0 } ? Message.Replace(Said, "…", StringComparison.Ordinal) : Message;
}

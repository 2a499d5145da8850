using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>Why a provider gave no answer.</summary>
/// <param name="Category">One of <see cref="ErrorCategories"/>.</param>
/// <param name="Message">For people; never a key.</param>
/// <param name="Type">For telemetry: an HTTP status or one of few words.</param>
/// <param name="Pause">How long the provider asked to be left alone.</param>
public sealed record ProviderFailure(string Category, string Message, string Type, TimeSpan? Pause = null);

using System.Net.Http.Headers;
using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Sampling;

/// <summary>What a request for a page gave.</summary>
abstract record PageAnswer
{
    PageAnswer()
    {
    }

    public sealed record Body(string Text, HttpResponseHeaders Headers) : PageAnswer;

    /// <summary>It answered with another status than 200.</summary>
    public sealed record Refused(int Status, InfraError Error) : PageAnswer;

    public sealed record Failed(InfraError Error) : PageAnswer;
}

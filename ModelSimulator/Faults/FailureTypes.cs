namespace AiPlatform.ModelSimulator.Faults;

/// <summary>The ways in which requests fail by chance, each as an error status with the code that OpenAI has for it.</summary>
static class FailureTypes
{
    static readonly (string Name, int Status, string Code, string Message)[] Known =
    [
        ("rate_limit", StatusCodes.Status429TooManyRequests, "rate_limit_exceeded", "Rate limit reached."),
        ("invalid_api_key", StatusCodes.Status401Unauthorized, "invalid_api_key", "Incorrect API key provided."),
        (
            "context_length",
            StatusCodes.Status400BadRequest,
            "context_length_exceeded",
            "This model's maximum context length is 4096 tokens. However, your messages resulted in 4500 tokens. Please reduce the length of the messages."),
        ("server_error", StatusCodes.Status503ServiceUnavailable, "server_error", "The server is overloaded or not ready yet."),
        ("invalid_request", StatusCodes.Status400BadRequest, "invalid_request_error", "Invalid request: missing required parameter 'messages'."),
        ("model_not_found", StatusCodes.Status404NotFound, "model_not_found", "The model does not exist.")
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(type => type.Name)];

    public static Fault Of(string name)
    {
        var (_, status, code, message) = Known.First(type => type.Name == name);
        return FaultText.Default(FaultKind.Status) with { Code = status, ErrorCode = code, Message = message };
    }
}

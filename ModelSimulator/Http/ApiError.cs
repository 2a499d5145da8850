using Microsoft.AspNetCore.WebUtilities;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>An error as vLLM words it: the code is the HTTP status, the type a name for it.</summary>
sealed record ApiError(int Status, string Type, string Message, string? Param = null)
{
    /// <summary>The status of the response, which only a simulated fault makes another than the one the body names.</summary>
    public int HttpStatus { get; init; } = Status;

    /// <summary>OpenAI's word for the error; vLLM says the status in its place.</summary>
    public string? CodeName { get; init; }

    /// <summary>The header of this name: seconds, or a date.</summary>
    public string? RetryAfter { get; init; }

    public int? RetryAfterMs { get; init; }

    public static ApiError BadRequest(string message, string? param = null) => new(StatusCodes.Status400BadRequest, "BadRequestError", message, param);

    public static ApiError NotFound(string message, string? param = null) => new(StatusCodes.Status404NotFound, "NotFoundError", message, param);

    public static ApiError Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, "ServiceUnavailableError", message);

    public static ApiError Internal(string message) => new(StatusCodes.Status500InternalServerError, "InternalServerError", message);

    /// <summary>Any status, with the type name vLLM uses for it or the status' own phrase.</summary>
    public static ApiError Of(int status, string message) => new(
        status,
        status switch
        {
            StatusCodes.Status400BadRequest => "BadRequestError",
            StatusCodes.Status404NotFound => "NotFoundError",
            StatusCodes.Status500InternalServerError => "InternalServerError",
            StatusCodes.Status503ServiceUnavailable => "ServiceUnavailableError",
            _ => ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase : "Error"
        },
        message);
}

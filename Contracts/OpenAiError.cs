namespace AiPlatform.Contracts;

/// <summary>Any error answer under <c>/v1</c>, and the last event of a stream that broke off: OpenAI's form.</summary>
public sealed record OpenAiError(OpenAiFault Error);

/// <param name="Message">What happened; of an invalid request every field that is wrong.</param>
/// <param name="Type">Such as <c>invalid_request_error</c> or <c>server_error</c>.</param>
/// <param name="Param">The first field or header that is wrong; null where it is none.</param>
/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
public sealed record OpenAiFault(string Message, string Type, string? Param, string Code);

using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.Api.Errors;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.Api.Requests;

/// <summary>The JSON body of a request, read and checked.</summary>
sealed class Body<T> : IRequestPart, IEndpointParameterMetadataProvider
    where T : class
{
    // Room to look at what is nested too deeply, and to say so instead of calling it no JSON.
    static readonly JsonDocumentOptions Reading = new() { MaxDepth = 10_000 };

    T? _value;

    public T Value => _value ?? throw new UnreachableException("The filter answers for a body that is not valid.");
    public ProblemResult? Problem { get; private init; }
    public InputErrors Errors { get; } = new();

    public static async ValueTask<Body<T>> BindAsync(HttpContext context, ParameterInfo _)
    {
        if (!IsJson(context.Request.ContentType))
            return new() { Problem = Problems.UnsupportedMediaType() };
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, Reading, context.RequestAborted);
            var raw = JsonMarshal.GetRawUtf8Value(document.RootElement);
            if (!System.Text.Unicode.Utf8.IsValid(raw))
                return new() { Problem = Problems.NotJson("The body is not in UTF-8.") };

            var body = new Body<T>();
            if (JsonScan.Fault(raw) is { } fault)
                body.Errors.Add(InputErrors.Body, fault);
            else
                body._value = JsonShape.Read<T>(document.RootElement, body.Errors);
            return body;
        }
        catch (JsonException syntax)
        {
            return new() { Problem = Problems.NotJson(Where(syntax, context.Request)) };
        }
        catch (BadHttpRequestException broken)
        {
            return new() { Problem = ExceptionProblems.Of(broken) };
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));

    static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    // The exception's own words may quote the body.
    static string Where(JsonException syntax, HttpRequest request) => request.ContentLength == 0
        ? "The body is empty."
        : $"It cannot be read from line {syntax.LineNumber + 1}, byte {syntax.BytePositionInLine + 1} on.";
}

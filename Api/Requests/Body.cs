using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using System.Text.Unicode;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.Api.Requests;

/// <summary>The JSON body of a request, read and checked.</summary>
sealed class Body<T> : IRequestPart, IEndpointParameterMetadataProvider
    where T : class
{
    static readonly JsonDocumentOptions Reading = new() { MaxDepth = Limits.DeepestJson + 1 };

    /// <summary>Of callers of named owner services, which have one for calls that say none.</summary>
    const string OwnersField = "owner_service";

    T? _value;

    public T Value => _value ?? throw new UnreachableException("The filter answers for a body that is not valid.");
    public ProblemResult? Problem { get; private init; }
    public InputErrors Errors { get; } = new();

    public static async ValueTask<Body<T>> BindAsync(HttpContext context, ParameterInfo _)
    {
        if (!IsJson(context.Request.ContentType))
            return new() { Problem = Problems.UnsupportedMediaType() };
        using var late = new CancellationTokenSource(context.RequestServices.GetRequiredService<IOptions<ApiOptions>>().Value.BodyTimeout);
        try
        {
            using var body = await BoundedBody.ReadAsync(context.Request, late.Token);
            return body is null ? new() { Problem = Problems.TooLarge() } : Read(body.Bytes, RequestCaller.Of(context).Caller);
        }
        catch (BadHttpRequestException broken)
        {
            return new() { Problem = ExceptionProblems.Of(broken) };
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The server would otherwise wait for the rest.
            if (HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            return new() { Problem = Problems.RequestTimeout() };
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Such as the size of a chunk that is no number of this world.
            return new() { Problem = Problems.BadRequest("The body cannot be read: its chunks are not what they say.") };
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
        builder.Metadata.Add(new RequestTimeoutAttribute(RouteTimeouts.Body));
    }

    static Body<T> Read(ReadOnlyMemory<byte> bytes, Caller caller)
    {
        if (bytes.Span.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        if (bytes.IsEmpty)
            return new() { Problem = Problems.NotJson("The body is empty.") };
        if (!Utf8.IsValid(bytes.Span))
            return new() { Problem = Problems.NotJson("The body is not in UTF-8.") };
        try
        {
            var body = new Body<T>();
            // Before it is parsed, which takes memory for each value.
            if (JsonScan.Fault(bytes.Span) is { } fault)
            {
                body.Errors.Add(InputErrors.Body, fault);
                return body;
            }
            using var document = JsonDocument.Parse(bytes, Reading);
            body._value = JsonShape.Read<T>(document.RootElement, body.Errors, caller.OwnerServices is null ? null : OwnersField);
            return body;
        }
        catch (JsonException syntax)
        {
            // Not the exception's own words, which may quote the body.
            return new() { Problem = Problems.NotJson($"It cannot be read from {Place(syntax)} on.") };
        }
    }

    static string Place(JsonException syntax) => $"line {syntax.LineNumber + 1}, byte {syntax.BytePositionInLine + 1}";

    static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}

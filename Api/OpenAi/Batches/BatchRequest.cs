using System.Text.Json;
using System.Text.Unicode;
using AiPlatform.Api.Requests;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>One line of a batch's input.</summary>
sealed record BatchRequest(string CustomId, string Model, JsonElement Input)
{
    const int LongestId = 512;
    const string Method = "POST";

    /// <param name="note">Told what is wrong with the line: code, message and field.</param>
    /// <returns>Null where anything is.</returns>
    public static BatchRequest? Read(ReadOnlySpan<byte> line, BatchTarget target, Action<string, string, string?> note)
    {
        if (Parse(line) is not { } request)
        {
            note("invalid_json_line", "This line is not parseable as valid JSON.", null);
            return null;
        }
        var isValid = true;
        void Fault(string code, string message, string? field)
        {
            isValid = false;
            note(code, message, field);
        }
        if (JsonScan.Fault(line) is { } scan)
        {
            Fault("invalid_request", $"The line {scan}", null);
            return null;
        }
        if (request.ValueKind != JsonValueKind.Object)
        {
            Fault("invalid_request", $"The line must be an object, not {Shown.Kind(request)}.", null);
            return null;
        }
        var id = request.Text("custom_id");
        if (id is null)
            Fault("missing_custom_id", "custom_id is required, as a string.", "custom_id");
        else if (id.Length is 0 or > LongestId || id.Contains('\0', StringComparison.Ordinal))
            Fault("invalid_custom_id", $"custom_id must have 1 to {LongestId} characters, none of them NUL.", "custom_id");
        if (request.Text("method") != Method)
            Fault("invalid_method", $"method must be {Method}.", "method");
        if (request.Text("url") != target.Path)
            Fault("invalid_url", $"url must be {target.Path}, the endpoint of the batch.", "url");
        var (model, input) = ReadBody(request, target, Fault);
        return isValid ? new BatchRequest(id!, model, input) : null;
    }

    static (string Model, JsonElement Input) ReadBody(JsonElement request, BatchTarget target, Action<string, string, string?> fault)
    {
        if (request.Field("body") is not { } body)
        {
            fault("missing_body", "body is required, as an object.", "body");
            return default;
        }
        var errors = new InputErrors();
        var call = target.Read(body, errors);
        foreach (var (field, messages) in errors.ByField)
            fault("invalid_request", string.Join(' ', messages.Select(message => $"body.{field} {message}")), $"body.{field}");
        return call;
    }

    static JsonElement? Parse(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
            return null;
        try
        {
            // Deeper than allowed is told as that.
            return JsonElement.Parse(line, new JsonDocumentOptions { MaxDepth = 10_000 });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

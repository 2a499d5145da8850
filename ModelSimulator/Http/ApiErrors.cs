using System.Globalization;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Http;

static class ApiErrors
{
    public static async Task WriteAsync(HttpContext context, ApiError error, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = error.HttpStatus;
        context.Response.ContentType = "application/json";
        if (error.RetryAfter is { } retryAfter)
            context.Response.Headers.RetryAfter = retryAfter;
        if (error.RetryAfterMs is { } milliseconds)
            context.Response.Headers["retry-after-ms"] = milliseconds.ToString(CultureInfo.InvariantCulture);
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
            Write(json, error);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    public static void Write(Utf8JsonWriter json, ApiError error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("param", error.Param);
        json.WriteNumber("code", error.Status);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

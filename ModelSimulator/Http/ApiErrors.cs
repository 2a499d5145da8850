using System.Globalization;
using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>Writes an error in the shape of the server that this one stands in for.</summary>
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
        if (error.Status == StatusCodes.Status429TooManyRequests)
            AnswerHeaders.Exhaust(context);
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
            Write(json, error, context);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>An error in the middle of a stream, and what of the stream's end still comes after it.</summary>
    public static void WriteEvent(EventWriter events, ApiError error, HttpContext context)
    {
        var kind = Personality.Of(context).Kind;
        Write(events.Begin(kind is ServerKind.LmStudio or ServerKind.Anthropic ? "error" : null), error, context);
        events.End();
        if (kind == ServerKind.Vllm)
            events.Done();
    }

    static void Write(Utf8JsonWriter json, ApiError error, HttpContext context)
    {
        json.WriteStartObject();
        switch (Personality.Of(context).Kind)
        {
            case ServerKind.LmStudio:
                json.WriteString("error", error.Message);
                break;
            case ServerKind.Anthropic:
                json.WriteString("type", "error");
                json.WriteStartObject("error");
                json.WriteString("type", AnthropicType(error.Status));
                json.WriteString("message", error.Message);
                json.WriteEndObject();
                json.WriteString("request_id", context.Response.Headers["request-id"].ToString());
                break;
            case ServerKind.Mistral or ServerKind.WhisperX or ServerKind.WhisperXTasks or ServerKind.WhisperAsr:
                WriteDetail(json, error, isFlat: Personality.Of(context).Kind == ServerKind.Mistral);
                break;
            case ServerKind.Ollama:
                WriteObject(json, error.Message, OllamaType(error.Status), param: null);
                json.WriteNull("code");
                json.WriteEndObject();
                break;
            case ServerKind.OpenAi:
                WriteObject(json, error.Message, OpenAiType(error.Status), error.Param);
                json.WriteString("code", error.CodeName);
                json.WriteEndObject();
                break;
            default:
                WriteObject(json, error.Message, error.Type, error.Param);
                json.WriteNumber("code", error.Status);
                json.WriteEndObject();
                break;
        }

        json.WriteEndObject();
    }

    static void WriteObject(Utf8JsonWriter json, string message, string type, string? param)
    {
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("type", type);
        json.WriteString("param", param);
    }

    /// <summary>FastAPI's own words, a list where a field is wrong. Mistral says the rest in the flat form that vLLM once had.</summary>
    static void WriteDetail(Utf8JsonWriter json, ApiError error, bool isFlat)
    {
        if (error.Status == StatusCodes.Status422UnprocessableEntity)
        {
            json.WriteStartArray("detail");
            json.WriteStartObject();
            json.WriteString("type", "value_error");
            json.WriteStartArray("loc");
            json.WriteStringValue("body");
            json.WriteStringValue(error.Param);
            json.WriteEndArray();
            json.WriteString("msg", error.Message);
            json.WriteEndObject();
            json.WriteEndArray();
        }
        else if (isFlat)
        {
            json.WriteString("object", "error");
            json.WriteString("message", error.Message);
            json.WriteString("type", "invalid_request_error");
            json.WriteString("param", error.Param);
            json.WriteString("code", "1500");
        }
        else
        {
            json.WriteString("detail", error.Message);
        }
    }

    static string OllamaType(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "invalid_request_error",
        StatusCodes.Status404NotFound => "not_found_error",
        _ => "api_error"
    };

    static string OpenAiType(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => "requests",
        >= 500 => "server_error",
        _ => "invalid_request_error"
    };

    static string AnthropicType(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error"
    };
}

using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;

namespace AiPlatform.ModelSimulator.Http;

static class JsonAnswer
{
    /// <summary>Answers with one object of these fields.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> fields)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Options))
        {
            json.WriteStartObject();
            fields(json);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}

using System.Text.Json;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Reads the data lines of a stream.</summary>
static class Sse
{
    public static async Task<IReadOnlyList<string>> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var body = await response.Content.ReadAsStringAsync(SimulatorServer.Cancelled);
        Assert.EndsWith("\n\n", body, StringComparison.Ordinal);
        return [.. body[..^2].Split("\n\n").Select(Data)];
    }

    /// <summary>Reads until the connection breaks; what came before is returned with the exception.</summary>
    public static async Task<(IReadOnlyList<string> Events, Exception? Broken)> ReadBrokenAsync(HttpResponseMessage response)
    {
        var events = new List<string>();
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(SimulatorServer.Cancelled));
            while (await reader.ReadLineAsync(SimulatorServer.Cancelled) is { } line)
            {
                if (line.Length > 0)
                    events.Add(Data(line));
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return (events, broken);
        }

        return (events, null);
    }

    public static JsonElement Json(string data) => JsonElement.Parse(data);

    public static string Content(IEnumerable<string> events) => string.Concat(events
        .Where(data => data != "[DONE]")
        .Select(Json)
        .Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
        .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));

    static string Data(string line)
    {
        Assert.StartsWith("data: ", line, StringComparison.Ordinal);
        return line["data: ".Length..];
    }
}

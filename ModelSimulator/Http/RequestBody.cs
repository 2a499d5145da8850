using System.Text.Json;

namespace AiPlatform.ModelSimulator.Http;

static class RequestBody
{
    /// <summary>Reads a whole JSON body once; the bytes back the document, so nothing is copied.</summary>
    public static async Task<(JsonDocument? Document, byte[] Bytes, ApiError? Error)> ReadJsonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        byte[] bytes = [];
        try
        {
            bytes = await ReadAsync(request, cancellationToken);
            return (JsonDocument.Parse(bytes), bytes, null);
        }
        catch (JsonException malformed)
        {
            return (null, bytes, ApiError.BadRequest("JSON decode error: " + malformed.Message));
        }
        catch (BadHttpRequestException refused)
        {
            return (null, bytes, ApiError.Of(refused.StatusCode, refused.Message));
        }
    }

    static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // The length is a promise of the client: a larger one is read as it comes instead of being reserved.
        if (request.ContentLength is { } length and <= 1024 * 1024)
        {
            var exact = new byte[length];
            await request.Body.ReadExactlyAsync(exact, cancellationToken);
            return exact;
        }

        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }
}

namespace AiPlatform.ModelSimulator.Http;

static class RequestIds
{
    const string Header = "X-Request-Id";
    const int MaxLength = 200;

    /// <summary>The caller's id when it gave a usable one, else a new one.</summary>
    public static string Of(HttpRequest request)
    {
        var given = request.Headers[Header].ToString();
        // Kestrel reads headers as UTF-8 and refuses to send anything but ASCII.
        return given.Length is > 0 and <= MaxLength && given.All(letter => letter is > ' ' and < '\x7f') ? given : Guid.NewGuid().ToString("N");
    }
}

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>Reads a body into memory, but no more of it than is accepted.</summary>
public static class BoundedBody
{
    const int FirstBytes = 64 * 1024;

    /// <param name="announced">The length its sender gave; null for none. It is not relied on.</param>
    /// <param name="onRead">Called whenever some of it came.</param>
    /// <returns>Null where there is more.</returns>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream body, int mostBytes, long? announced, Action? onRead, CancellationToken ct)
    {
        // One byte more than accepted, or than announced, shows where it ends.
        var buffer = new byte[(int)Math.Clamp((announced ?? FirstBytes) + 1, FirstBytes, mostBytes + 1L)];
        var length = 0;
        while (await body.ReadAsync(buffer.AsMemory(length), ct) is > 0 and var read)
        {
            onRead?.Invoke();
            length += read;
            if (length > mostBytes)
            {
                return null;
            }
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, mostBytes + 1L));
            }
        }
        return buffer.AsMemory(0, length);
    }
}

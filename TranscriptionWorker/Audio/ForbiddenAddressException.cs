namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>A URL leads to an address that is not public. Thrown inside the HTTP client, which leaves no other way out of a connection.</summary>
sealed class ForbiddenAddressException(string host, int port) : Exception($"{host}:{port} is not public.")
{
    public string Host => host;

    public int Port => port;
}

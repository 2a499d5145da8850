namespace AiPlatform.Client.Tests;

/// <summary>Bytes that can be read once.</summary>
sealed class OneWayStream(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;
}

namespace AiPlatform.Jobs.Maintenance;

/// <summary>The ids of a moment: a UUID of version 7 begins with 48 bits of Unix milliseconds (RFC 9562, section 5.7).</summary>
static class IdRange
{
    public static Guid FirstAt(DateTimeOffset moment) => At(moment, 0x00);

    public static Guid LastAt(DateTimeOffset moment) => At(moment, 0xff);

    static Guid At(DateTimeOffset moment, byte rest)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Fill(rest);
        var milliseconds = moment.ToUnixTimeMilliseconds();
        for (var i = 0; i < 6; i++)
        {
            bytes[i] = (byte)(milliseconds >> (8 * (5 - i)));
        }
        return new Guid(bytes, bigEndian: true);
    }
}
